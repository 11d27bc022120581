import { describe, expect, test } from "vitest";
import { Sessions } from "./sessions.ts";

const minute = 60_000;
const start = Date.UTC(2026, 4, 14, 9);
const at = (minutes: number) => new Date(start + minutes * minute);
const visits =
  (sessions: Sessions, visitor = 7) =>
  (minutes: number, campaign = "", begins = true) =>
    sessions.of({ visitor, at: at(minutes), campaign, begins });

describe("sessions of a visitor", () => {
  test("end after half an hour without an event", () => {
    const visit = visits(new Sessions([]));
    const first = visit(0);
    expect([visit(20), visit(49)]).toEqual([first, first]);
    const second = visit(79);
    expect(second).not.toBe(first);
    expect(visit(80)).toBe(second);
  });

  test("begin anew with another campaign, not with the same one, and go on without any", () => {
    const visit = visits(new Sessions([]));
    const first = visit(0);
    const spring = visit(5, "spring");
    expect(spring).not.toBe(first);
    expect([visit(6, "spring"), visit(7)]).toEqual([spring, spring]);
    expect(visit(8, "summer")).not.toBe(spring);
  });

  test("take in events that come late, and stay two where one lies between them", () => {
    const visit = visits(new Sessions([]));
    const morning = visit(0);
    const noon = visit(50);
    expect(visit(25)).toBe(morning);
    expect(visit(24)).toBe(morning);
    expect(visit(51)).toBe(noon);
    expect(visit(40)).toBe(morning);
    expect(visit(-20)).toBe(morning);
    expect(visit(-300)).not.toBe(morning);
  });

  test("go on from batch to batch, whatever lies between", () => {
    const before = new Sessions([]);
    const first = visits(before)(0);
    const stored = JSON.parse(JSON.stringify(before.changed));
    const after = new Sessions(stored);
    expect(visits(after)(10)).toBe(first);
    expect(visits(after, 8)(10)).not.toBe(first);
    const second = visits(after)(100);
    expect(second).not.toBe(first);
    expect(visits(new Sessions(after.changed))(12)).toBe(first);
  });

  test("are not begun by what a server tells, which joins one", () => {
    const visit = visits(new Sessions([]));
    expect(visit(0, "", false)).toBe(0);
    const first = visit(1);
    expect(visit(2, "", false)).toBe(first);
    expect(visit(300, "", false)).toBe(0);
  });

  test("have ids that are exact as numbers, and none meets another visitor's", () => {
    const sessions = new Sessions([]);
    const ids = new Set<number>();
    for (const visitor of [1, 2, 2 ** 33 - 1])
      for (let n = 0; n < 50; n++) ids.add(visits(sessions, visitor)(n * 40));
    expect(ids.size).toBe(150);
    expect([...ids].every(Number.isSafeInteger)).toBe(true);
    expect(visits(sessions, 0)(0)).toBe(0);
  });
});
