import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { mergeCustomers, unmergeCustomers } from "../src/data/merges/index.ts";
import { replay } from "../src/data/merges/model.ts";
import { listEntries } from "../src/data/merges/store.ts";
import { query, sql } from "../src/platform/postgres/index.ts";
import { openTelling } from "./telling.ts";

/* What holds of merges by operators for whatever is merged, taken back and said in between, against the real database. */

let world: Awaited<ReturnType<typeof openTelling>>;
beforeAll(async () => {
  world = await openTelling();
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
      world.garden.ctx.pool,
      sql`select customer_id from identifiers where kind = 'user_id' order by value`,
    );
    return rows.map((row) => row.customerId);
  };
  /** Everything that is known of people, in this garden's state. */
  async function state() {
    const { pool } = world.garden.ctx;
    return {
      partition: await world.partition(),
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
      standing: await query(
        pool,
        sql`select customer_id, part_id, record_key, event_id from live_records order by customer_id, record_key`,
      ),
      behind: await query(
        pool,
        sql`select part_id, record_key, event_id from merged_records order by part_id, record_key`,
      ),
    };
  }
  async function people() {
    await world.begin();
    const batch = [0, 1, 2, 3, 4].map((n) => ({
      type: "identify",
      userId: `p${n}`,
      anonymousId: `pv${n}`,
      messageId: `${world.run()}-p${n}`,
      timestamp: new Date(1_750_000_000_000 + n * 1000).toISOString(),
      traits: { name: `P${n}`, [`own${n}`]: n },
      context: { consent: { categoryPreferences: { contact: n % 2 === 0 } } },
    }));
    expect((await world.garden.send(world.key, "/v1/batch", { batch })).status).toBe(200);
    await world.work(10, false);
    return idsOf();
  }
  async function take(
    ids: readonly number[],
    step: { merge: [number, number] } | { undo: number } | { said: number; granted: boolean; city: string },
    at: number,
  ) {
    const standing = await query<{ mergeId: number }>(
      world.garden.ctx.pool,
      sql`select merge_id from customer_parts where merge_id is not null order by merge_id`,
    );
    if ("merge" in step) {
      const [survivorId, joinedId] = step.merge.map((n) => ids[n]!) as [number, number];
      await mergeCustomers(world.garden.ctx, { survivorId, joinedId }).catch((error) => {
        if (error.code !== "merge.same") throw error;
      });
    } else if ("undo" in step) {
      if (standing.length)
        await unmergeCustomers(world.garden.ctx, standing[step.undo % standing.length]!.mergeId);
    } else {
      const { said, granted, city } = step;
      // Each says at the same time that it has ordered: one order number for all, so that parts contend for it.
      const order = {
        type: "track",
        event: "Order Completed",
        userId: `p${said}`,
        messageId: `${world.run()}-order-${at}`,
        properties: { order_id: "o1", revenue: 10, currency: "EUR" },
      };
      const call = {
        type: "identify",
        userId: `p${said}`,
        messageId: `${world.run()}-said-${at}`,
        traits: { city },
        context: { consent: { categoryPreferences: { contact: granted }, doubleOptIn: true } },
      };
      expect((await world.garden.send(world.key, "/v1/batch", { batch: [call, order] })).status).toBe(200);
      await world.work(10, false);
    }
  }

  test("whatever is merged and taken back, the log replayed gives the same customers", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const ids = await people();
        for (const [at, step] of list.entries()) await take(ids, step, at);
        const log = await listEntries(world.garden.ctx.pool, { max: 1000, customerIds: ids });
        const standing = replay(log);
        const parts = await query<{ customerId: number; intoId: number; mergeId: number }>(
          world.garden.ctx.pool,
          sql`select customer_id, into_id, merge_id from customer_parts where into_id is not null`,
        );
        expect(
          new Map(parts.map((part) => [part.customerId, { into: part.intoId, merge: part.mergeId }])),
        ).toEqual(standing);
        // Who is whom follows from the log alone: each id leads to the end of its chain.
        const end = (id: number): number => (standing.has(id) ? end(standing.get(id)!.into) : id);
        const links = await query<{ subjectId: number; customerId: number; partId: number }>(
          world.garden.ctx.pool,
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
        const entry = await mergeCustomers(world.garden.ctx, {
          survivorId: ids[one]!,
          joinedId: ids[other]!,
        }).catch((error) => {
          if (error.code !== "merge.same") throw error;
        });
        if (!entry) return;
        expect((await world.partition()).length).toBe(before.partition.length - 1);
        await unmergeCustomers(world.garden.ctx, entry.id);
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
            world.garden.ctx.pool,
            sql`select id, traits, granted from customers join consent_current on customer_id = id and purpose = 'contact' where id = any(${[...ids]}::bigint[])`,
          );
          return ids.map((id) => rows.find((row) => row.id === id)).map((row) => [row?.traits, row?.granted]);
        };
        const expected = await facts(alone);
        const ids = await people();
        for (const [at, step] of list.entries()) await take(ids, step, at);
        for (const pick of picks) {
          const left = await query(
            world.garden.ctx.pool,
            sql`select 1 from customer_parts where merge_id is not null`,
          );
          if (!left.length) break;
          await take(ids, { undo: pick }, 0);
        }
        expect(await facts(ids)).toEqual(expected);
        // Whoever ordered has the order, and nobody else has.
        const ordered = await query<{ customerId: number; partId: number }>(
          world.garden.ctx.pool,
          sql`select customer_id, part_id from live_records order by customer_id`,
        );
        const buyers = [...new Set(said.map((step) => ids[step.said]!))].sort((a, b) => a - b);
        expect(ordered).toEqual(buyers.map((id) => ({ customerId: id, partId: id })));
        expect(
          await query(
            world.garden.ctx.pool,
            sql`select 1 from customer_parts union all select 1 from own_profiles union all select 1 from own_answers union all select 1 from merged_records`,
          ),
        ).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });
});
