import { z } from "zod";
import { allowedAmong } from "../../data/consent/index.ts";
import { idsOf, survivorsOf } from "../../data/identity/index.ts";
import { customersById } from "../../data/profiles/index.ts";
import { type Context, type Gardens, record, type Tx } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { getSurvey } from "./edit.ts";
import {
  hashOf,
  isToken,
  newToken,
  personalLinkDays,
  type Survey,
  type SurveyLink,
  visitorLinkDays,
} from "./model.ts";
import * as store from "./store.ts";

/** The ways by which a link can be sent; each is a kind of consent of its own. */
export const linkChannels = ["email", "sms", "phone", "post"] as const;
export type LinkChannel = (typeof linkChannels)[number];

export interface PersonalLink {
  customerId: number;
  /** Undefined where the customer may not be written to, and the link was asked for sending. */
  token?: string;
  /** Whether the brand may send it in the channel asked for. A link may be shown to anyone it belongs to. */
  contactable: boolean;
}

/** The most links of one request. */
export const linksMax = 20_000;

/**
 * Makes personal links of an open survey. With `purpose` "send" only customers who consented to be
 * contacted get one; with "show" (at the counter, on a signed-in page) each does. A link is told once:
 * only its hash is kept, and another request makes another link to the same answer.
 * Refuses: survey.missing, survey.not_open, customer.missing.
 */
export async function createLinks(
  ctx: Context,
  ask: { surveyId: number; customerIds: readonly number[]; purpose: "send" | "show"; channel: LinkChannel },
): Promise<PersonalLink[]> {
  ctx.require("experience:write");
  const survey = await getSurvey(ctx, ask.surveyId);
  if (survey.state !== "open")
    refuse("conflict", "survey.not_open", "Publish the survey first: its links lead nowhere before.");
  return ctx.inTransaction(async (tx) => {
    const survivors = await survivorsOf(tx, [...new Set(ask.customerIds)]);
    const ids = [...new Set(survivors.values())];
    const known = new Set((await customersById(tx, ids)).map((customer) => customer.id));
    if (known.size < ids.length) {
      refuse("missing", "customer.missing", `${ids.length - known.size} of these customers do not exist.`);
    }
    const contactable = await allowedAmong(tx, ids, `contact:${ask.channel}`);
    const links = ids.map((customerId): PersonalLink => {
      const mayContact = contactable.has(customerId);
      const isMade = ask.purpose === "show" || mayContact;
      return { customerId, contactable: mayContact, ...(isMade ? { token: newToken() } : {}) };
    });
    const made = links.flatMap(({ customerId, token }) =>
      token ? [{ customerId, hash: hashOf(token) }] : [],
    );
    await store.insertLinks(tx, made, {
      surveyId: survey.id,
      kind: "personal",
      by: ctx.actor.name,
      at: ctx.now(),
      expiresAt: daysAfter(ctx.now(), personalLinkDays),
    });
    await record(tx, ctx, "survey.links_created", `survey ${survey.slug}`, undefined, {
      links: made.length,
      withheld: links.length - made.length,
      purpose: ask.purpose,
      channel: ask.channel,
    });
    return links;
  });
}

/** Everyone known who may be written to in a channel, as the event store has it. Refuses: survey.links_too_many. */
export async function contactableCustomers(ctx: Context, channel: LinkChannel): Promise<number[]> {
  const rows = await ctx.events.query(
    z.object({ customerId: z.number() }),
    { channel, max: linksMax + 1 },
    "select customer_id from customers where known = 1 and has(contact, {channel:String}) order by customer_id limit {max:UInt32}",
  );
  if (rows.length > linksMax) {
    refuse(
      "too_large",
      "survey.links_too_many",
      `More than ${linksMax} customers may be written to. Name those who are meant.`,
      { max: linksMax },
    );
  }
  return rows.map((row) => row.customerId);
}

/** The token that a visitor gets for an answer, so that it leads to its own consents. */
export async function createVisitorLink(
  tx: Tx,
  ctx: Context,
  survey: Survey,
  customerId: number,
): Promise<string> {
  const token = newToken();
  await store.insertLinks(tx, [{ customerId, hash: hashOf(token) }], {
    surveyId: survey.id,
    kind: "visitor",
    by: "visitor",
    at: ctx.now(),
    expiresAt: daysAfter(ctx.now(), visitorLinkDays),
  });
  return token;
}

/** Whom a token stands for, now: links of customers are followed to whom they were joined into. */
export interface Holder {
  ctx: Context;
  survey: Survey;
  link: SurveyLink;
  customerId: number;
  /** The customer and all ids joined into it. */
  customerIds: number[];
}

/**
 * Finds who holds a token, in whichever garden; undefined for a token that nobody was given, or one
 * whose time is over. `only` looks in one garden.
 */
export async function holderOf(
  gardens: Gardens,
  token: string | undefined,
  only?: string,
): Promise<Holder | undefined> {
  if (!token || !isToken(token)) return undefined;
  const hash = hashOf(token);
  for (const garden of only ? [only] : gardens.list().map((each) => each.id)) {
    const ctx = gardens.context(garden, { kind: "public", id: "public", name: "customer" });
    const link = await store.findLink(ctx.pool, hash);
    if (!link) continue;
    if (link.expiresAt <= ctx.now()) return undefined;
    const survey = await store.findSurvey(ctx.pool, link.surveyId);
    if (!survey) return undefined;
    const customerId = (await survivorsOf(ctx.pool, [link.customerId])).get(link.customerId)!;
    return { ctx, survey, link, customerId, customerIds: await idsOf(ctx.pool, customerId) };
  }
  return undefined;
}

const daysAfter = (at: Date, days: number) => new Date(at.getTime() + days * 86_400_000);
