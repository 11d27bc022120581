import { openApp } from "../server/src/app.ts";
import { readConfig } from "../server/src/config.ts";
import { IdentityBook } from "../server/src/data/identity/book.ts";
import { loadIdentities, newCustomerIds } from "../server/src/data/identity/index.ts";
import { mergeCustomers, mergeMany, unmergeCustomers } from "../server/src/data/merges/index.ts";
import type { Context } from "../server/src/garden/index.ts";
import { query, sql } from "../server/src/platform/postgres/index.ts";
import { inTempFolder } from "./processes.ts";
import type { BenchRow } from "./row.ts";

const identifiers = 1_000_000;
const merged = 100_000;
/** As many as a large batch of the pipeline names. */
const atOnce = 5_000;
/** As many pairs as one call of the API takes. */
const listed = 1_000;
/** One by one, on top of those that are there. */
const timed = 500;

/**
 * Whose each of a million known identifiers is, a hundred thousand of their customers being merged by operators, against
 * a bare look-up of the same values; and merges and their undoing through the verb, in lists and one by one, with all that
 * follows from each. Every customer has traits and an answer to a purpose.
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
      const pairFrom = (n: number) => ({ survivorId: n * 2 + 1, joinedId: n * 2 + 2 });
      const mergingLists = await secondsOf(async () => {
        for (let from = 0; from < merged; from += listed) {
          const pairs = Array.from({ length: listed }, (_, n) => pairFrom(from + n));
          const outcomes = await mergeMany(ctx, pairs);
          if (outcomes.some((one) => one instanceof Error)) throw new Error("A pair was not merged.");
        }
        // Until every question sees them, and arms and recommendations have followed.
        await app.work.of("bench").drained();
      });
      await query(ctx.pool, sql`analyze`);
      // By turns, so that both meet the same caches.
      let [bare, whole] = [0, 0];
      for (let from = 0; from < identifiers; from += atOnce) {
        const values = Array.from({ length: atOnce }, (_, n) => `u${((from + n) * 7919) % identifiers}`);
        bare += await secondsOf(() => lookUp(ctx, values));
        whole += await secondsOf(() => resolve(ctx, values));
      }
      const ids: number[] = [];
      const merging = await secondsOf(async () => {
        for (let n = 0; n < timed; n++) ids.push((await mergeCustomers(ctx, pairFrom(merged + n))).id);
      });
      const undoing = await secondsOf(async () => {
        for (const id of ids) await unmergeCustomers(ctx, id);
      });
      const perSecond = identifiers / whole;
      const ceiling = identifiers / bare;
      const count = (n: number) => n.toLocaleString("en");
      return [
        rate(`${count(merged)} merges in lists of ${count(listed)}, until seen`, merged / mergingLists, 500),
        {
          name: `whose ${count(identifiers)} known identifiers are, ${count(merged)} customers merged, against a bare look-up`,
          value: perSecond,
          unit: "identifiers/s",
          ceiling,
          ratio: perSecond / ceiling,
          target: "at least 0.25 of the ceiling",
          met: perSecond / ceiling >= 0.25,
        },
        rate(`merges by operators, one by one, ${count(merged)} there already`, timed / merging, 100),
        rate("merges taken back, one by one", timed / undoing, 100),
      ];
    } finally {
      await app.stop();
    }
  });
}

const rate = (name: string, value: number, wanted: number): BenchRow => ({
  ...{ name, value, unit: "merges/s", target: `at least ${wanted}`, met: value >= wanted },
});

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

/** Known customers with a user id, traits and an answer each. */
async function fill({ pool }: Context): Promise<void> {
  await query(
    pool,
    sql`insert into customers (id, known, created_at, first_seen_at, last_seen_at, traits, trait_times, email, display_name)
      select id, true, now(), now(), now(), jsonb_build_object('name', 'Customer ' || id, 'email', id || '@brand.example', 'city', 'Bonn'),
        jsonb_build_object('name', said, 'email', said, 'city', said), id || '@brand.example', 'Customer ' || id
      from (select nextval('customer_ids') as id, '2026-01-01T00:00:00.000Z' as said from generate_series(1, ${identifiers}::int)) as c`,
  );
  await query(
    pool,
    sql`insert into identifiers (kind, value, customer_id, first_seen_at) select 'user_id', 'u' || (id - 1), id, now() from customers`,
  );
  await query(
    pool,
    sql`insert into consent_current (customer_id, purpose, granted, basis, at, stated, wording_version)
      select id, 'contact', id % 3 > 0, 'consent', now(), false, 1 from customers`,
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
