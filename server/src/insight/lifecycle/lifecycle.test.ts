import { Random } from "@rondell/models";
import { expect, test } from "vitest";
import { z } from "zod";
import { openGarden } from "../../../test/harness.ts";
import { clearRun } from "../runs/index.ts";
import { type SeededEvent, seedCustomers, seedEvents } from "../runs/testing.ts";
import { stageHistoryOf, stagesOf } from "./index.ts";
import { type ActiveModel, ruleOf, staysOf } from "./model.ts";
import { daysBefore, monthEnds } from "./routes.ts";
import { gapQuantiles, writeStays } from "./stays.ts";

const { api, ctx, app } = await openGarden({ timezone: "UTC" });

const until = 20_000;
const date = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
const random = new Random(11);
const below = (n: number) => Math.floor(random.uniform() * n);

interface Person {
  id: number;
  contact: number;
  known: boolean;
  intent?: number;
  days: number[];
}
const people: Person[] = Array.from({ length: 600 }, (_, i) => {
  const first = until - 1000 + below(400);
  const days = [...new Set(Array.from({ length: below(6) }, () => first + below(below(2) ? 600 : 120)))]
    .filter((day) => day <= until)
    .sort((a, b) => a - b);
  const contact = Math.min(days[0] ?? first, first);
  return {
    id: i + 1,
    contact,
    known: below(2) === 1,
    ...(below(3) ? {} : { intent: contact + below(50) }),
    days,
  };
});

async function seed() {
  for (const person of people) {
    await seedCustomers(ctx, [person.id], { known: person.known, createdAt: date(person.contact) });
  }
  const events: SeededEvent[] = people.flatMap((person) => [
    { customer: person.id, at: date(person.contact), name: "Page Viewed" },
    ...(person.intent === undefined
      ? []
      : [{ customer: person.id, at: date(person.intent), name: "Product Added" }]),
    ...person.days.map((day) => ({
      customer: person.id,
      at: date(day),
      minor: 1000,
      properties: { order_id: `${person.id}-${day}` },
    })),
  ]);
  // One order on the last day: observation ends there.
  events.push({ customer: 601, at: date(until), minor: 1000, properties: { order_id: "last" } });
  await seedEvents(ctx, events);
}
await seed();

const expectedOf = (person: Person, rule: Parameters<typeof staysOf>[1]) => {
  const lead = person.known
    ? Math.min(person.intent ?? Number.POSITIVE_INFINITY, person.contact)
    : person.intent;
  return staysOf(
    { firstDay: person.contact, ...(lead === undefined ? {} : { leadDay: lead }), purchaseDays: person.days },
    rule,
    until,
  );
};

const models: (ActiveModel | undefined)[] = [
  undefined,
  { name: "MBG/NBD", earlyExits: 1, r: 0.52, alpha: 6.18, a: 0.89, b: 1.61 },
  { name: "BG/NBD", earlyExits: 0, r: 0.24, alpha: 4.4, a: 0.79, b: 2.4 },
];

test.each(models)("the statement tells the same stays as the rule (%o)", async (model) => {
  const runId = 900;
  await clearRun(ctx, "value_histories", runId);
  await clearRun(ctx, "lifecycle_stages", runId);
  await ctx.events.insertLines(
    "value_histories",
    Buffer.from(
      people
        .filter((person) => person.days.length)
        .map((person) =>
          JSON.stringify({
            run_id: runId,
            customer_id: person.id,
            days: person.days.map(date),
            orders: person.days.length,
            value_minor: 1,
            repeat_mean_minor: 1,
            calibration_days: 0,
            calibration_last: "1970-01-01",
            calibration_mean_minor: 0,
          }),
        )
        .join("\n"),
    ),
  );
  const gaps = await gapQuantiles(ctx, runId);
  expect(gaps.gaps).toBeGreaterThan(100);
  const rule = ruleOf(gaps, model);
  await writeStays(ctx, { runId, until: date(until), rule });
  const rows = await ctx.events.query(
    z.object({ customerId: z.number(), stage: z.string(), since: z.string(), ended: z.string().nullable() }),
    { run: runId },
    "select customer_id, stage, since, ended from lifecycle_stages where run_id = {run:UInt32} order by customer_id, since, ended is null",
  );
  for (const person of people) {
    const found = rows
      .filter((row) => row.customerId === person.id)
      .map(({ stage, since, ended }) => ({ stage, since, ended }));
    const expected = expectedOf(person, rule).map(({ stage, since, ended }) => ({
      stage,
      since: date(since),
      ended: ended === undefined ? null : date(ended),
    }));
    expect(found, `customer ${person.id}`).toEqual(expected);
  }
});

test("a run counts the stages, tells the months and the moves, and each number opens its customers", async () => {
  const started = await api("POST", "/api/insight/runs", {});
  expect((await app.jobs.ended(started.body.jobId)).state).toBe("done");
  const { body } = await api("GET", "/api/insight/lifecycle?months=6&days=90");
  expect(body.report.until).toBe(date(until));
  const now: { stage: string; customers: number }[] = body.now;
  expect(now.map((row) => row.stage)).toEqual([
    "prospect",
    "lead",
    "new",
    "repeat",
    "loyal",
    "at_risk",
    "lapsed",
    "won_back",
  ]);
  expect(now.reduce((sum, row) => sum + row.customers, 0)).toBe(600);
  const behind = async (key: string, value: string) =>
    (await api("GET", `/api/customers?filter=${key}&value=${encodeURIComponent(value)}`)).body.total;
  for (const { stage, customers } of now) expect(await behind("lifecycle.stage", stage)).toBe(customers);
  const month = body.history.find((row: { customers: number }) => row.customers > 0);
  expect(await behind("lifecycle.stage", `${month.stage}@${month.day}`)).toBe(month.customers);
  const [move] = body.moves.rows;
  expect(
    await behind("lifecycle.moved", `${move.previous}>${move.stage}@${body.moves.from}..${body.moves.to}`),
  ).toBe(move.customers);
  // The last month end that is shown is the last day observed: it counts like now.
  for (const { stage, customers } of now) {
    const last = body.history.find(
      (row: { day: string; stage: string }) => row.day === date(until) && row.stage === stage,
    );
    expect(last?.customers ?? 0).toBe(customers);
  }
  const buyer = people.find((person) => person.days.length > 1)!;
  const stage = (await stagesOf(ctx, [buyer.id])).get(buyer.id)!;
  const history = await stageHistoryOf(ctx, buyer.id);
  expect(history.at(-1)).toEqual({ stage: stage.stage, since: stage.since, ended: null });
  await seedCustomers(ctx, [buyer.id], { profile: false, version: 2 });
  expect((await stagesOf(ctx, [buyer.id])).size).toBe(0);
  expect(await stageHistoryOf(ctx, buyer.id)).toEqual([]);
});

test("month ends run up to the last day observed", () => {
  expect(monthEnds("2026-03-15", 3)).toEqual(["2025-12-31", "2026-01-31", "2026-02-28", "2026-03-15"]);
  expect(monthEnds("2026-01-31", 1)).toEqual(["2025-12-31", "2026-01-31"]);
  expect(daysBefore("2026-03-01", 1)).toBe("2026-02-28");
});
