import { type Context, conclude, type Tx } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { Refusal } from "../../platform/refusal.ts";
import { holdPipeline } from "../collect/index.ts";
import { ownAnswersOf, takeOwnAnswers } from "../consent/index.ts";
import { unmergeRecords } from "../events/index.ts";
import { branchOf, forgetSingles, type Part, partsOf, splitParts } from "../identity/index.ts";
import { queueCustomerRows, takeOwnProfiles } from "../profiles/index.ts";
import { foldParts, groupsOf } from "./fold.ts";
import { inRounds } from "./rounds.ts";
import { addEntries, type Entry, findEntries } from "./store.ts";

/**
 * Takes a merge back, whatever was merged before or since: each part has again what is its own, and what came for it
 * meanwhile. Refuses merge.missing, merge.erased, merge.undone.
 */
export async function unmergeCustomers(ctx: Context, mergeId: number): Promise<Entry> {
  const [outcome] = await unmergeMany(ctx, [mergeId]);
  if (outcome instanceof Refusal) throw outcome;
  return outcome!;
}

/**
 * Takes many merges back in one transaction, as if one after the other. Gives for each the entry in the log that takes it
 * back, or why it was not taken back.
 */
export async function unmergeMany(ctx: Context, mergeIds: readonly number[]): Promise<(Entry | Refusal)[]> {
  ctx.require("data:write");
  return ctx.inTransaction(async (tx) => {
    await holdPipeline(tx, ctx.garden.id);
    const found = await findEntries(tx, mergeIds);
    const merges = new Map(found.map((entry) => [entry.id, entry]));
    return inRounds(mergeIds, {
      async look(waiting) {
        const joined = waiting.flatMap((id) => merges.get(id)?.joinedId ?? []);
        const groups = new Map(
          groupsOf(await partsOf(tx, joined)).flatMap((group) =>
            group.map((part) => [part.customerId, group] as const),
          ),
        );
        return (mergeId) => {
          const merge = merges.get(mergeId);
          if (merge?.kind !== "merge")
            return new Refusal("missing", "merge.missing", `There is no merge ${mergeId}.`);
          const { joinedId } = merge;
          if (joinedId === null || merge.survivorId === null)
            return new Refusal(
              "conflict",
              "merge.erased",
              "Who was merged was erased since, and cannot be split any more.",
            );
          const group = groups.get(joinedId) ?? [];
          const part = group.find((one) => one.mergeId === mergeId);
          if (!part) return new Refusal("conflict", "merge.undone", "This merge was taken back already.");
          return {
            needs: [part.survivorId],
            shares: [],
            ready: () => splitOf(group, part, { mergeId, mergedAt: merge.at }),
          };
        };
      },
      work: (splits) => unmergeRound(tx, ctx, splits),
    });
  });
}

interface Split {
  mergeId: number;
  mergedAt: Date;
  survivorId: number;
  joinedId: number;
  /** As they were before. */
  group: readonly Part[];
  leaving: number[];
  staying: number[];
}

function splitOf(
  group: readonly Part[],
  { customerId, survivorId }: Part,
  merge: Pick<Split, "mergeId" | "mergedAt">,
): Split {
  const leaving = branchOf(group, customerId);
  const staying = group.map((part) => part.customerId).filter((id) => !leaving.includes(id));
  return { ...merge, survivorId, joinedId: customerId, group, leaving, staying };
}

/** Takes back merges of as many customers, by as many statements as one takes. */
async function unmergeRound(tx: Tx, ctx: Context, splits: readonly Split[]): Promise<Entry[]> {
  const entries = await addEntries(
    tx,
    ctx,
    splits.map(({ mergeId, survivorId, joinedId }) => ({
      ...{ kind: "unmerge" as const, survivorId, joinedId, undoes: mergeId },
    })),
  );
  const moved = await splitParts(tx, splits);
  await unmergeRecords(tx, splits);
  const parts = splits.flatMap(partsAfter);
  const alone = groupsOf(parts).flatMap((group) => (group.length === 1 ? group[0]!.customerId : []));
  const profiles = await takeOwnProfiles(tx, alone);
  const together = parts.map((part) => part.customerId).filter((id) => !alone.includes(id));
  const answers = [...(await takeOwnAnswers(tx, alone)), ...(await ownAnswersOf(tx, together))];
  await foldParts(tx, parts, { profiles, answers });
  if (alone.length) await forgetSingles(tx, alone);
  const both = splits.flatMap((split) => [split.survivorId, split.joinedId]);
  await queueCustomerRows(tx, [...new Set([...both, ...moved])], ctx.garden.synthetic);
  await conclude(
    tx,
    ctx,
    {
      name: "identity.unmerged",
      payload: {
        merges: splits.map(({ mergeId, survivorId, joinedId, mergedAt }) => ({
          ...{ mergeId, survivorId, joinedId, mergedAt },
        })),
      },
    },
    splits.map(({ mergeId, survivorId, joinedId }) => ({
      action: "customer.unmerged",
      subject: publicId("customer", survivorId),
      before: { joined: publicId("customer", joinedId), merge: mergeId },
      after: null,
    })),
  );
  return entries;
}

/** Those who stay and those who leave, each with its survivor first. */
function partsAfter({ group, survivorId, joinedId, leaving }: Split): Part[] {
  const gone = new Set(leaving);
  const root = group.find((part) => part.customerId === joinedId)!;
  return [
    ...group.filter((part) => !gone.has(part.customerId)).map((part) => ({ ...part, survivorId })),
    { ...root, survivorId: joinedId, intoId: null, mergeId: null, mergedAt: null },
    ...group
      .filter((part) => part !== root && gone.has(part.customerId))
      .map((part) => ({ ...part, survivorId: joinedId })),
  ];
}
