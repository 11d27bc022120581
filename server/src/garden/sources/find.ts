import { z } from "zod";
import { type Executor, queryOne, sql } from "../../platform/postgres/index.ts";
import type { Context } from "../context.ts";
import type { Gardens } from "../gardens.ts";
import type { Garden } from "../model.ts";
import type { Source } from "./model.ts";
import { openedSecret } from "./signing-secret.ts";
import { findSourceById, ownSource } from "./store.ts";

interface Known {
  source: Source;
  garden: string;
  /** Milliseconds of the monotonic clock. */
  until: number;
}

/** How long another process may go on with a key that was changed here, in ms. */
const keptMs = 5_000;
const knownMax = 10_000;
const caches = new WeakMap<Gardens, { epoch: number; known: Map<string, Known> }>();
let epoch = 0;

/** Makes the next `findSource` of this process read again. Called after every change of a source. */
export function forgetSources(): void {
  epoch++;
}

/** Changes with every change of a source in this process. */
export const sourcesEpoch = () => epoch;

const Key = z.object({ garden: z.string(), sourceId: z.number() });

/** What is known of the keys of these gardens; empty again after every change of a source. */
function cacheOf(gardens: Gardens): Map<string, Known> {
  let cache = caches.get(gardens);
  if (!cache || cache.epoch !== epoch) {
    cache = { epoch, known: new Map() };
    caches.set(gardens, cache);
  }
  return cache.known;
}

export interface FoundSource {
  garden: Garden;
  source: Source;
}

/** The address of a webhook is no write key: what comes by it is checked in another way. */
const isKeyed = (found: FoundSource | undefined) => found?.source.kind !== "webhook";

/** The source behind a write key where memory knows it, as `findSource` would give it; undefined does not say that it is unknown. */
export function recallSource(gardens: Gardens, writeKey: string): FoundSource | undefined {
  const found = recall(gardens, writeKey);
  return isKeyed(found) ? found : undefined;
}

function recall(gardens: Gardens, writeKey: string): FoundSource | undefined {
  const before = cacheOf(gardens).get(writeKey);
  if (!before || before.until <= performance.now()) return undefined;
  const garden = gardens.find(before.garden);
  return garden && { garden, source: before.source };
}

/**
 * The source behind a write key and the garden it writes to; undefined when nobody has that key or the source is switched
 * off. Answers from memory for some seconds: each request of the collect endpoints asks this.
 */
export async function findSource(gardens: Gardens, writeKey: string): Promise<FoundSource | undefined> {
  const found = await find(gardens, writeKey);
  return isKeyed(found) ? found : undefined;
}

/** The webhook behind an address, as `findSource` gives a source behind its key. */
export async function findWebhookSource(gardens: Gardens, address: string): Promise<FoundSource | undefined> {
  const found = await find(gardens, address);
  return isKeyed(found) ? undefined : found;
}

async function find(gardens: Gardens, writeKey: string): Promise<FoundSource | undefined> {
  // Postgres cannot even be asked for the character NUL.
  if (writeKey.includes("\0")) return undefined;
  const recalled = recall(gardens, writeKey);
  if (recalled) return recalled;
  const known = cacheOf(gardens);
  const key = await queryOne(
    gardens.platformPool,
    sql`select garden, source_id from write_keys where write_key = ${writeKey}`,
    Key,
  );
  if (!key) return undefined;
  if (!gardens.find(key.garden)) await gardens.refresh();
  const garden = gardens.find(key.garden);
  if (!garden) return undefined;
  const ctx = gardens.context(garden.id, { kind: "job", id: "collect", name: "collect" });
  const kept = await findSourceById(ctx.pool, key.sourceId);
  if (!kept?.enabled) return undefined;
  // Opened once, not with each event: it stays open only in memory.
  const source = { ...kept, signingSecret: openedSecret(ctx, kept) };
  if (known.size >= knownMax) known.clear();
  known.set(writeKey, { source, garden: garden.id, until: performance.now() + keptMs });
  return { garden, source };
}

const executorOf = (on: Context | Executor): Executor => ("pool" in on ? on.pool : on);

/** The source of events that the product itself makes, such as survey answers and decisions. */
export function internalSource(on: Context | Executor): Promise<Source> {
  return ownSource(executorOf(on), "internal");
}

/** The source of imported records. */
export function importSource(on: Context | Executor): Promise<Source> {
  return ownSource(executorOf(on), "import");
}
