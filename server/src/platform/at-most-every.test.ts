import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { atMostEvery } from "./at-most-every.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the first call is done at once, of many after it one, and the last is not left out", () => {
  let done = 0;
  const call = atMostEvery(20, () => done++);
  call();
  expect(done).toBe(1);
  for (let n = 0; n < 5; n++) call();
  expect(done).toBe(1);
  vi.advanceTimersByTime(20);
  expect(done).toBe(2);
  vi.advanceTimersByTime(100);
  expect(done).toBe(2);
  call();
  expect(done).toBe(3);
});

test("what was cancelled is not done later, and the next call is done at once", () => {
  let done = 0;
  const call = atMostEvery(20, () => done++);
  call();
  call();
  call.cancel();
  vi.advanceTimersByTime(100);
  expect(done).toBe(1);
  call();
  expect(done).toBe(2);
});
