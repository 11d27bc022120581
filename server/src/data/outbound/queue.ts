import type { Tx } from "../../garden/index.ts";
import { allowedAmong } from "../consent/index.ts";
import * as store from "./store.ts";

/** A kept event that others may want to hear of. */
export interface Told {
  eventId: string;
  customerId: number;
  name: string;
  /** The row of the event store, as JSON. */
  line: string;
}

/** More than this waits for no target: what is beyond is counted. It stands in the event store all the same. */
const waitingMax = 100_000;

/**
 * Writes down who must hear of a batch's events, in its transaction. An event leaves only where its customer agreed to
 * sharing; one of nobody in particular is no customer's.
 */
export async function queueDeliveries(tx: Tx, told: readonly Told[], at: Date): Promise<void> {
  if (!told.length) return;
  const targets = await store.wantingTargets(tx);
  const wanted = targets.map((target) => ({
    target,
    events: told.filter((event) => !target.events.length || target.events.includes(event.name)),
  }));
  const ids = new Set(wanted.flatMap(({ events }) => events.map((event) => event.customerId)));
  if (!ids.size) return;
  const allowed = await allowedAmong(tx, [...ids], "share");
  for (const { target, events } of wanted) {
    const may = events.filter(({ customerId }) => customerId === 0 || allowed.has(customerId));
    const room =
      target.failures > 0 || target.state === "broken"
        ? waitingMax - (await store.countWaiting(tx, target.id, waitingMax))
        : waitingMax;
    const queued = may.slice(0, room);
    await store.insertDeliveries(
      tx,
      queued.map((event) => ({ ...event, targetId: target.id, payload: payloadOf(event.line) })),
      at,
    );
    const unsent = { withheld: events.length - may.length, missed: may.length - queued.length };
    if (unsent.withheld || unsent.missed) await store.countUnsent(tx, target.id, unsent);
  }
}

/** What leaves of an event: no direct personal data is in it, and none of our inner numbers. */
function payloadOf(line: string): string {
  const row = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify({
    name: row.name,
    happenedAt: row.happened_at,
    receivedAt: row.received_at,
    channel: row.channel,
    amountMinor: row.amount_minor,
    currency: row.currency,
    properties: row.properties,
  });
}
