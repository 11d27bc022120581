import type { Tx } from "../../garden/index.ts";
import { enqueueLines, type Outgoing } from "../../platform/outbox/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { saveAccounts } from "../accounts/index.ts";
import { askToConfirm, recordAnswers, type Unconfirmed } from "../consent/index.ts";
import { type Repeated, settleRecords } from "../events/index.ts";
import { type IdentityBook, type IdentityChanges, saveIdentities } from "../identity/index.ts";
import { queueDeliveries } from "../outbound/index.ts";
import {
  customersById,
  isEmail,
  mergeTraits,
  patchTraits,
  queueCustomerRows,
  touch,
} from "../profiles/index.ts";
import { saveObserved, saveSessions, saveStaff, violationText } from "../quality/index.ts";
import { Drops } from "./drops.ts";
import { enrich, type Outcome } from "./enrich.ts";
import { loadKnown } from "./known.ts";
import type { BatchContext, Incoming } from "./model.ts";
import { saveRejections } from "./rejections.ts";
import { dropSuppressed } from "./suppressed.ts";
import { dropSeen, eventsIn, requestsMax, takeRequests } from "./take.ts";

export interface Batch {
  requests: number;
  events: number;
  kept: number;
  /** The kept rows on their way to the event store. */
  rows?: Outgoing;
}

/**
 * Takes what waits in the inbox through the pipeline, in one transaction: the requests leave the
 * inbox, the state changes are saved, and the finished rows stand in the outbox. Undefined when
 * nothing waits; `taken` hears which requests it is about. A crash at any point repeats work, and never
 * loses or doubles an event.
 */
export async function takeBatch(
  tx: Tx,
  ctx: BatchContext,
  max = requestsMax,
  taken: (ids: number[]) => void = () => {},
): Promise<Batch | undefined> {
  const requests = await takeRequests(tx, max);
  if (!requests.length) return undefined;
  taken(requests.map((request) => request.id));
  const events = eventsIn(requests);
  const drops = new Drops(ctx.now(), ctx.garden.timezone);
  const fresh = await dropSeen(tx, events, drops);
  const welcome = await dropSuppressed(tx, ctx, fresh, drops);
  const rows = welcome.length ? await workThrough(tx, ctx, welcome, drops) : [];
  await drops.save(tx);
  const batch = { requests: requests.length, events: events.length, kept: rows.length };
  if (!rows.length) return batch;
  return { ...batch, rows: await enqueueLines(tx, "events_stored", Buffer.from(rows.join("\n"))) };
}

/** Reads what is known, decides for each event, and saves what has changed. Gives the rows of the kept events. */
async function workThrough(tx: Tx, ctx: BatchContext, events: Incoming[], drops: Drops): Promise<string[]> {
  const known = await loadKnown(tx, ctx, events);
  const outcome = enrich(ctx, events, known, drops);
  await save(tx, ctx, known.book.changes, outcome, events[0]!.sourceId);
  await saveAccounts(tx, known.accounts.changes);
  await markSources(tx, events);
  await saveSessions(tx, known.sessions);
  await rejectBlocked(tx, outcome);
  await saveStaff(tx, outcome.newStaff, ctx.now());
  await saveObserved(tx, outcome.observed, drops.day);
  const { dropped, hidden } = await tellOnce(tx, outcome, known.book, drops);
  outcome.recent.retell(dropped);
  await outcome.recent.save(tx);
  const kept = outcome.rows.filter((row) => !dropped.has(row.eventId));
  await queueDeliveries(
    tx,
    kept.filter((row) => !row.isAside && !hidden.has(row.eventId)),
    ctx.now(),
  );
  return kept.map((row) => row.line);
}

/** Drops those that tell again of a record that is known: what they say of the customer counts, the order does not. */
async function tellOnce(tx: Tx, { records }: Outcome, book: IdentityBook, drops: Drops): Promise<Repeated> {
  const joined = new Map(
    book.changes.links.map(({ subjectId }) => [
      subjectId,
      { customerId: book.survivor(subjectId), partId: book.part(subjectId) },
    ]),
  );
  const repeated = await settleRecords(tx, records, joined);
  for (const { event, eventId } of records)
    if (repeated.dropped.has(eventId)) drops.add(event, "told_before");
  return repeated;
}

async function save(
  tx: Tx,
  ctx: BatchContext,
  changes: IdentityChanges,
  { answers, patches, seen, joins, unconfirmed }: Outcome,
  sourceId: number,
): Promise<void> {
  await saveIdentities(tx, ctx, changes, sourceId);
  await mergeTraits(tx, joins);
  await patchTraits(tx, patches);
  await touch(tx, seen);
  await recordAnswers(tx, answers, { rowsFollow: true });
  await askByMail(tx, ctx, unconfirmed);
  const changed = new Set([
    ...changes.created.map((one) => one.id),
    ...changes.madeKnown,
    ...changes.links.flatMap((link) => [link.subjectId, link.customerId]),
    ...answers.map((answer) => answer.customerId),
  ]);
  await queueCustomerRows(tx, [...changed], ctx.garden.synthetic);
}

/** What a schema keeps out stands among the rejected events, with what to do about it. */
async function rejectBlocked(tx: Tx, { blocked }: Outcome): Promise<void> {
  const bySource = new Map<number, Outcome["blocked"]>();
  for (const one of blocked)
    bySource.set(one.event.sourceId, [...(bySource.get(one.event.sourceId) ?? []), one]);
  for (const [sourceId, list] of bySource) {
    const rejected = list.map(({ event, violations }) => ({
      messageId: event.messageId,
      code: "event.schema",
      message: `${event.name}: ${violations.map(violationText).join("; ")}.`,
    }));
    await saveRejections(tx, sourceId, rejected, list.at(-1)!.event.receivedAt);
  }
}

/** Where no address came along, the one that is known of the customer is asked; without any, nobody can be. */
async function askByMail(tx: Tx, ctx: BatchContext, unconfirmed: Outcome["unconfirmed"]): Promise<void> {
  if (!unconfirmed.length) return;
  const without = unconfirmed.flatMap((one) => (one.address ? [] : [one.customerId]));
  const known = new Map(
    (await customersById(tx, [...new Set(without)])).map((customer) => [customer.id, customer.email]),
  );
  const asks = unconfirmed.flatMap((one): Unconfirmed[] => {
    const address = one.address ?? known.get(one.customerId);
    return address && isEmail(address) ? [{ ...one, address }] : [];
  });
  await askToConfirm(tx, ctx, asks);
}

/** The pages of sources show when the first and the last event came, kept or not. */
async function markSources(tx: Tx, events: Incoming[]): Promise<void> {
  const last = new Map<number, Date>();
  for (const event of events) {
    const before = last.get(event.sourceId);
    if (!before || before < event.receivedAt) last.set(event.sourceId, event.receivedAt);
  }
  for (const [id, at] of last) {
    await query(
      tx,
      sql`update sources set first_event_at = coalesce(first_event_at, ${at}), last_event_at = ${at}
        where id = ${id} and (last_event_at is null or last_event_at < ${at}::timestamptz - interval '1 second')`,
    );
  }
}
