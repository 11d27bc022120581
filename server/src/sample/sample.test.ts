import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../test/harness.ts";
import type { Context } from "../garden/index.ts";
import type { Effect } from "../offer/experiments/index.ts";
import { query, sql } from "../platform/postgres/index.ts";
import { findSampleRun, type SampleRun } from "./store.ts";

/** Grows a sample garden and waits for it; the context stands in it. */
async function grow(own: TestGarden, ask: object): Promise<Context> {
  const started = await own.api("POST", "/api/sample", { until: "2026-06-30", daysAtOnce: 7, ...ask });
  expect(started).toMatchObject({ status: 202, body: { garden: "sample", started: true } });
  const run = await own.app.jobs.ended(started.body.jobId);
  expect(run).toMatchObject({ state: "done", error: null });
  return own.app.gardens.context("sample", { kind: "command", id: "command", name: "test" });
}

const ArmOf = z.object({ userId: z.string(), arm: z.string() });
const armsOf = (ctx: Context) =>
  query(
    ctx.pool,
    sql`select i.value as user_id, a.arm from holdout_arms a
      join identifiers i on i.kind = 'user_id'
        and coalesce((select l.customer_id from customer_links l where l.subject_id = i.customer_id), i.customer_id) = a.customer_id
      order by i.value`,
    ArmOf,
  );

let own: TestGarden;
beforeAll(async () => {
  own = await openGarden();
});

describe("500 customers, two years", () => {
  let ctx: Context;
  let truth: SampleRun;
  beforeAll(async () => {
    ctx = await grow(own, { customers: 500, weeks: 104, insightEveryWeeks: 13 });
    truth = (await findSampleRun(ctx.pool))!;
  }, 600_000);

  const ask = async (path: string) => {
    const { createToken } = await import("../garden/index.ts");
    const { token } = await createToken(ctx, {
      name: "reader",
      scopes: ["insight:read", "offer:read", "experience:read"],
    });
    const answer = await own.app.http.inject({ url: path, headers: { authorization: `Bearer ${token}` } });
    expect(answer.statusCode).toBe(200);
    return answer.json();
  };

  test("it is a garden of its own, marked as synthetic, and lives in its own days", async () => {
    expect(ctx.garden).toMatchObject({ id: "sample", synthetic: true });
    expect(ctx.now().toISOString().slice(0, 10)).toBe("2026-06-30");
    expect(own.ctx.now().getFullYear()).toBe(new Date().getFullYear());
    const [sums] = await ctx.events.query(
      z.object({ events: z.number(), real: z.number(), oldest: z.string(), newest: z.string() }),
      {},
      "select count() as events, countIf(synthetic = 0) as real, toString(toDate(min(happened_at))) as oldest, toString(toDate(max(happened_at))) as newest from events",
    );
    expect(sums!.events).toBeGreaterThan(20_000);
    expect(sums).toMatchObject({ real: 0, oldest: expect.stringMatching(/^2024-07/), newest: "2026-06-30" });
    const [there] = await own.ctx.events.query(
      z.object({ n: z.number() }),
      {},
      "select count() as n from events",
    );
    expect(there!.n).toBe(0);
  });

  test("the purchases foreseen for the next twelve months hold the ones that come", async () => {
    const { report } = await ask("/api/insight/value");
    expect(report.state).toBe("scored");
    const customers = await valuesBesideTruth(ctx);
    expect(customers.length).toBeGreaterThan(250);
    const sum = (of: (one: (typeof customers)[number]) => number) =>
      customers.reduce((all, one) => all + of(one), 0);
    const come = sum((one) => one.laterPurchases);
    expect(Math.abs(sum((one) => one.expectedPurchases) / come - 1)).toBeLessThan(0.25);
    const held = sum((one) =>
      one.laterSpendMinor >= one.low95Minor && one.laterSpendMinor <= one.high95Minor ? 1 : 0,
    );
    expect(held / customers.length).toBeGreaterThan(0.88);
    // Whoever has left for good is told apart from whoever is still there.
    const chance = (left: boolean) => {
      const some = customers.filter((one) => (one.leftDay !== null) === left);
      return some.reduce((all, one) => all + one.pAlive, 0) / some.length;
    };
    expect(chance(false) - chance(true)).toBeGreaterThan(0.25);
  });

  test("the measured effect of the offers holds the true one, or says that it is too early", async () => {
    const effect: Effect = await ask("/api/offer/effect");
    if (effect.state === "no_decision") throw new Error("There are decisions.");
    const { reached, perReachedMinor } = truth.summary!.offers;
    expect(reached).toBeGreaterThan(100);
    expect(perReachedMinor).toBeGreaterThan(500);
    expect(effect.perCustomer!.low).toBeLessThan(perReachedMinor);
    expect(effect.perCustomer!.high).toBeGreaterThan(perReachedMinor);
    // With 500 customers the holdout is smaller than the minimum, and nothing is claimed.
    expect(effect.holdout.customers).toBeLessThan(100);
    expect(effect).toMatchObject({
      state: "too_early",
      minimum: { customers: 100 },
      ratio: { mismatch: false },
    });
    const share = effect.holdout.customers / (effect.holdout.customers + effect.treated.customers);
    expect(share).toBeGreaterThan(0.04);
    expect(share).toBeLessThan(0.17);
  });

  test("what was not allowed did not happen", async () => {
    const { rows } = await ctx.pool.query(
      "select reason, sum(events)::int as events from drop_counts group by reason",
    );
    const drops = Object.fromEntries(
      rows.map((row: { reason: string; events: number }) => [row.reason, row.events]),
    );
    // Browsers whose people said no: each of their events was dropped, and counted.
    expect(drops.withdrawn).toBeGreaterThan(1000);
    const refused = await query(
      ctx.pool,
      sql`select coalesce(l.customer_id, i.customer_id) as id from sample_truth t
        join identifiers i on i.kind = 'user_id' and i.value = t.user_id
        left join customer_links l on l.subject_id = i.customer_id where t.consent = 'refused'`,
      z.object({ id: z.number() }),
    );
    expect(refused.length).toBeGreaterThan(30);
    const [seen] = await ctx.events.query(
      z.object({ pages: z.number(), orders: z.number() }),
      { ids: refused.map((one) => one.id) },
      "select countIf(name in ('Page Viewed', 'Product Viewed')) as pages, countIf(name = 'Order Completed') as orders from events where customer_id in {ids:Array(UInt64)}",
    );
    expect(seen!.pages).toBe(0);
    expect(seen!.orders).toBeGreaterThan(30);
    const [scored] = await ctx.events.query(
      z.object({ n: z.number(), unprofiled: z.number() }),
      {},
      `select countIf(run_id = newest and customer_id not in (select customer_id from customers where profile = 1)) as n,
        (select count() from customers where profile = 0) as unprofiled
      from value_by_customer cross join (select max(run_id) as newest from value_by_customer) as runs`,
    );
    expect(scored!.unprofiled).toBeGreaterThan(10);
    expect(scored!.n).toBe(0);
    const [late] = await query(
      ctx.pool,
      sql`select count(*)::int as n from decisions d join consent_current c
        on c.customer_id = d.customer_id and c.purpose = 'personalise' and not c.granted and d.decided_at > c.at`,
      z.object({ n: z.number() }),
    );
    expect(late!.n).toBe(0);
  });

  test("customers spoke: surveys, reviews and the hotline", async () => {
    const nps = await ask("/api/nps");
    const said = nps.score.promoters + nps.score.passives + nps.score.detractors;
    expect(said).toBeGreaterThan(20);
    expect(said).toBeLessThanOrEqual(truth.summary!.answered);
    const rows = await ctx.events.query(
      z.object({ name: z.string(), n: z.number() }),
      {},
      "select name, count() as n from events where name in ('Review Submitted', 'Ticket Opened', 'Survey Answered', 'Offer Accepted') group by name",
    );
    expect(rows.map((row) => row.name).sort()).toEqual([
      "Offer Accepted",
      "Review Submitted",
      "Survey Answered",
      "Ticket Opened",
    ]);
  });

  test("a second one is refused while it is there, and dropping it leaves nothing", async () => {
    const again = await own.api("POST", "/api/sample", { customers: 20, weeks: 8 });
    expect(again).toMatchObject({ status: 409, body: { error: { code: "sample.exists" } } });
    expect((await own.api("DELETE", "/api/sample", undefined, "editor")).status).toBe(403);
    expect((await own.api("DELETE", "/api/sample")).status).toBe(200);
    expect(own.app.gardens.find("sample")).toBeUndefined();
    expect(
      (await own.app.gardens.platformPool.query("select 1 from job_runs where garden = 'sample'")).rowCount,
    ).toBe(0);
    expect((await own.api("DELETE", "/api/sample")).body.error.code).toBe("sample.missing");
  });
});

test("the same seed gives the same customers the same arms", async () => {
  const arms: z.infer<typeof ArmOf>[][] = [];
  const lives: unknown[] = [];
  for (let n = 0; n < 2; n++) {
    const ctx = await grow(own, { customers: 60, weeks: 16, insightEveryWeeks: 26, seed: "arms" });
    arms.push(await armsOf(ctx));
    lives.push((await findSampleRun(ctx.pool))!.summary!.purchases);
    expect((await own.api("DELETE", "/api/sample")).status).toBe(200);
  }
  expect(arms[0]!.length).toBeGreaterThan(5);
  expect(arms[1]).toEqual(arms[0]);
  expect(lives[1]).toEqual(lives[0]);
}, 300_000);

const Beside = z.object({
  customerId: z.number(),
  pAlive: z.number(),
  expectedPurchases: z.number(),
  low95Minor: z.number(),
  high95Minor: z.number(),
});

/** Each scored customer's value beside what is true of them. */
async function valuesBesideTruth(ctx: Context) {
  const truths = await query(
    ctx.pool,
    sql`select coalesce(l.customer_id, i.customer_id) as customer_id, t.later_purchases, t.later_spend_minor, t.left_day
      from sample_truth t join identifiers i on i.kind = 'user_id' and i.value = t.user_id
      left join customer_links l on l.subject_id = i.customer_id`,
    z.object({
      customerId: z.number(),
      laterPurchases: z.number(),
      laterSpendMinor: z.number(),
      leftDay: z.number().nullable(),
    }),
  );
  const byId = new Map(truths.map((one) => [one.customerId, one]));
  const rows = await ctx.events.query(
    Beside,
    {},
    `select customer_id, assumeNotNull(p_alive) as p_alive, assumeNotNull(expected_purchases) as expected_purchases,
      assumeNotNull(low95_minor) as low95_minor, assumeNotNull(high95_minor) as high95_minor
    from value_by_customer where run_id = (select max(run_id) from value_by_customer)`,
  );
  return rows.flatMap((row) => {
    const one = byId.get(row.customerId);
    return one ? [{ ...one, ...row }] : [];
  });
}
