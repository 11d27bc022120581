import { announce, type Context, record, type Tx } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { holdPipeline } from "../collect/index.ts";
import { foldConsent, forgetOwnAnswers, keepOwnAnswers } from "../consent/index.ts";
import { mergeRecords, unmergeRecords } from "../events/index.ts";
import {
  branchOf,
  forgetSingles,
  joinParts,
  mergedAmong,
  type Part,
  partsOf,
  splitParts,
  survivorsOf,
} from "../identity/index.ts";
import {
  customersById,
  foldProfile,
  forgetOwnProfiles,
  keepOwnProfiles,
  queueCustomerRows,
} from "../profiles/index.ts";
import { addEntry, type Entry, findEntry } from "./store.ts";

/**
 * Merges one known customer into another: at once, without rewriting an event. Traits said last count, of consent the
 * stricter answer; what is each one's own is kept beside it. Refuses customer.missing, merge.same, merge.nameless.
 */
export async function mergeCustomers(
  ctx: Context,
  ask: { survivorId: number; joinedId: number; proposalId?: number },
): Promise<Entry> {
  ctx.require("data:write");
  return ctx.inTransaction(async (tx) => {
    // Batches read the links of customers and write by them: none is under way until this is done.
    await holdPipeline(tx, ctx.garden.id);
    const [survivorId, joinedId] = await bothOf(tx, ask.survivorId, ask.joinedId);
    const entry = await addEntry(tx, ctx, {
      kind: "merge",
      survivorId,
      joinedId,
      ...(ask.proposalId === undefined ? {} : { proposalId: ask.proposalId }),
    });
    const before = await mergedAmong(tx, [survivorId, joinedId]);
    const singles = [survivorId, joinedId].filter((id) => !before.has(id));
    await keepOwnProfiles(tx, singles);
    await keepOwnAnswers(tx, singles);
    const moved = await joinParts(tx, { id: entry.id, survivorId, joinedId, at: entry.at });
    await mergeRecords(tx, { id: entry.id, survivorId, joinedId });
    const parts = await partsOf(tx, [survivorId]);
    await fold(tx, parts);
    await queueCustomerRows(tx, [...new Set([survivorId, ...moved])], ctx.garden.synthetic);
    await announce(tx, "identity.merged", { mergeId: entry.id, survivorId, joinedId });
    await record(tx, ctx, "customer.merged", publicId("customer", survivorId), null, {
      joined: publicId("customer", joinedId),
      merge: entry.id,
    });
    return entry;
  });
}

/**
 * Takes a merge back, whatever was merged before or since: each part has again what is its own, and what came for it
 * meanwhile. Refuses merge.missing, merge.erased, merge.undone.
 */
export async function unmergeCustomers(ctx: Context, mergeId: number): Promise<Entry> {
  ctx.require("data:write");
  return ctx.inTransaction(async (tx) => {
    await holdPipeline(tx, ctx.garden.id);
    const merge = await findEntry(tx, mergeId);
    if (merge?.kind !== "merge") refuse("missing", "merge.missing", `There is no merge ${mergeId}.`);
    const { joinedId } = merge;
    if (joinedId === null || merge.survivorId === null)
      refuse("conflict", "merge.erased", "Who was merged was erased since, and cannot be split any more.");
    const before = await partsOf(tx, [joinedId]);
    const part = before.find((one) => one.mergeId === mergeId);
    if (!part) refuse("conflict", "merge.undone", "This merge was taken back already.");
    const { survivorId } = part;
    const entry = await addEntry(tx, ctx, { kind: "unmerge", survivorId, joinedId, undoes: mergeId });
    const moved = await splitParts(tx, before, joinedId);
    await unmergeRecords(tx, { id: mergeId, survivorId, joinedId, partIds: branchOf(before, joinedId) });
    const [staying, leaving] = [await partsOf(tx, [survivorId]), await partsOf(tx, [joinedId])];
    for (const parts of [staying, leaving]) {
      await fold(tx, parts);
      if (parts.length === 1) await standAlone(tx, parts[0]!.customerId);
    }
    await queueCustomerRows(tx, [...new Set([survivorId, joinedId, ...moved])], ctx.garden.synthetic);
    await announce(tx, "identity.unmerged", { mergeId, survivorId, joinedId, mergedAt: merge.at });
    await record(
      tx,
      ctx,
      "customer.unmerged",
      publicId("customer", survivorId),
      {
        joined: publicId("customer", joinedId),
        merge: mergeId,
      },
      null,
    );
    return entry;
  });
}

/** The customers that these ids lead to, which must be two and known. */
async function bothOf(tx: Tx, survivor: number, joined: number): Promise<[number, number]> {
  const leads = await survivorsOf(tx, [survivor, joined]);
  const ids: [number, number] = [leads.get(survivor)!, leads.get(joined)!];
  const found = new Map((await customersById(tx, ids)).map((one) => [one.id, one]));
  for (const id of ids)
    if (!found.has(id)) refuse("missing", "customer.missing", "There is no such customer.");
  if (ids[0] === ids[1])
    refuse("conflict", "merge.same", "The two are one customer already. Choose somebody else.");
  for (const id of ids) {
    if (!found.get(id)!.known)
      refuse(
        "conflict",
        "merge.nameless",
        "Only known customers are merged. A visitor without a name joins a customer by itself, as soon as it identifies.",
      );
  }
  return ids;
}

/** Makes of what is each part's own what the whole customer shows. */
async function fold(tx: Tx, parts: readonly Part[]): Promise<void> {
  const ids = parts.map((part) => part.customerId);
  const survivorId = parts[0]!.survivorId;
  const times = parts.flatMap((part) => part.mergedAt?.getTime() ?? []);
  await foldProfile(tx, ids);
  await foldConsent(tx, survivorId, ids, times.length ? new Date(Math.max(...times)) : undefined);
}

async function standAlone(tx: Tx, customerId: number): Promise<void> {
  await forgetOwnProfiles(tx, [customerId]);
  await forgetOwnAnswers(tx, [customerId]);
  await forgetSingles(tx, [customerId]);
}
