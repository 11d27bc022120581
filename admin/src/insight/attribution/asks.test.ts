import { expect, test } from "vitest";
import { readSearch, rowsOf } from "./asks.ts";
import type { AttributionAnswer, ModelAnswer } from "./queries.ts";

const model = (name: ModelAnswer["model"], given: Record<string, number>): ModelAnswer => ({
  ...{ model: name, failed: null, order: null, scores: [] },
  channels: Object.entries(given).map(([channel, estimate]) => ({
    channel,
    conversions: { estimate, low: estimate - 1, high: estimate + 1 },
    value: { estimate: estimate * 100, low: 0, high: estimate * 200 },
    removalEffect: null,
  })),
});

test("channels stand by what the chosen model gives, beside the least and the most of all models", () => {
  const answer = {
    channels: [{ channel: "search", journeys: 9, converted: 5 }],
    models: [model("first", { search: 2, email: 8 }), model("last", { search: 7, email: 3 })],
  } as unknown as AttributionAnswer;
  const rows = rowsOf(answer, "last", "conversions");
  expect(rows.map((row) => row.channel)).toEqual(["search", "email"]);
  expect(rows[0]).toMatchObject({
    ...{ estimate: 7, low: 6, high: 8, journeys: 9 },
    least: { model: "first", value: 2 },
    most: { model: "last", value: 7 },
  });
  expect(rowsOf(answer, "shapley", "value")).toEqual([]);
});

test("an address with nonsense asks the usual question", () => {
  expect(readSearch({ from: "x", model: "best", by: "love" })).toMatchObject({
    from: undefined,
    model: undefined,
    by: undefined,
  });
});
