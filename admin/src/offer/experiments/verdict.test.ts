import { expect, test } from "vitest";
import type { Effect, KnownEffect } from "./queries.ts";
import { verdictOf } from "./verdict.ts";

const known = (low: number, high: number, mismatch = false) =>
  ({
    state: "known",
    worth: { value: (low + high) / 2, low, high, coreLow: low, coreHigh: high },
    ratio: { plannedHoldoutShare: 0.1, pValue: 0.5, mismatch },
  }) as KnownEffect;

test("an effect is only named when its whole interval lies at one side of zero", () => {
  expect(verdictOf(known(10, 90))).toBe("helped");
  expect(verdictOf(known(-90, -10))).toBe("harmed");
  expect(verdictOf(known(-10, 90))).toBe("unsure");
});

test("nothing is said too early, without a decision, or while the arms do not fit", () => {
  expect(verdictOf({ state: "no_decision" })).toBe("noDecision");
  expect(verdictOf({ ...known(10, 90), state: "too_early" } as unknown as Effect)).toBe("tooEarly");
  expect(verdictOf(known(10, 90, true))).toBe("mismatch");
});
