import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { openGarden } from "../../../test/harness.ts";
import { type SeededEvent, seedCustomers, seedEvents } from "../runs/testing.ts";
import { countExclusions, readHistories, readTracking, writeHistories } from "./histories.ts";
import { dateOf, dayOf } from "./model.ts";

const { ctx } = await openGarden({ timezone: "Europe/Berlin" });

test("purchases of one day merge, refunds are set against their order, and who did not consent stays out", async () => {
  await seedCustomers(ctx, [1, 2, 3, 5]);
  await seedCustomers(ctx, [4], { profile: false });
  const order = (customer: number, at: string, minor: number | null, id: string): SeededEvent => ({
    customer,
    at,
    minor,
    properties: { order_id: id },
  });
  const refund = (customer: number, at: string, minor: number, id?: string): SeededEvent => ({
    customer,
    at,
    minor,
    name: "Order Refunded",
    properties: id ? { order_id: id } : {},
  });
  await seedEvents(ctx, [
    order(1, "2026-01-01", 1000, "a"),
    // Half past eleven in the evening and half past midnight of Berlin: two days, though one in UTC.
    order(1, "2026-01-10 22:30:00", 2000, "b"),
    order(1, "2026-01-10 23:30:00", 3000, "c"),
    order(1, "2026-01-11 11:00:00", 500, "d"),
    // A refund that names an order makes it smaller; one that names none only lowers what was bought so far.
    refund(1, "2026-01-20", -500, "b"),
    refund(1, "2026-01-21", -100),
    // Given back wholly: no purchase.
    order(2, "2026-01-02", 700, "e"),
    order(2, "2026-01-05", 900, "f"),
    refund(2, "2026-01-06", -900, "f"),
    // Sent twice, and once without a rate.
    order(3, "2026-01-03", 400, "g"),
    order(3, "2026-01-03", 400, "g"),
    order(3, "2026-01-09", null, "h"),
    order(4, "2026-01-04", 100, "i"),
    order(0, "2026-01-04", 100, "j"),
    // After the last day observed.
    order(5, "2026-02-02", 100, "k"),
  ]);

  await writeHistories(ctx, { runId: 1, until: "2026-01-31", calibrationEnd: "2026-01-10" });
  const found = await readHistories(ctx, 1);
  expect([...found.ids]).toEqual([1, 2, 3]);
  expect([...found.purchaseDays]).toEqual([3, 1, 1]);
  expect([...found.firstDay].map(dateOf)).toEqual(["2026-01-01", "2026-01-02", "2026-01-03"]);
  expect([...found.lastDay].map(dateOf)).toEqual(["2026-01-11", "2026-01-02", "2026-01-03"]);
  expect([...found.valueMinor]).toEqual([1000 + 2000 + 3000 + 500 - 500 - 100, 700, 400]);
  // Days after the first: 1500 on the 10th, 3500 on the 11th.
  expect([...found.meanMinor]).toEqual([2500, 0, 0]);
  expect([...found.calibrationDays]).toEqual([2, 1, 1]);
  expect(found.calibrationMeanMinor[0]).toBe(1500);

  expect(await countExclusions(ctx, "2026-01-31")).toEqual({
    orders: 11,
    ordersWithoutRate: 1,
    ordersWithoutCustomer: 1,
    buyersWithoutConsent: 1,
    firstOrder: "2026-01-01",
  });
  expect((await readTracking(ctx, 1)).weeks).toEqual([{ week: 1, purchases: 2 }]);
});

const shared = resolve(import.meta.dirname, "../../../../../shared/data/clv");
const hasShared = existsSync(`${shared}/cdnow_sample_transactions.csv`);
if (!hasShared)
  console.warn(`Skipped: ${shared} is not there, so histories are not held against the CDNOW sample.`);

test.skipIf(!hasShared)("histories from events equal the published ones of the CDNOW sample", async () => {
  const rows = (file: string) =>
    readFileSync(`${shared}/${file}`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","));
  const base = 1_000_000;
  const transactions = rows("cdnow_sample_transactions.csv");
  await seedCustomers(ctx, [...new Set(transactions.map((row) => base + Number(row[1])))]);
  await seedEvents(
    ctx,
    transactions.map((row, i) => ({
      customer: base + Number(row[1]),
      at: row[2]!,
      minor: Math.round(Number(row[4]) * 100),
      properties: { order_id: `cdnow-${i}` },
    })),
  );
  await writeHistories(ctx, { runId: 2, until: "1998-06-30", calibrationEnd: "1997-09-30" });
  const found = await readHistories(ctx, 2);
  const at = new Map([...found.ids].map((id, i) => [id, i]));
  const expected = rows("cdnow_sample_cbs.csv");
  expect(found.ids.length).toBe(expected.length);
  for (const row of expected) {
    const i = at.get(base + Number(row[0]))!;
    expect(found.calibrationDays[i]! - 1).toBe(Number(row[1]));
    expect((found.calibrationLast[i]! - found.firstDay[i]!) / 7).toBeCloseTo(Number(row[2]), 6);
    expect((dayOf("1997-09-30") - found.firstDay[i]!) / 7).toBeCloseTo(Number(row[3]), 6);
    expect(found.calibrationMeanMinor[i]! / 100).toBeCloseTo(Number(row[4]), 4);
    expect(found.purchaseDays[i]! - found.calibrationDays[i]!).toBe(Number(row[6]));
  }
});
