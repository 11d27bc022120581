import { expect, test } from "vitest";
import { amongOf, stepsOf, usualPeriod, usualSteps } from "./asks.ts";

test("a funnel survives the address, and nonsense in it is no funnel", () => {
  const steps = [
    { event: "Product Viewed", filters: [{ property: "plan", is: "equals" as const, value: "a" }] },
    { event: "Order Completed", filters: [] },
  ];
  expect(stepsOf(JSON.stringify(steps))).toEqual(steps);
  expect(stepsOf("{")).toBeUndefined();
  expect(stepsOf(JSON.stringify([{ event: "one" }]))).toBeUndefined();
  expect(stepsOf(JSON.stringify([{ event: 1 }, { event: "two" }]))).toBeUndefined();
});

test("the first funnel is made of what happens here", () => {
  expect(usualSteps(["Order Completed", "Product Viewed"]).map((step) => step.event)).toEqual([
    "Product Viewed",
    "Order Completed",
  ]);
  // Orders alone, as after an import: the first order and the next.
  expect(usualSteps(["Order Completed"]).map((step) => step.event)).toEqual([
    "Order Completed",
    "Order Completed",
  ]);
});

test("the first period is the last year, or all there is", () => {
  expect(usualPeriod("2020-01-01", "2026-03-31")).toEqual({ from: "2025-04-01", to: "2026-04-01" });
  expect(usualPeriod("2026-03-01", "2026-03-31")).toEqual({ from: "2026-03-01", to: "2026-04-01" });
});

test("a set of customers is a filter with its value", () => {
  expect(amongOf("lifecycle.stage=loyal")).toEqual({ filter: "lifecycle.stage", value: "loyal" });
  expect(amongOf("value.bought")).toEqual({ filter: "value.bought", value: "" });
});
