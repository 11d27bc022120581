import { fitGammaGamma, historiesFromPurchases, mbgNbd } from "@rondell/models";
import { expect, test } from "vitest";
import { products } from "./brand.ts";
import { parameters } from "./truth.ts";
import { openWorld } from "./world.ts";

const start = new Date("2024-07-03T00:00:00Z");
const open = (seed: string, customers: number, weeks = 104) =>
  openWorld({ seed, customers, weeks, start, words: "en" });

test("the same seed lives the same days, another one does not", () => {
  const told = (seed: string) => {
    const world = open(seed, 60, 12);
    return JSON.stringify(Array.from({ length: world.days }, (_, day) => world.day(day).calls));
  };
  expect(told("a")).toBe(told("a"));
  expect(told("a")).not.toBe(told("b"));
});

test("the models find again what the customers were drawn from", () => {
  const world = open("recovery", 4000);
  const rows = world.people.flatMap((person) =>
    person.life.purchases
      .filter((one) => one.at < world.days)
      .map((one) => ({ id: person.index, day: Math.floor(one.at), spend: one.amountMinor })),
  );
  const { histories, meanSpend } = historiesFromPurchases(
    {
      customer: rows.map((row) => row.id),
      day: rows.map((row) => row.day),
      spend: rows.map((row) => row.spend),
    },
    world.days - 1,
  );
  const fit = mbgNbd.fit(histories);
  const spend = fitGammaGamma({ repeats: histories.repeats, meanSpend });
  if (!fit.ok || !spend.ok) throw new Error("The models could not be fitted.");
  const { purchases: p, spend: s } = parameters;
  const { r, alpha, a, b } = fit.parameters;
  // Mean rate, mean chance of leaving and mean spend are well told by so many; the shapes less so.
  expect(Math.abs(r / alpha / (p.r / p.alpha) - 1)).toBeLessThan(0.1);
  expect(Math.abs(a / (a + b) - p.a / (p.a + p.b))).toBeLessThan(0.03);
  expect(Math.abs((spend.populationMean ?? 0) / ((s.p * s.v) / (s.q - 1)) - 1)).toBeLessThan(0.05);
});

test("an order is exactly its amount, whatever is in it", () => {
  const world = open("orders", 200, 52);
  const orders = Array.from({ length: world.days }, (_, day) => world.day(day).calls)
    .flatMap((calls) => [...calls.shop, ...calls.till])
    .filter((call) => call.event === "Order Completed")
    .map(
      (call) =>
        call.properties as {
          total: number;
          shipping?: number;
          tip?: number;
          discount?: number;
          products: { price: number; quantity: number }[];
        },
    );
  expect(orders.length).toBeGreaterThan(200);
  for (const { total, shipping = 0, tip = 0, discount = 0, products: lines } of orders) {
    const sum = lines.reduce((all, line) => all + line.price * line.quantity, 0);
    expect(sum + shipping + tip - discount).toBeCloseTo(total, 6);
  }
});

test("an offer moves only what somebody buys because of it", () => {
  const without = open("effect", 300, 60);
  const offered = open("effect", 300, 60);
  for (let day = 0; day < offered.days; day++) {
    without.day(day);
    for (const asking of offered.day(day).asking) offered.react(asking, products[day % products.length]!.id);
  }
  const extra = offered.people.flatMap((person) => person.seen.extra);
  expect(extra.length).toBeGreaterThan(20);
  expect(offered.people.map((person) => person.life.purchases)).toEqual(
    without.people.map((person) => person.life.purchases),
  );
});
