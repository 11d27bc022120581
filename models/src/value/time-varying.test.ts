import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { paretoNbd } from "./pareto-nbd.ts";
import { golden, goldenRows, near, present, sample } from "./testing.ts";
import { expectedOnWalk, walkLikelihood, walksOf } from "./time-varying.ts";
import { fitTimeVarying, forecastTimeVarying, simulateTimeVarying } from "./time-varying-fit.ts";

const periods = 160;
const random = new Random(17);
const customers = 600;
const calendar = {
  periods,
  firstWeek: Float64Array.from({ length: customers }, () => 12 * random.uniform()),
  columns: {
    season: Float64Array.from({ length: periods }, (_, week) => Math.sin((2 * Math.PI * week) / 52)),
    campaign: Float64Array.from({ length: periods }, (_, week) => Number(week % 9 === 0)),
    coupon: Float64Array.from({ length: periods * customers }, () => Number(random.chance(0.2))),
    flat: new Float64Array(periods).fill(1),
  },
};
const truth = {
  parameters: { r: 1.2, alpha: 8, s: 0.8, beta: 25 },
  effects: { purchase: { season: 0.5, campaign: 0.9, coupon: 0.3 }, leaving: { season: -0.4 } },
};
const { histories, later } = simulateTimeVarying(
  truth,
  calendar,
  new Float64Array(customers).fill(104),
  26,
  random,
);
const covariates = { purchase: ["season", "campaign", "coupon"], leaving: ["season"] };

test("effects of what changes are found, and the future follows them", () => {
  const fit = fitTimeVarying(histories, calendar, covariates);
  if (!fit.ok) throw new Error(fit.message);
  for (const name of paretoNbd.parameterNames) {
    const error = Math.abs(fit.parameters[name] - truth.parameters[name]);
    expect(error, name).toBeLessThan(4 * fit.standardErrors[name]);
  }
  for (const [name, effect] of Object.entries(truth.effects.purchase)) {
    expect(Math.abs(fit.effects.purchase[name]! - effect), name).toBeLessThan(
      4 * fit.effectErrors.purchase[name]!,
    );
    expect(fit.effectErrors.purchase[name], name).toBeLessThan(0.1);
  }
  const leaving = Math.abs(fit.effects.leaving.season! - truth.effects.leaving.season);
  expect(leaving).toBeLessThan(4 * fit.effectErrors.leaving.season!);
  expect(fit.test!.pValue).toBeLessThan(1e-12);
  const ahead = forecastTimeVarying(fit, histories, calendar, 26, 0.002);
  const sum = (column: Float64Array) => column.reduce((total, one) => total + one, 0);
  expect(Math.abs(sum(ahead.expectedPurchases) / sum(later) - 1)).toBeLessThan(0.15);
  expect(sum(ahead.discountedPurchases)).toBeLessThan(sum(ahead.expectedPurchases));
  expect(sum(ahead.discountedPurchases)).toBeGreaterThan(
    sum(ahead.expectedPurchases) * Math.exp(-0.002 * 26),
  );
});

test("without effects it is the Pareto/NBD, in likelihood, activity and expectation", () => {
  const walks = walksOf(histories, calendar, ["season"], ["campaign"], 26);
  const parameters = { ...truth.parameters, purchase: [0], leaving: [0] };
  const plain = truth.parameters;
  const logs = paretoNbd.logLikelihoods(plain, histories);
  const alive = paretoNbd.probabilityAlive(plain, histories);
  const expected = paretoNbd.expectedPurchases(plain, histories, 26);
  walks.slice(0, 100).forEach((walk, i) => {
    const own = walkLikelihood(walk, parameters);
    near(own.log, logs[i]!, 1e-10);
    near(own.alive, alive[i]!);
    near(own.alive * expectedOnWalk(walk, parameters, 26, 0), expected[i]!);
  });
});

test("the derivatives are those of the likelihood", () => {
  const size = 7;
  const at = [0.9, 6, 0.7, 20, 0.4, -0.3, 0.5];
  const walks = walksOf(histories, calendar, ["season", "campaign"], ["season"]).slice(0, 30);
  const evaluate = (point: number[]) => {
    const gradient = new Float64Array(size);
    const hessian = new Float64Array(size * size);
    const [r, alpha, s, beta] = point as [number, number, number, number];
    const parameters = { r, alpha, s, beta, purchase: point.slice(4, 6), leaving: point.slice(6) };
    const value = walks.reduce(
      (sum, walk) => sum + walkLikelihood(walk, parameters, { gradient, hessian }).log,
      0,
    );
    return { value, gradient, hessian };
  };
  const here = evaluate(at);
  const h = 1e-5;
  for (let i = 0; i < size; i++) {
    const [up, down] = [1, -1].map((side) => evaluate(at.map((one, k) => (k === i ? one + side * h : one))));
    expect(here.gradient[i]).toBeCloseTo((up!.value - down!.value) / (2 * h), 4);
    for (let k = i; k < size; k++) {
      expect(here.hessian[i * size + k]).toBeCloseTo((up!.gradient[k]! - down!.gradient[k]!) / (2 * h), 3);
    }
  }
});

test("a calendar that does not fit the customers is refused; one that never changes is a reason", () => {
  const ask = (purchase: string[]) => fitTimeVarying(histories, calendar, { purchase, leaving: [] });
  expect(ask(["flat"])).toMatchObject({ ok: false, reason: "constant_covariate" });
  expect(() => ask(["missing"])).toThrow("There is no covariate missing.");
  const short = { ...calendar, periods: 90, columns: { season: calendar.columns.season.slice(0, 90) } };
  expect(() => fitTimeVarying(histories, short, { purchase: ["season"], leaving: [] })).toThrow(
    "has 90 weeks",
  );
  const holed = {
    ...calendar,
    columns: { season: calendar.columns.season.map((one, k) => (k === 3 ? Number.NaN : one)) },
  };
  expect(() => fitTimeVarying(histories, holed, { purchase: ["season"], leaving: [] })).toThrow("entry 3");
  const undated = { ...histories, purchaseWeeks: histories.purchaseWeeks.map(() => []) };
  expect(() => fitTimeVarying(undated, calendar, { purchase: ["season"], leaving: [] })).toThrow(
    "weeks of purchases",
  );
});

const day = (iso: string) => Date.parse(iso) / 86_400_000;

describe.skipIf(!present)("golden numbers of covariates that change", () => {
  /** The CDNOW sample with dates: weeks begin on Sundays, the calendar on 1996-12-29. */
  function cdnow() {
    const { histories: plain } = sample();
    const people = plain.repeats.length;
    const days = Array.from({ length: people }, () => new Set<number>());
    for (const row of goldenRows("cdnow_sample_transactions.csv")) {
      if (day(row[2]!) <= day("1997-09-30")) days[Number(row[1]) - 1]!.add(day(row[2]!));
    }
    const firsts = days.map((own) => Math.min(...own));
    const high = goldenRows("cdnow_sample_static_covariates.csv").map((row) => Number(row[1]));
    return {
      dated: {
        ...plain,
        purchaseWeeks: days.map((own, i) =>
          [...own].filter((when) => when > firsts[i]!).map((when) => (when - firsts[i]!) / 7),
        ),
      },
      weeks: {
        periods: 100,
        firstWeek: Float64Array.from(firsts, (first) => (first - day("1996-12-29")) / 7),
        columns: {
          Promo: Float64Array.from({ length: 100 }, (_, k) => Number(k % 5 === 0)),
          H: Float64Array.from({ length: 100 * people }, (_, at) => high[Math.floor(at / 100)]!),
        },
      },
    };
  }

  test("log-likelihood and 295 customers at fixed parameters", () => {
    const { params, log_likelihood } = golden("golden_fits.json").cdnow_sample_time_varying_covariates;
    const { dated, weeks } = cdnow();
    const { r, alpha, s, beta } = params;
    const effects = {
      purchase: { Promo: params["trans.Promo"], H: params["trans.H"] },
      leaving: { Promo: params["life.Promo"], H: params["life.H"] },
    };
    const parameters = {
      ...{ r, alpha, s, beta },
      purchase: Object.values(effects.purchase),
      leaving: Object.values(effects.leaving),
    };
    const walks = walksOf(dated, weeks, ["Promo", "H"], ["Promo", "H"]);
    const log = walks.reduce((sum, walk) => sum + walkLikelihood(walk, parameters).log, 0);
    expect(Math.abs(log - log_likelihood)).toBeLessThan(1e-6);
    const fit = { parameters: { r, alpha, s, beta }, effects };
    const ahead = forecastTimeVarying(fit, dated, weeks, 39, Math.log(1.1) / 52);
    const rows = goldenRows("golden_cdnow_time_varying_predictions.csv").map((row) => row.map(Number));
    for (const [id, alive, expected, discounted] of rows) {
      near(ahead.probabilityAlive[id! - 1]!, alive!);
      near(ahead.expectedPurchases[id! - 1]!, expected!);
      near(ahead.discountedPurchases[id! - 1]!, discounted!);
    }
    expect(rows).toHaveLength(295);
  });

  test("the fit ends above the reference's point and above the model without covariates", () => {
    const { log_likelihood } = golden("golden_fits.json").cdnow_sample_time_varying_covariates;
    const { dated, weeks } = cdnow();
    const fit = fitTimeVarying(dated, weeks, { purchase: ["Promo", "H"], leaving: ["Promo", "H"] });
    if (!fit.ok) throw new Error(fit.message);
    expect(fit.logLikelihood).toBeGreaterThan(log_likelihood);
    expect(fit.logLikelihood).toBeGreaterThan(fit.test!.plainLogLikelihood);
    expect(fit.diagnostics.gradientNorm).toBeLessThan(1e-2);
  });
});
