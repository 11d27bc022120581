import { mbgNbd, Random, simulateCustomers } from "@rondell/models";
import { beforeAll, expect, test } from "vitest";
import { openGarden } from "../../../test/harness.ts";
import { parseId } from "../../platform/ids.ts";
import { type SeededEvent, seedCustomers, seedEvents } from "../runs/testing.ts";
import { valuesOf } from "./index.ts";
import { dateOf, dayOf } from "./model.ts";

const { api, ctx, app } = await openGarden({ timezone: "UTC", currency: "EUR" });

const truth = { r: 0.8, alpha: 6, a: 0.9, b: 2.5 };
const spendTruth = { p: 6, q: 4, v: 1500 };
const people = 1500;
const until = dayOf("2025-12-31");
const actualLater = { purchases: 0, minor: 0 };

/** Sees that a run is started over HTTP, and waits for its end. */
async function runInsight() {
  const started = await api("POST", "/api/insight/runs", {});
  expect(started.status).toBe(202);
  const ended = await app.jobs.ended(started.body.jobId);
  expect(ended.error).toBeNull();
  expect(ended.state).toBe("done");
  return ended;
}

beforeAll(async () => {
  const random = new Random(7);
  const observedWeeks = Float64Array.from(
    { length: people },
    () => Math.floor(random.uniform() * 180 + 250) / 7,
  );
  const simulated = simulateCustomers({
    model: mbgNbd,
    parameters: truth,
    spend: spendTruth,
    observedWeeks,
    laterWeeks: 365 / 7,
    wholeDays: true,
    random,
  });
  const events: SeededEvent[] = [];
  for (let i = 0; i < people; i++) {
    const customer = i + 1;
    const first = until - Math.round(simulated.histories.observedWeeks[i]! * 7);
    const repeats = simulated.histories.repeats[i]!;
    const last = first + Math.round(simulated.histories.lastWeek[i]! * 7);
    const order = (day: number, minor: number) =>
      events.push({
        customer,
        at: dateOf(day),
        minor: Math.round(minor),
        properties: { order_id: `${customer}-${day}` },
      });
    order(first, 1500);
    // The model needs no more of the days between than that they are different ones.
    for (let k = 1; k < repeats; k++)
      order(first + Math.max(k, Math.floor(((last - first) * k) / repeats)), simulated.meanSpend[i]!);
    if (repeats > 0) order(last, simulated.meanSpend[i]!);
    actualLater.purchases += simulated.later[i]!;
    actualLater.minor += simulated.laterSpend[i]!;
  }
  // One more who bought on the last day, so that all are observed to the same end.
  events.push({ customer: people + 1, at: dateOf(until), minor: 1000, properties: { order_id: "last" } });
  await seedCustomers(
    ctx,
    Array.from({ length: people + 1 }, (_, i) => i + 1),
  );
  await seedEvents(ctx, events);
});

test("before the first run there is nothing, and the page can say so", async () => {
  const answer = await api("GET", "/api/insight/value");
  expect(answer.body).toEqual({ run: null, report: null });
  expect((await api("GET", "/api/insight/value", undefined, "service")).status).toBe(403);
});

test("a run finds the truth of simulated customers, and its intervals hold", async () => {
  const ended = await runInsight();
  expect(ended.result).toMatchObject({
    dataUntil: "2025-12-31",
    value: { state: "scored" },
    lifecycle: { rule: "activity" },
  });

  const { body } = await api("GET", "/api/insight/value");
  const { report } = body;
  expect(report.window).toMatchObject({ until: "2025-12-31", horizonDays: 365 });
  expect(report.customers).toBe(people + 1);
  expect(report.scored.model).toBe("MBG/NBD");
  expect(report.scored.diagnostics.gradientNorm).toBeLessThan(0.1);
  // What they went on to do lies in the interval of the total.
  expect(actualLater.purchases).toBeGreaterThan(report.scored.purchases.low);
  expect(actualLater.purchases).toBeLessThan(report.scored.purchases.high);
  expect(actualLater.minor).toBeGreaterThan(report.scored.valueMinor.low);
  expect(actualLater.minor).toBeLessThan(report.scored.valueMinor.high);
  // The holdout stands beside the naive baseline, and the curves end where they must.
  expect(report.scored.holdout.models[0].mae).toBeLessThan(report.scored.holdout.naive.mae);
  expect(report.scored.tracking.length).toBeGreaterThan(50);
  expect(report.whalePast.points.at(-1)).toEqual({ customers: 1, value: 1 });
  const inBins = report.scored.distribution.reduce(
    (sum: number, bin: { customers: number }) => sum + bin.customers,
    0,
  );
  expect(inBins).toBe(people + 1);
});

test("each customer has a value with its interval, in the table, the file and for other domains", async () => {
  const { body } = await api("GET", "/api/insight/value/customers?order=expected&limit=10");
  expect(body.total).toBe(people + 1);
  const [best] = body.rows;
  expect(best.low95Minor).toBeLessThanOrEqual(best.low50Minor);
  expect(best.low50Minor).toBeLessThanOrEqual(best.high50Minor);
  expect(best.high50Minor).toBeLessThanOrEqual(best.high95Minor);
  expect(best.expectedMinor).toBeGreaterThan(body.rows[9].expectedMinor - 1);

  const id = parseId("customer", best.customer)!;
  const values = await valuesOf(ctx, [id, 999_999]);
  expect(values.size).toBe(1);
  expect(values.get(id)!.expectedMinor).toBe(best.expectedMinor);

  const file = await api("GET", "/api/insight/value/customers.csv");
  const rows = (file.body as string).trim().split("\n");
  expect(rows.length).toBe(people + 2);
  expect(rows[1]).toContain(best.customer);
});

test("every number opens its customers", async () => {
  const { body } = await api("GET", "/api/insight/value");
  const behind = async (key: string, value: string) =>
    (await api("GET", `/api/customers?filter=${key}&value=${encodeURIComponent(value)}`)).body.total;
  expect(await behind("value.bought", "")).toBe(people + 1);
  expect(await behind("value.gone", "")).toBe(body.report.scored.gone);
  expect(await behind("value.top", "0.1")).toBe(Math.round((people + 1) * 0.1));
  const bin = body.report.scored.distribution.find((one: { customers: number }) => one.customers > 0);
  expect(await behind("value.expected", `${bin.fromMinor}-${bin.toMinor ?? ""}`)).toBe(bin.customers);
  const wrong = await api("GET", "/api/customers?filter=value.expected&value=lots");
  expect(wrong.status).toBe(400);
  expect(wrong.body.error.code).toBe("filter.value");
});

test("who withdraws consent loses the score at once, without a new run", async () => {
  const { body } = await api("GET", "/api/insight/value/customers?limit=1");
  const best = body.rows[0].customer;
  const id = parseId("customer", best)!;
  await seedCustomers(ctx, [id], { profile: false, version: 2 });
  expect((await valuesOf(ctx, [id])).size).toBe(0);
  const after = await api("GET", "/api/insight/value/customers?limit=1");
  expect(after.body.total).toBe(people);
  expect(after.body.rows[0].customer).not.toBe(best);
  expect((await api("GET", "/api/insight/value/customers.csv")).body).not.toContain(best);
});

test("runs repeat: the new one is shown, the same numbers come out, old rows go", async () => {
  const before = await api("GET", "/api/insight/value");
  for (let i = 0; i < 4; i++) await runInsight();
  const after = await api("GET", "/api/insight/value");
  expect(after.body.run.id).toBeGreaterThan(before.body.run.id);
  expect(after.body.report.customers).toBe(people);
  expect(after.body.report.exclusions.buyersWithoutConsent).toBe(1);
  expect(after.body.report.scored.parameters.r).toBeCloseTo(before.body.report.scored.parameters.r, 1);
  const { rows } = await ctx.pool.query("select count(*)::int as runs from insight_runs");
  expect(rows[0].runs).toBe(3);
  const parts = await ctx.events.text(
    {},
    "select uniqExact(run_id) as n from value_by_customer",
    "CSVWithNames",
  );
  expect(parts.trim().split("\n")[1]).toBe("3");
});
