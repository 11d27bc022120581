import fc from "fast-check";
import { expect, test } from "vitest";
import { pointsBetween } from "./effect.ts";
import { type ArmState, drawArm, joinArms } from "./model.ts";

test("the arm is the same each time, depends on the salt, and keeps to the holdout's share", () => {
  const ids = Array.from({ length: 20_000 }, (_, n) => n + 1);
  const held = ids.filter((id) => drawArm("salt", id, 0.1) === "holdout");
  expect(held).toEqual(ids.filter((id) => drawArm("salt", id, 0.1) === "holdout"));
  // Three standard deviations of 20,000 draws at 0.1.
  expect(Math.abs(held.length - 2_000)).toBeLessThan(3 * Math.sqrt(20_000 * 0.09));
  const other = ids.filter((id) => drawArm("pepper", id, 0.1) === "holdout");
  const shared = held.filter((id) => other.includes(id)).length;
  expect(shared).toBeLessThan(300);
  expect(drawArm("salt", 7, 0)).toBe("treated");
  expect(drawArm("salt", 7, 1)).toBe("holdout");
});

test("a larger holdout keeps everybody who was in the smaller one", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (id, a, b) => {
        const [small, large] = a < b ? [a, b] : [b, a];
        if (drawArm("salt", id, small) === "holdout") expect(drawArm("salt", id, large)).toBe("holdout");
      },
    ),
  );
});

const state = (arm: ArmState["arm"], day: number, mixedAt: Date | null = null): ArmState => ({
  arm,
  decidedAt: new Date(Date.UTC(2026, 0, day)),
  mixedAt,
});
const now = new Date(Date.UTC(2026, 5, 1));

test("a survivor keeps its arm, and two arms in one person can be compared no more", () => {
  expect(joinArms(state("holdout", 3), state("treated", 1), now)).toEqual(state("holdout", 1, now));
  expect(joinArms(state("treated", 3), state("treated", 1), now)).toEqual(state("treated", 1));
  expect(joinArms(undefined, state("holdout", 2), now)).toEqual(state("holdout", 2));
  expect(joinArms(state("holdout", 2), undefined, now)).toEqual(state("holdout", 2));
  const mixedBefore = new Date(Date.UTC(2026, 3, 1));
  expect(joinArms(state("treated", 2), state("treated", 1, mixedBefore), now)).toEqual(
    state("treated", 1, mixedBefore),
  );
});

test("worth is told weekly at the finest, and at most 26 times", () => {
  const since = new Date(Date.UTC(2026, 0, 1));
  expect(pointsBetween(since, since)).toEqual([since]);
  expect(pointsBetween(since, new Date(Date.UTC(2026, 0, 22)))).toHaveLength(3);
  const years = pointsBetween(since, new Date(Date.UTC(2028, 0, 1)));
  expect(years).toHaveLength(26);
  expect(years.at(-1)).toEqual(new Date(Date.UTC(2028, 0, 1)));
});
