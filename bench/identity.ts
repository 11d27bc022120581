import { openApp } from "../server/src/app.ts";
import { readConfig } from "../server/src/config.ts";
import { IdentityBook } from "../server/src/data/identity/book.ts";
import { loadIdentities, newCustomerIds } from "../server/src/data/identity/index.ts";
import { mergeCustomers, unmergeCustomers } from "../server/src/data/merges/index.ts";
import type { Context } from "../server/src/garden/index.ts";
import { query, sql } from "../server/src/platform/postgres/index.ts";
import { inTempFolder } from "./processes.ts";
import type { BenchRow } from "./row.ts";

const identifiers = 1_000_000;
const merged = 100_000;
/** As many as a large batch of the pipeline names. */
const atOnce = 5_000;
/** Through the verb itself, on top of those that are there. */
const timed = 500;

/**
 * Whose each of a million known identifiers is, a hundred thousand of their customers being merged by operators, against
 * a bare look-up of the same values; and merges and their undoing through the verb, with all that follows from each.
 */
export async function benchIdentity(): Promise<BenchRow[]> {
  return inTempFolder(async (dataDir) => {
    const app = await openApp(
      readConfig({ RONDELL_DATA_DIR: dataDir, RONDELL_PORT: "0", RONDELL_LOG_LEVEL: "error" }),
    );
    try {
      const garden = {
        id: "bench",
        brand: "Bench",
        language: "en",
        currency: "EUR",
        timezone: "Europe/Berlin",
      } as const;
      await app.gardens.create(garden);
      const ctx = app.gardens.context("bench", { kind: "command", id: "command", name: "bench" });
      await fill(ctx);
      // By turns, so that both meet the same caches.
      let [bare, whole] = [0, 0];
      for (let from = 0; from < identifiers; from += atOnce) {
        const values = Array.from({ length: atOnce }, (_, n) => `u${((from + n) * 7919) % identifiers}`);
        bare += await secondsOf(() => lookUp(ctx, values));
        whole += await secondsOf(() => resolve(ctx, values));
      }
      const pairs = Array.from({ length: timed }, (_, n) => ({
        survivorId: merged * 2 + n * 2 + 1,
        joinedId: merged * 2 + n * 2 + 2,
      }));
      const ids: number[] = [];
      const merging = await secondsOf(async () => {
        for (const pair of pairs) ids.push((await mergeCustomers(ctx, pair)).id);
      });
      const undoing = await secondsOf(async () => {
        for (const id of ids) await unmergeCustomers(ctx, id);
      });
      const perSecond = identifiers / whole;
      const ceiling = identifiers / bare;
      return [
        {
          name: `whose ${identifiers.toLocaleString("en")} known identifiers are, ${merged.toLocaleString("en")} customers merged, against a bare look-up`,
          value: perSecond,
          unit: "identifiers/s",
          ceiling,
          ratio: perSecond / ceiling,
          target: "at least 0.15 of the ceiling",
          met: perSecond / ceiling >= 0.15,
        },
        rate(`merges by operators, one by one, ${merged.toLocaleString("en")} there already`, merging),
        rate("merges taken back, one by one", undoing),
      ];
    } finally {
      await app.stop();
    }
  });
}

const rate = (name: string, seconds: number): BenchRow => ({
  name,
  value: timed / seconds,
  unit: "merges/s",
  target: "at least 50",
  met: timed / seconds >= 50,
});

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

/** Known customers with a user id each; the first twice as many as were merged are so in pairs. */
async function fill({ pool }: Context): Promise<void> {
  await query(
    pool,
    sql`insert into customers (id, known, created_at, first_seen_at, last_seen_at)
      select nextval('customer_ids'), true, now(), now(), now() from generate_series(1, ${identifiers}::int)`,
  );
  await query(
    pool,
    sql`insert into identifiers (kind, value, customer_id, first_seen_at) select 'user_id', 'u' || (id - 1), id, now() from customers`,
  );
  await query(
    pool,
    sql`with made as (
        insert into merges (kind, survivor_id, joined_id, at, by_name)
        select 'merge', n * 2 - 1, n * 2, now(), 'bench' from generate_series(1, ${merged}::int) as g (n) returning id, survivor_id, joined_id, at
      ), links as (
        insert into customer_links (subject_id, customer_id, part_id, reason, version, linked_at)
        select joined_id, survivor_id, joined_id, 'merged', id, at from made
      )
      insert into customer_parts (customer_id, survivor_id, into_id, merge_id, merged_at)
      select joined_id, survivor_id, survivor_id, id, at from made union all select survivor_id, survivor_id, null, null, null from made`,
  );
  await query(pool, sql`analyze`);
}

function lookUp({ pool }: Context, values: readonly string[]) {
  return query(
    pool,
    sql`select i.value, coalesce(l.customer_id, i.customer_id) as id from unnest(${[...values]}::text[]) as a (value)
      join identifiers i on i.kind = 'user_id' and i.value = a.value left join customer_links l on l.subject_id = i.customer_id`,
  );
}

/** As a batch of the pipeline finds the customers of its events. */
async function resolve({ pool }: Context, values: readonly string[]): Promise<void> {
  const known = await loadIdentities(
    pool,
    values.map((value) => ({ kind: "user_id", value })),
    [],
  );
  const ids = await newCustomerIds(pool, 1);
  const book = new IdentityBook(known, () => ids.pop()!);
  const told = { at: new Date(), event: "Bench", messageId: "", sourceId: null };
  for (const userId of values) {
    const { customer } = book.resolve({ userId }, told, true);
    if (!customer) throw new Error(`${userId} was not found.`);
  }
}
