import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { type Order, transitionsOf } from "./chain.ts";
import { type Journeys, journeysFromPaths, journeysFromTouches } from "./journeys.ts";
import { markovCredit } from "./markov.ts";
import {
  creditByRule,
  decayByDays,
  decayByTouches,
  firstTouch,
  lastTouch,
  linear,
  linearByChannel,
  positionBased,
  rankByChannel,
} from "./rules.ts";
import { shapleyOfChain, shapleyOfRate, shapleyOfSum, shapleyOfSumByPosition } from "./shapley.ts";

/**
 * Meets the golden numbers that lie beside the project, in ../shared/data/attribution. Where they are absent these tests
 * are skipped and say so; attribution.test.ts needs nothing from outside.
 */
const folder = fileURLToPath(new URL("../../../../shared/data/attribution/", import.meta.url));
const present = existsSync(`${folder}golden_synthetic_journeys_a.json`);
if (!present) console.warn(`Skipped: the golden numbers are not at ${folder}`);

// biome-ignore lint/suspicious/noExplicitAny: golden files are data of many shapes, checked by the tests themselves.
const truth: any = present
  ? JSON.parse(readFileSync(`${folder}golden_synthetic_journeys_a.json`, "utf8"))
  : {};
const lines = (file: string) =>
  gunzipSync(readFileSync(`${folder}${file}`))
    .toString("utf8")
    .trim()
    .split("\n")
    .slice(1);

const paths = (): Journeys =>
  journeysFromPaths(
    lines("synthetic_journeys_a_paths.csv.gz").map((line) => {
      const [path, conversions, value, nulls] = line.split(",");
      return {
        touches: path!.split(" > "),
        ...{ conversions: Number(conversions), value: Number(value), nulls: Number(nulls) },
      };
    }),
  );

function near(actual: number, expected: number, relative = 1e-9): void {
  const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-12);
  expect(error, `${actual} against ${expected}`).toBeLessThan(relative);
}
function same(journeys: Journeys, credit: Float64Array, expected: Record<string, number>, relative = 1e-9) {
  expect(Object.keys(expected).sort()).toEqual([...journeys.channels].sort());
  journeys.channels.forEach((channel, at) => {
    near(credit[at]!, expected[channel]!, relative);
  });
}

describe.skipIf(!present)("golden attribution", () => {
  test.each([
    ["first_touch", firstTouch],
    ["last_touch", lastTouch],
    ["linear", linear],
    ["linear_unique", linearByChannel],
    ["position_based_40_20_40", positionBased(0.4, 0.4)],
    ["time_decay_positional_halflife2", decayByTouches(2)],
    ["rank_decay_unique", rankByChannel],
  ] as const)("%s", (name, rule) => {
    const journeys = paths();
    const credit = creditByRule(journeys, rule);
    same(journeys, credit.conversions, truth.heuristics_conversions[name]);
    same(journeys, credit.value, truth.heuristics_value[name]);
  });

  test.each([
    ["", Number.POSITIVE_INFINITY],
    ["_with_lookback", 30],
  ])("decay by time%s", (suffix, lookbackDays) => {
    const journeys = journeysFromTouches(
      lines("synthetic_journeys_a.csv.gz").map((line) => {
        const [customer, seconds, channel, converted, value] = line.split(",");
        return {
          ...{ customer: customer!, channel: channel!, day: Number(seconds) / 86_400 },
          ...{ converted: converted === "1", value: Number(value) },
        };
      }),
      { lookbackDays },
    );
    const credit = creditByRule(journeys, decayByDays(truth.time_decay_timestamps.half_life_days));
    same(journeys, credit.conversions, truth.time_decay_timestamps[`conversions${suffix}`]);
    same(journeys, credit.value, truth.time_decay_timestamps[`value${suffix}`]);
  });

  test.each([true, false])("transitions of order 1, steps from a channel to itself kept: %s", (selfLoops) => {
    const expected: { from: string; to: string; count: number; probability: number }[] =
      truth[`transition_matrix_order1_${selfLoops ? "with" : "no"}_self_loops`];
    const found = new Map(
      transitionsOf(paths(), 1, { selfLoops }).map((one) => [`${one.from} ${one.to}`, one]),
    );
    expect(found.size).toBe(expected.length);
    for (const one of expected) {
      const own = found.get(`${one.from} ${one.to}`);
      expect(own?.count, `${one.from} to ${one.to}`).toBe(one.count);
      near(own!.probability, one.probability);
    }
  });

  test.each([1, 2, 3] as const)("the exact chain of order %i", (order: Order) => {
    const journeys = paths();
    const expected = truth.markov_exact[order - 1];
    const credit = markovCredit(journeys, order);
    near(credit.conversionChance, expected.conversion_probability_from_start);
    near(credit.valuePerJourney, expected.expected_value_per_path);
    same(journeys, credit.removalEffects, expected.removal_effects_conversion);
    same(journeys, credit.valueRemovalEffects, expected.removal_effects_value);
    same(journeys, credit.conversions, expected.total_conversions);
    same(journeys, credit.value, expected.total_conversion_value);
    // ChannelAttribution draws journeys at random: where there is much to draw from it comes close.
    const drawn = truth["channelattribution_2.2.4_monte_carlo"][`markov_order${order}`].total_conversions;
    let compared = 0;
    journeys.channels.forEach((channel, at) => {
      if (credit.conversions[at]! <= 100) return;
      near(drawn[channel], credit.conversions[at]!, 0.05);
      compared++;
    });
    expect(compared).toBeGreaterThan(5);
  });

  test("the exact chain of converting journeys alone", () => {
    const journeys = { ...paths(), nulls: new Float64Array(paths().nulls.length) };
    const expected = truth.markov_exact_no_null_order1;
    const credit = markovCredit(journeys, 1);
    near(credit.conversionChance, 1);
    same(journeys, credit.removalEffects, expected.removal_effects_conversion);
    same(journeys, credit.conversions, expected.total_conversions);
    same(journeys, credit.value, expected.total_conversion_value);
  });

  test("Shapley values of four games", () => {
    const journeys = paths();
    const { shapley_sum_game, shapley_ordered, shapley_conversion_rate_game, shapley_markov_game } =
      truth.shapley;
    const sum = shapleyOfSum(journeys);
    same(journeys, sum.conversions, shapley_sum_game.conversions);
    same(journeys, sum.value, shapley_sum_game.value);
    const byPosition = shapleyOfSumByPosition(journeys);
    journeys.channels.forEach((channel, at) => {
      const expected: Record<string, number> = shapley_ordered.conversions_by_position[channel];
      byPosition[at]!.forEach((credit, position) => {
        near(credit, expected[position + 1] ?? 0);
      });
    });
    const rate = shapleyOfRate(journeys, { orders: 0, random: new Random(1) });
    near(rate.ofAll, shapley_conversion_rate_game.v_grand);
    same(journeys, rate.raw, shapley_conversion_rate_game.raw);
    same(journeys, rate.conversions, shapley_conversion_rate_game.scaled_conversions);
    const chain = shapleyOfChain(journeys);
    near(chain.ofAll, shapley_markov_game.v_grand);
    same(journeys, chain.raw, shapley_markov_game.raw);
    same(journeys, chain.conversions, shapley_markov_game.scaled_conversions);
  });
});
