import { type Context, conclude, type Tx } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { Refusal } from "../../platform/refusal.ts";
import { holdPipeline } from "../collect/index.ts";
import { keepOwnAnswers } from "../consent/index.ts";
import { mergeRecords } from "../events/index.ts";
import { type Join, joinParts, type Led, ledTo, type Part, partsOf } from "../identity/index.ts";
import { keepOwnProfiles, queueCustomerRows } from "../profiles/index.ts";
import { foldParts } from "./fold.ts";
import { inRounds } from "./rounds.ts";
import { addEntries, type Entry } from "./store.ts";

export interface MergeAsk {
  survivorId: number;
  joinedId: number;
  proposalId?: number | undefined;
}

/**
 * Merges one known customer into another: at once, without rewriting an event. Traits said last count, of consent the
 * stricter answer; what is each one's own is kept beside it. Refuses customer.missing, merge.same, merge.nameless.
 */
export async function mergeCustomers(ctx: Context, ask: MergeAsk): Promise<Entry> {
  const [outcome] = await mergeMany(ctx, [ask]);
  if (outcome instanceof Refusal) throw outcome;
  return outcome!;
}

/**
 * Merges many pairs in one transaction, as if one after the other. Gives for each its entry in the log, or why it was not
 * merged: of those nothing is changed.
 */
export async function mergeMany(ctx: Context, asks: readonly MergeAsk[]): Promise<(Entry | Refusal)[]> {
  ctx.require("data:write");
  return ctx.inTransaction(async (tx) => {
    // Batches read the links of customers and write by them: none is under way until this is done.
    await holdPipeline(tx, ctx.garden.id);
    return inRounds(asks, {
      async look(waiting) {
        const people = await ledTo(
          tx,
          waiting.flatMap((ask) => [ask.survivorId, ask.joinedId]),
        );
        return ({ survivorId, joinedId, proposalId }) => {
          const [survivor, joined] = [people.get(survivorId), people.get(joinedId)];
          if (!survivor || !joined)
            return new Refusal("missing", "customer.missing", "There is no such customer.");
          // Several may be merged into one at once, but into nobody who is merged at the same time.
          return {
            needs: [joined.id],
            shares: [survivor.id],
            ready: () => readyPair(survivor, joined, proposalId),
          };
        };
      },
      work: (pairs) => mergeRound(tx, ctx, pairs),
    });
  });
}

interface Pair {
  survivor: Led;
  joined: Led;
  proposalId: number | undefined;
}

function readyPair(survivor: Led, joined: Led, proposalId: number | undefined): Pair | Refusal {
  if (survivor.id === joined.id)
    return new Refusal("conflict", "merge.same", "The two are one customer already. Choose somebody else.");
  if (!survivor.known || !joined.known)
    return new Refusal(
      "conflict",
      "merge.nameless",
      "Only known customers are merged. A visitor without a name joins a customer by itself, as soon as it identifies.",
    );
  return { survivor, joined, proposalId };
}

/** Merges pairs none of which is in another's way, by as many statements as one pair takes. */
async function mergeRound(tx: Tx, ctx: Context, pairs: readonly Pair[]): Promise<Entry[]> {
  const merges = pairs.map(({ survivor, joined, proposalId }) => ({
    ...{ survivorId: survivor.id, joinedId: joined.id, proposalId },
  }));
  const entries = await addEntries(
    tx,
    ctx,
    merges.map((merge) => ({ ...merge, kind: "merge" as const })),
  );
  const joins = entries.map(({ id, at }, n) => ({ ...merges[n]!, mergeId: id, at }));
  const survivors = [...new Set(merges.map((merge) => merge.survivorId))];
  const singles = pairs.flatMap(({ survivor, joined }) => [survivor, joined]).filter((one) => !one.merged);
  const singleIds = [...new Set(singles.map((one) => one.id))];
  const profiles = await keepOwnProfiles(tx, singleIds);
  const answers = await keepOwnAnswers(tx, singleIds);
  const moved = await joinParts(tx, joins);
  await mergeRecords(tx, merges);
  // Of those who were merged before, what is their parts' own was not read.
  const isAll = pairs.every(({ survivor, joined }) => !survivor.merged && !joined.merged);
  await foldParts(tx, isAll ? partsAfter(joins) : await partsOf(tx, survivors), {
    profiles,
    ...(isAll ? { answers } : {}),
  });
  await queueCustomerRows(tx, [...new Set([...survivors, ...moved])], ctx.garden.synthetic);
  await conclude(
    tx,
    ctx,
    {
      name: "identity.merged",
      payload: {
        merges: joins.map(({ mergeId, survivorId, joinedId }) => ({ mergeId, survivorId, joinedId })),
      },
    },
    joins.map(({ mergeId, survivorId, joinedId }) => ({
      action: "customer.merged",
      subject: publicId("customer", survivorId),
      before: null,
      after: { joined: publicId("customer", joinedId), merge: mergeId },
    })),
  );
  return entries;
}

/** The parts of customers none of whom was merged before. */
function partsAfter(joins: readonly Join[]): Part[] {
  const survivors = [...new Set(joins.map((join) => join.survivorId))];
  return [
    ...survivors.map((id) => ({
      customerId: id,
      survivorId: id,
      intoId: null,
      mergeId: null,
      mergedAt: null,
    })),
    ...joins.map(({ mergeId, survivorId, joinedId, at }) => ({
      ...{ customerId: joinedId, survivorId, intoId: survivorId, mergeId, mergedAt: at },
    })),
  ];
}
