import { isSigned } from "../../data/collect/index.ts";
import {
  findPart,
  identifiersOf,
  idsOf,
  isVouched,
  loadIdentities,
  partOf,
  survivorsOf,
} from "../../data/identity/index.ts";
import { type Context, rightsOf, type Source } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";

/** Who asks for a decision, and for whom, in the words of the request. */
export interface Ask {
  userId?: string | undefined;
  anonymousId?: string | undefined;
  userIdSignature?: string | undefined;
}

/**
 * For whom a decision may be made. `customer`: somebody proved to speak for this customer, who gets what
 * fits everything known. `visitor`: only the browser speaks, which gets what fits what was done in it.
 *
 * `subjectId` is whose consent opens the gate, and whose arm is drawn. A browser that merely claimed to be a customer
 * stands for itself alone: else its answer would tell what that customer allowed, and in which arm they are.
 */
export type Asker = {
  customerId: number;
  subjectId: number;
  /** Which part of the subject was named, where operators merged it from several: the decision is written for that one. */
  partId: number;
} & (
  | { by: "customer" }
  | {
      by: "visitor";
      visitorId: number;
      ids: number[];
      anonymousId: string;
    }
);

/** Whether a call with this actor may read about any customer: a secret token with the scope, or the command line. */
export function mayNameAnyone(ctx: Context): boolean {
  return (
    (ctx.actor.kind === "token" || ctx.actor.kind === "command") &&
    rightsOf(ctx.actor).includes("decide:read")
  );
}

/**
 * Finds for whom the caller may ask; undefined when nobody is known by that id. A public key alone
 * speaks for no userId: that needs the brand's secret token or its signature under the id.
 * Refuses decide.no_id, decide.not_proved, decide.bad_signature.
 */
export async function askerOf(
  ctx: Context,
  ask: Ask,
  source: Source | undefined,
): Promise<Asker | undefined> {
  if (ask.userId !== undefined) {
    if (!mayNameAnyone(ctx)) {
      if (ask.userIdSignature === undefined) {
        refuse(
          "forbidden",
          "decide.not_proved",
          "A public key speaks for no userId. Send a secret token with the scope decide:read, or the id's signature as `userIdSignature`.",
        );
      }
      if (!source || !isSigned(ask.userId, ask.userIdSignature, source.signingSecret)) {
        refuse(
          "forbidden",
          "decide.bad_signature",
          "`userIdSignature` is not the HMAC-SHA256 (hex) of this userId under the source's signing secret.",
        );
      }
    }
    return customerOf(ctx, "user_id", ask.userId);
  }
  if (ask.anonymousId === undefined) {
    refuse("invalid", "decide.no_id", "Say for whom: `anonymousId`, or `userId` with its proof.");
  }
  if (mayNameAnyone(ctx)) {
    return customerOf(ctx, "anonymous_id", ask.anonymousId);
  }
  return visitorOf(ctx, ask.anonymousId);
}

async function customerOf(
  ctx: Context,
  kind: "user_id" | "anonymous_id",
  value: string,
): Promise<Asker | undefined> {
  const partId = await findPart(ctx.pool, kind, value);
  if (partId === undefined) return undefined;
  const customerId = (await survivorsOf(ctx.pool, [partId])).get(partId)!;
  return { by: "customer", customerId, subjectId: customerId, partId };
}

async function visitorOf(ctx: Context, anonymousId: string): Promise<Asker | undefined> {
  const { owners } = await loadIdentities(ctx.pool, [{ kind: "anonymous_id", value: anonymousId }], []);
  const [owner] = owners.values();
  if (owner === undefined) return undefined;
  const customerId = (await survivorsOf(ctx.pool, [owner])).get(owner)!;
  // A second browser id that was tied to the same visitor later (by `alias`) is another browser, whose
  // caller has not proved to be the first one: nothing that was done here before is read for it.
  const own = (await identifiersOf(ctx.pool, [owner])).find((one) => one.kind === "anonymous_id");
  const isFirst = own?.value === anonymousId;
  const isCustomer = isFirst && (await isVouched(ctx.pool, owner));
  return {
    by: "visitor",
    customerId,
    subjectId: isCustomer ? customerId : owner,
    partId: isCustomer ? await partOf(ctx.pool, owner) : owner,
    visitorId: isFirst ? owner : 0,
    ids: await idsOf(ctx.pool, customerId),
    anonymousId,
  };
}
