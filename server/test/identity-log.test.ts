import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { mergeCustomers, unmergeCustomers } from "../src/data/merges/index.ts";
import { replay } from "../src/data/merges/model.ts";
import { listEntries } from "../src/data/merges/store.ts";
import { query, sql } from "../src/platform/postgres/index.ts";
import { openGarden, type TestGarden } from "./harness.ts";

/*
 * What holds of identity for whatever is told, against the real database. There is one lane: whoever works through a
 * garden's inbox holds it alone (`holdPipeline`), so that the accepted order is the order. How that order is cut into
 * requests and batches, and which of them are cut short and done again, must not matter.
 */

let garden: TestGarden;
let key: string;
beforeAll(async () => {
  garden = await openGarden();
  key = (await garden.source("server")).writeKey;
  // The test works through the inbox itself, batch by batch, and forgets people at a stroke: nothing else is under way.
  await garden.app.work.of("test").pause();
});

/** Each run tells of people of its own: one garden serves all. */
let runs = 0;
afterEach(() => {
  runs++;
});

interface Call {
  type: "identify" | "page" | "alias";
  userId?: string;
  anonymousId?: string;
  previousId?: string;
  email?: string;
}

const tables = [
  "inbox",
  "message_ids",
  "customers",
  "identifiers",
  "customer_links",
  "merge_proposals",
  "shared_devices",
  "device_users",
  "customer_parts",
  "own_profiles",
  "own_answers",
  "consent_answers",
  "consent_current",
  "live_records",
];
async function forgetAll() {
  // The ledger lets nobody do that: its triggers sleep meanwhile, as nothing but a test may have them.
  const client = await garden.ctx.pool.connect();
  try {
    await client.query("set session_replication_role = replica");
    for (;;) {
      try {
        await client.query(`truncate ${tables.join(", ")}`);
        break;
      } catch (error) {
        // The work beside takes the same tables in an order of its own; Postgres has let it go first.
        if ((error as { code?: string }).code !== "40P01") throw error;
      }
    }
  } finally {
    await client.query("set session_replication_role = origin");
    client.release();
  }
}

/** How a list of calls is told: requests of so many calls, batches of so many requests, some of which crash once. */
interface Way {
  perRequest: number[];
  perBatch: number[];
  crashes: boolean[];
}
const way: fc.Arbitrary<Way> = fc.record({
  perRequest: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
  perBatch: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
  crashes: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
});
const plain: Way = { perRequest: [1000], perBatch: [1000], crashes: [false] };

/** A crash in the middle: everything the transaction did is gone, as after a kill. */
class Crash extends Error {}

async function tell(calls: readonly Call[], { perRequest, perBatch, crashes }: Way) {
  const sizes: number[] = [];
  for (let at = 0, turn = 0; at < calls.length; turn++) {
    const size = perRequest[turn % perRequest.length]!;
    const batch = calls.slice(at, at + size).map(({ email, ...call }, index) => ({
      ...call,
      messageId: `${runs}-${at + index}`,
      timestamp: new Date(1_750_000_000_000 + (at + index) * 1000).toISOString(),
      ...(email === undefined ? {} : { traits: { email } }),
    }));
    expect((await garden.send(key, "/v1/batch", { batch })).body).toMatchObject({ accepted: batch.length });
    at += size;
    sizes.push(size);
  }
  let left = sizes.length;
  for (let turn = 0; left > 0; turn++) {
    left -= await work(perBatch[turn % perBatch.length]!, crashes[turn % crashes.length]!);
  }
}

/** Works through the next so many requests. Gives how many were taken; none where it crashed. */
async function work(requests: number, crashes: boolean): Promise<number> {
  const { takeBatch } = await import("../src/data/collect/pipeline.ts");
  const once = () =>
    garden.ctx.inTransaction(async (tx) => {
      const batch = await takeBatch(tx, garden.ctx, requests);
      if (crashes) throw new Crash();
      return batch?.requests ?? 0;
    });
  if (!crashes) return once();
  await expect(once()).rejects.toThrow(Crash);
  crashes = false;
  return once();
}

/** Which identifiers belong to one customer, whatever the ids are. */
async function partition(): Promise<string[]> {
  const rows = await query<{ names: string[] }>(
    garden.ctx.pool,
    sql`select array_agg(i.kind || ' ' || i.value order by i.kind, i.value) as names from identifiers i
      left join customer_links l on l.subject_id = i.customer_id group by coalesce(l.customer_id, i.customer_id)`,
  );
  return rows.map((row) => row.names.join(", ")).sort();
}

/** The proposals by the identifiers that led to them. */
async function proposals(): Promise<string[]> {
  const rows = await query<{ reason: string; seen: number; names: string[]; events: string[] }>(
    garden.ctx.pool,
    sql`select p.reason, p.seen,
        array(select i.kind || ' ' || i.value from identifiers i where i.customer_id in (p.customer_a, p.customer_b) order by 1) as names,
        array(select s ->> 'messageId' from jsonb_array_elements(p.evidence -> 'sightings') s) as events
      from merge_proposals p`,
  );
  return rows
    .map(({ reason, seen, names, events }) => `${reason} ${seen} ${names.join(", ")} by ${events.join(", ")}`)
    .sort();
}

/** Where the nameless events of shared browsers go. */
async function devices(): Promise<string[]> {
  const rows = await query<{ said: string }>(
    garden.ctx.pool,
    sql`select concat_ws(' ', v.value, c.value, d.loose_id is not null, (select count(*) from device_users u where u.visitor_id = d.visitor_id)) as said
      from shared_devices d
      join identifiers v on v.customer_id = d.visitor_id and v.kind = 'anonymous_id'
      join identifiers c on c.customer_id = d.current_id and c.kind = 'user_id' order by 1`,
  );
  return rows.map((row) => row.said);
}

/** Each visitor, address and alias belongs to one user, and every visitor is named in the end. */
const peaceful: fc.Arbitrary<Call[]> = fc
  .array(
    fc.record({
      user: fc.integer({ min: 0, max: 3 }),
      device: fc.integer({ min: 0, max: 2 }),
      kind: fc.constantFrom("page", "identify", "email", "both", "alias"),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((items) => {
    const calls = items.map(({ user, device, kind }): Call => {
      const [userId, anonymousId, email] = [`u${user}`, `v${user}-${device}`, `u${user}@brand.example`];
      if (kind === "page") return { type: "page", anonymousId };
      if (kind === "email") return { type: "identify", userId, email };
      if (kind === "both") return { type: "identify", userId, anonymousId, email };
      if (kind === "alias") return { type: "alias", userId, previousId: anonymousId };
      return { type: "identify", userId, anonymousId };
    });
    const named = items.map(
      ({ user, device }): Call => ({
        type: "identify",
        userId: `u${user}`,
        anonymousId: `v${user}-${device}`,
      }),
    );
    return [...calls, ...named];
  });

/** Anything may meet anything. */
const contested: fc.Arbitrary<Call[]> = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant("page" as const), anonymousId: fc.constantFrom("d0", "d1", "d2") }),
    fc
      .record({
        userId: fc.option(fc.constantFrom("u0", "u1", "u2", "u3"), { nil: undefined }),
        anonymousId: fc.option(fc.constantFrom("d0", "d1", "d2"), { nil: undefined }),
        email: fc.option(fc.constantFrom("e0@brand.example", "e1@brand.example"), { nil: undefined }),
      })
      .filter((one) => one.userId !== undefined || one.anonymousId !== undefined)
      .map(
        (one): Call => ({
          type: "identify",
          ...Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)),
        }),
      ),
    fc.record({
      type: fc.constant("alias" as const),
      userId: fc.constantFrom("u0", "u1", "u2"),
      previousId: fc.constantFrom("d0", "d1", "u0", "u3"),
    }),
  ),
  { minLength: 1, maxLength: 14 },
);

async function told(calls: readonly Call[], how: Way) {
  runs++;
  await forgetAll();
  await tell(calls, how);
}

describe("who is whom follows from what was told", () => {
  test("conflict-free calls end in the same customers in any order, with repetitions, in any batches", async () => {
    await fc.assert(
      fc.asyncProperty(
        peaceful.chain((calls) =>
          fc.record({
            calls: fc.constant(calls),
            shuffled: fc
              .tuple(fc.shuffledSubarray(calls, { minLength: calls.length }), fc.subarray(calls))
              .map(([all, some]) => [...all, ...some]),
            how: way,
          }),
        ),
        async ({ calls, shuffled, how }) => {
          await told(calls, plain);
          const expected = await partition();
          expect(await proposals()).toEqual([]);
          await told(shuffled, how);
          expect(await partition()).toEqual(expected);
          expect(await proposals()).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("conflicting calls in one accepted order end in the same customers and proposals, however they are cut and whatever crashes", async () => {
    await fc.assert(
      fc.asyncProperty(contested, way, async (calls, how) => {
        const seen = async () => ({
          customers: await partition(),
          proposals: (await proposals()).map((one) => one.replaceAll(`${runs}-`, "")),
          devices: await devices(),
        });
        await told(calls, plain);
        const expected = await seen();
        await told(calls, how);
        expect(await seen()).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});

describe("merges are a log", () => {
  /** Merges any two of five people, or takes any merge back. */
  const steps = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ merge: fc.tuple(fc.nat(4), fc.nat(4)) }) },
      { weight: 2, arbitrary: fc.record({ undo: fc.nat(20) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          said: fc.nat(4),
          granted: fc.boolean(),
          city: fc.constantFrom("Bonn", "Ulm", "Jena"),
        }),
      },
    ),
    { minLength: 1, maxLength: 9 },
  );

  const idsOf = async () => {
    const rows = await query<{ customerId: number }>(
      garden.ctx.pool,
      sql`select customer_id from identifiers where kind = 'user_id' order by value`,
    );
    return rows.map((row) => row.customerId);
  };
  /** Everything that is known of people, in this garden's state. */
  async function state() {
    const { pool } = garden.ctx;
    return {
      partition: await partition(),
      customers: await query(
        pool,
        sql`select id, traits, trait_times, email, display_name, first_seen_at, last_seen_at from customers
        where not exists (select 1 from customer_links where subject_id = id) order by id`,
      ),
      current: await query(
        pool,
        sql`select * from consent_current where not exists (select 1 from customer_links where subject_id = customer_id) order by customer_id, purpose`,
      ),
      parts: await query(
        pool,
        sql`select customer_id, survivor_id, into_id from customer_parts order by customer_id`,
      ),
    };
  }
  async function people() {
    runs++;
    await forgetAll();
    const batch = [0, 1, 2, 3, 4].map((n) => ({
      type: "identify",
      userId: `p${n}`,
      anonymousId: `pv${n}`,
      messageId: `${runs}-p${n}`,
      timestamp: new Date(1_750_000_000_000 + n * 1000).toISOString(),
      traits: { name: `P${n}`, [`own${n}`]: n },
      context: { consent: { categoryPreferences: { contact: n % 2 === 0 } } },
    }));
    expect((await garden.send(key, "/v1/batch", { batch })).status).toBe(200);
    await work(10, false);
    return idsOf();
  }
  async function take(
    ids: readonly number[],
    step: { merge: [number, number] } | { undo: number } | { said: number; granted: boolean; city: string },
    at: number,
  ) {
    const standing = await query<{ mergeId: number }>(
      garden.ctx.pool,
      sql`select merge_id from customer_parts where merge_id is not null order by merge_id`,
    );
    if ("merge" in step) {
      const [survivorId, joinedId] = step.merge.map((n) => ids[n]!) as [number, number];
      await mergeCustomers(garden.ctx, { survivorId, joinedId }).catch((error) => {
        if (error.code !== "merge.same") throw error;
      });
    } else if ("undo" in step) {
      if (standing.length) await unmergeCustomers(garden.ctx, standing[step.undo % standing.length]!.mergeId);
    } else {
      const { said, granted, city } = step;
      const call = {
        type: "identify",
        userId: `p${said}`,
        messageId: `${runs}-said-${at}`,
        traits: { city },
        context: { consent: { categoryPreferences: { contact: granted } } },
      };
      expect((await garden.send(key, "/v1/batch", { batch: [call] })).status).toBe(200);
      await work(10, false);
    }
  }

  test("whatever is merged and taken back, the log replayed gives the same customers", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const ids = await people();
        for (const [at, step] of list.entries()) await take(ids, step, at);
        const log = await listEntries(garden.ctx.pool, { max: 1000, customerIds: ids });
        const standing = replay(log);
        const parts = await query<{ customerId: number; intoId: number; mergeId: number }>(
          garden.ctx.pool,
          sql`select customer_id, into_id, merge_id from customer_parts where into_id is not null`,
        );
        expect(
          new Map(parts.map((part) => [part.customerId, { into: part.intoId, merge: part.mergeId }])),
        ).toEqual(standing);
        // Who is whom follows from the log alone: each id leads to the end of its chain.
        const end = (id: number): number => (standing.has(id) ? end(standing.get(id)!.into) : id);
        const links = await query<{ subjectId: number; customerId: number; partId: number }>(
          garden.ctx.pool,
          sql`select subject_id, customer_id, part_id from customer_links`,
        );
        for (const { customerId, partId } of links) expect(customerId).toBe(end(partId));
        expect(
          links
            .filter((link) => link.subjectId === link.partId)
            .map((link) => link.subjectId)
            .sort(),
        ).toEqual([...standing.keys()].sort());
      }),
      { numRuns: 20 },
    );
  });

  test("a merge that is taken back leaves everything as it was, whatever was merged before", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(4), fc.nat(4), async (list, one, other) => {
        const ids = await people();
        for (const [at, step] of list.entries()) await take(ids, step, at);
        const before = await state();
        const entry = await mergeCustomers(garden.ctx, {
          survivorId: ids[one]!,
          joinedId: ids[other]!,
        }).catch((error) => {
          if (error.code !== "merge.same") throw error;
        });
        if (!entry) return;
        expect((await partition()).length).toBe(before.partition.length - 1);
        await unmergeCustomers(garden.ctx, entry.id);
        expect(await state()).toEqual(before);
      }),
      { numRuns: 20 },
    );
  });

  test("all merges taken back, in any order, leave each with what is its own and was said of it", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.infiniteStream(fc.nat(20)), async (list, picks) => {
        const said = list.filter((step) => "said" in step);
        const alone = await people();
        for (const [at, step] of said.entries()) await take(alone, step, at);
        const facts = async (ids: readonly number[]) => {
          const rows = await query<{ id: number; traits: unknown; granted: boolean }>(
            garden.ctx.pool,
            sql`select id, traits, granted from customers join consent_current on customer_id = id and purpose = 'contact' where id = any(${[...ids]}::bigint[])`,
          );
          return ids.map((id) => rows.find((row) => row.id === id)).map((row) => [row?.traits, row?.granted]);
        };
        const expected = await facts(alone);
        const ids = await people();
        for (const [at, step] of list.entries()) await take(ids, step, at);
        for (const pick of picks) {
          const left = await query(
            garden.ctx.pool,
            sql`select 1 from customer_parts where merge_id is not null`,
          );
          if (!left.length) break;
          await take(ids, { undo: pick }, 0);
        }
        expect(await facts(ids)).toEqual(expected);
        expect(
          await query(
            garden.ctx.pool,
            sql`select 1 from customer_parts union all select 1 from own_profiles union all select 1 from own_answers`,
          ),
        ).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });
});
