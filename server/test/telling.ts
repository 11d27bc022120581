import fc from "fast-check";
import type { Pool } from "pg";
import { expect } from "vitest";
import { openBatches } from "../src/data/collect/batches.ts";
import { takeBatch } from "../src/data/collect/pipeline.ts";
import { query, sql } from "../src/platform/postgres/index.ts";
import { openGarden } from "./harness.ts";

export interface Call {
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
  "merged_records",
];

/** Calls as they are sent, the first of which is the call number `at` of a run. */
export function batchOf(calls: readonly Call[], at: number, run: number) {
  return calls.map(({ email, ...call }, index) => ({
    ...call,
    messageId: `${run}-${at + index}`,
    timestamp: new Date(1_750_000_000_000 + (at + index) * 1000).toISOString(),
    ...(email === undefined ? {} : { traits: { email } }),
  }));
}

/** How a list of calls is told: requests of so many calls, batches of so many requests, some of which crash once. */
export interface Way {
  perRequest: number[];
  perBatch: number[];
  crashes: boolean[];
}
export const way: fc.Arbitrary<Way> = fc.record({
  perRequest: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
  perBatch: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
  crashes: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
});
export const plain: Way = { perRequest: [1000], perBatch: [1000], crashes: [false] };

/** Anything may meet anything. */
export const contested: fc.Arbitrary<Call[]> = fc.array(
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

/** A crash in the middle: everything the transaction did is gone, as after a kill. */
class Crash extends Error {}

/**
 * A garden that is told things call by call and forgets everybody in between. The test works through the inbox itself,
 * batch by batch: nothing else is under way.
 */
export async function openTelling() {
  const garden = await openGarden();
  const key = (await garden.source("server")).writeKey;
  await garden.app.work.of("test").pause();
  /** Each run tells of people of its own: one garden serves all. */
  let runs = 0;

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

  /** Sends calls, so many in each request. Gives how many requests it took. */
  async function send(calls: readonly Call[], perRequest: readonly number[]): Promise<number> {
    let requests = 0;
    for (let at = 0; at < calls.length; requests++) {
      const size = perRequest[requests % perRequest.length]!;
      const batch = batchOf(calls.slice(at, at + size), at, runs);
      expect((await garden.send(key, "/v1/batch", { batch })).body).toMatchObject({ accepted: batch.length });
      at += size;
    }
    return requests;
  }

  async function tell(calls: readonly Call[], { perRequest, perBatch, crashes }: Way) {
    let left = await send(calls, perRequest);
    for (let turn = 0; left > 0; turn++) {
      left -= await work(perBatch[turn % perBatch.length]!, crashes[turn % crashes.length]!);
    }
  }

  /** The same while several workers, as of several processes, take what comes in from each other. */
  async function tellWhileWorking(calls: readonly Call[], { perRequest }: Way, workers: number) {
    let isTold = false;
    const loop = async () => {
      const { pool, keys } = garden.ctx;
      const putAside = (_request: number, error: unknown) => {
        throw error;
      };
      const batches = openBatches({ pool, garden: "test", keys, now: () => new Date(), putAside });
      for (;;) {
        const wasTold = isTold;
        const batch = await batches.next();
        if (!batch && wasTold) return;
        if (!batch) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const working = Array.from({ length: workers }, loop);
    await send(calls, perRequest);
    isTold = true;
    await Promise.all(working);
  }

  /** Works through the next so many requests. Gives how many were taken; none where it crashed. */
  async function work(requests: number, crashes: boolean): Promise<number> {
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

  return {
    garden,
    key,
    /** What the message ids of this run begin with. */
    run: () => runs,
    /** Forgets everybody and begins a new run. */
    async begin() {
      runs++;
      await forgetAll();
    },
    tell,
    tellWhileWorking,
    work,
    partition: () => partition(garden.ctx.pool),
    proposals: () => proposals(garden.ctx.pool),
    /** Who is whom by now. */
    seen: () => whoIsWho(garden.ctx.pool, runs),
  };
}

/** Who is whom by a garden's tables, in names that are the same in every garden. `run` is what its message ids begin with. */
export async function whoIsWho(pool: Pool, run: number) {
  return {
    customers: await partition(pool),
    proposals: (await proposals(pool)).map((one) => one.replaceAll(`${run}-`, "")),
    devices: await devices(pool),
  };
}

/** Which identifiers belong to one customer, whatever the ids are. */
async function partition(pool: Pool): Promise<string[]> {
  const rows = await query<{ names: string[] }>(
    pool,
    sql`select array_agg(i.kind || ' ' || i.value order by i.kind, i.value) as names from identifiers i
    left join customer_links l on l.subject_id = i.customer_id group by coalesce(l.customer_id, i.customer_id)`,
  );
  return rows.map((row) => row.names.join(", ")).sort();
}

/** The proposals by the identifiers that led to them. */
async function proposals(pool: Pool): Promise<string[]> {
  const rows = await query<{ reason: string; seen: number; names: string[]; events: string[] }>(
    pool,
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
async function devices(pool: Pool): Promise<string[]> {
  const rows = await query<{ said: string }>(
    pool,
    sql`select concat_ws(' ', v.value, c.value, d.loose_id is not null, (select count(*) from device_users u where u.visitor_id = d.visitor_id)) as said
    from shared_devices d
    join identifiers v on v.customer_id = d.visitor_id and v.kind = 'anonymous_id'
    join identifiers c on c.customer_id = d.current_id and c.kind = 'user_id' order by 1`,
  );
  return rows.map((row) => row.said);
}
