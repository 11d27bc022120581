import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Answer } from "./post.ts";
import { type Call, openQueue } from "./queue.ts";

const call = (id: string, at = 0): Call => ({
  type: "track",
  messageId: id,
  timestamp: new Date(at).toISOString(),
});
const stored = () => Object.keys(localStorage).sort();

/** A queue whose server gives these answers one after the other, then takes everything. */
function openTested(ask: { answers?: Answer[]; isAllowed?: () => boolean } = {}) {
  const { answers = [], isAllowed = () => true } = ask;
  const sent: string[][] = [];
  const queue = openQueue({
    isAllowed,
    send: async (calls) => {
      sent.push(calls.map((text) => JSON.parse(text).messageId));
      return answers.shift() ?? {};
    },
  });
  return { queue, sent };
}

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
});

describe("what waits to be sent", () => {
  test("is gathered for a moment, and forgotten when it was taken", async () => {
    const { queue, sent } = openTested();
    queue.add(call("a"));
    queue.add(call("b"));
    expect(stored()).toEqual(["rondell:a", "rondell:b"]);
    await vi.advanceTimersByTimeAsync(400);
    expect(sent).toEqual([["a", "b"]]);
    expect(stored()).toEqual([]);
  });

  test("is sent again under the same id, later each time, until it is taken", async () => {
    const { queue, sent } = openTested({ answers: ["later", "later", "later"] });
    queue.add(call("a"));
    await vi.advanceTimersByTimeAsync(400);
    expect(sent).toHaveLength(1);
    expect(stored()).toEqual(["rondell:a"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toEqual([["a"], ["a"], ["a"], ["a"]]);
    expect(stored()).toEqual([]);
  });

  test("waits as long as the server asks, whatever comes in between", async () => {
    const { queue, sent } = openTested({ answers: [{ retryAfterMs: 30_000 }] });
    queue.add(call("a"));
    await vi.advanceTimersByTimeAsync(400);
    queue.add(call("b"));
    await queue.flush();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(sent).toEqual([["a"]]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sent).toEqual([["a"], ["a", "b"]]);
  });

  test("survives a reload, oldest first", async () => {
    localStorage.setItem("rondell:new", JSON.stringify(call("new", 2)));
    localStorage.setItem("rondell:old", JSON.stringify(call("old", 1)));
    localStorage.setItem("of the shop", "stays");
    const { sent } = openTested();
    await vi.advanceTimersByTimeAsync(400);
    expect(sent).toEqual([["old", "new"]]);
    expect(stored()).toEqual(["of the shop"]);
  });

  test("is 200 calls at most, and 50,000 bytes at a time", async () => {
    const { queue, sent } = openTested({ answers: ["later"] });
    for (let at = 0; at < 250; at++) queue.add({ ...call(`m${at}`), padding: "茶".repeat(400) });
    expect(stored()).toHaveLength(200);
    expect(stored()).not.toContain("rondell:m49");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(Math.max(...sent.map((batch) => batch.length))).toBeLessThan(50);
    expect(sent[0]![0]).toBe("m50");
    expect(stored()).toEqual([]);
  });

  test("is deleted, not sent, where it is not allowed any more", async () => {
    let isAllowed = true;
    const { queue, sent } = openTested({ isAllowed: () => isAllowed });
    queue.add(call("a"));
    isAllowed = false;
    await vi.advanceTimersByTimeAsync(400);
    expect(sent).toEqual([]);
    expect(stored()).toEqual([]);
  });

  test("is left out where it is no JSON or too large, and holds nothing up", async () => {
    const { queue, sent } = openTested();
    const round: Record<string, unknown> = {};
    round.self = round;
    queue.add({ ...call("round"), properties: round });
    queue.add({ ...call("large"), properties: { text: "x".repeat(40_000) } });
    queue.add(call("a"));
    await vi.advanceTimersByTimeAsync(400);
    expect(sent).toEqual([["a"]]);
  });
});
