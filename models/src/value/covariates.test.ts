import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { bgNbd } from "./bg-nbd.ts";
import { fitWithCovariates } from "./covariate-fit.ts";
import { parametersAt, withCovariates } from "./covariates.ts";
import { historiesOf } from "./histories.ts";
import { nbd } from "./nbd.ts";
import { paretoNbd } from "./pareto-nbd.ts";
import { byNames, type PurchaseModel } from "./purchase-model.ts";
import { simulateCustomers } from "./simulate.ts";
import { golden, goldenRows, near, present, sample } from "./testing.ts";

const models: ["pareto_nbd" | "bg_nbd", PurchaseModel][] = [
  ["pareto_nbd", byNames(paretoNbd)],
  ["bg_nbd", byNames(bgNbd)],
];
const covariates = ["high_first_value", "multi_unit_first"];

describe.skipIf(!present)("golden numbers of static covariates", () => {
  const columns = () => {
    const rows = goldenRows("cdnow_sample_static_covariates.csv").map((row) => row.map(Number));
    return Object.fromEntries(
      covariates.map((name, k) => [name, Float64Array.from(rows, (row) => row[k + 1]!)]),
    );
  };
  const effectsOf = (params: Record<string, number>) => ({
    purchase: Object.fromEntries(covariates.map((name) => [name, params[`trans.${name}`]!])),
    leaving: Object.fromEntries(covariates.map((name) => [name, params[`life.${name}`]!])),
  });
  const both = { purchase: covariates, leaving: covariates };

  test.each(models)("%s: the fit", (key, model) => {
    const truth = golden("golden_fits.json").cdnow_sample_static_covariates[key];
    const fit = fitWithCovariates(model, sample().histories, columns(), both);
    if (!fit.ok) throw new Error(fit.message);
    expect(Math.abs(fit.logLikelihood - truth.log_likelihood)).toBeLessThan(1e-4);
    for (const name of model.parameterNames) {
      near(fit.parameters[name]!, truth.params[name], 1e-4);
      near(fit.standardErrors[name]!, truth.std_err[name], 1e-3);
    }
    const effects = effectsOf(truth.params);
    const errors = effectsOf(truth.std_err);
    for (const process of ["purchase", "leaving"] as const) {
      for (const name of covariates) {
        near(fit.effects[process][name]!, effects[process][name]!, 1e-3);
        near(fit.effectErrors[process][name]!, errors[process][name]!, 1e-3);
      }
    }
    expect(fit.test!.degrees).toBe(4);
    expect(fit.test!.pValue).toBeLessThan(1e-4);
  });

  test.each(models)("%s: 30 customers at fixed parameters", (key, model) => {
    const file = golden("golden_fits.json").cdnow_sample_static_covariates;
    const params = file.prediction_parameters[key];
    const { histories } = sample();
    for (const { id, covariates: z, ...customer } of file.predictions) {
      const truth = customer[key];
      const row = id - 1;
      const own = historiesOf([
        {
          repeats: histories.repeats[row]!,
          lastWeek: histories.lastWeek[row]!,
          observedWeeks: histories.observedWeeks[row]!,
        },
      ]);
      const at = { [covariates[0]!]: z[0], [covariates[1]!]: z[1] };
      const values = Object.fromEntries(model.parameterNames.map((name) => [name, params[name]]));
      const parameters = parametersAt(model, values, effectsOf(params), at);
      near(model.logLikelihood(parameters, own), truth.log_likelihood);
      near(model.probabilityAlive(parameters, own)[0]!, truth.p_alive);
      near(model.expectedPurchases(parameters, own, 39)[0]!, truth.expected_purchases_39);
      if (truth.dert !== undefined) {
        const rate = Math.log(1.1) / 52;
        near(model.discountedPurchases(parameters, own, Number.POSITIVE_INFINITY, rate)[0]!, truth.dert);
      }
    }
    expect(file.predictions).toHaveLength(30);
  });

  test("a penalty pulls the effects to nothing, as far as the reference says", () => {
    const reference =
      golden("golden_fits.json").cdnow_sample_static_covariates["clvtools_0.12.1"]
        .pareto_nbd_regularised_lambda5;
    const fit = fitWithCovariates(paretoNbd, sample().histories, columns(), { ...both, penalty: 5 });
    if (!fit.ok) throw new Error(fit.message);
    let squares = 0;
    for (const process of ["purchase", "leaving"] as const) {
      for (const name of covariates) squares += fit.effects[process][name]! ** 2;
    }
    const reached = fit.logLikelihood / fit.customers - 5 * squares;
    expect(reached).toBeGreaterThan(reference.penalised_mean_log_likelihood - 1e-9);
    expect(reached).toBeLessThan(reference.penalised_mean_log_likelihood + 1e-6);
    expect(fit.test).toBeUndefined();
    expect(fit.standardErrors.r).toBeNaN();
  });
});

/** Two halves of customers, of whom the second buys twice as often and leaves at half the rate. */
function halves(customers: number, seed: number) {
  const random = new Random(seed);
  const parameters = { r: 0.9, alpha: 8, s: 0.8, beta: 15 };
  const half = (other: boolean) =>
    simulateCustomers({
      model: paretoNbd,
      parameters: other ? { ...parameters, alpha: 4, beta: 30 } : parameters,
      observedWeeks: new Float64Array(customers / 2).fill(60),
      laterWeeks: 30,
      random,
    });
  const [one, two] = [half(false), half(true)];
  const joined = (a: Float64Array, b: Float64Array) => Float64Array.from([...a, ...b]);
  return {
    parameters,
    histories: {
      repeats: joined(one.histories.repeats, two.histories.repeats),
      lastWeek: joined(one.histories.lastWeek, two.histories.lastWeek),
      observedWeeks: joined(one.histories.observedWeeks, two.histories.observedWeeks),
    },
    later: joined(one.later, two.later),
    columns: {
      loyal: Float64Array.from({ length: customers }, (_, i) => Number(i >= customers / 2)),
      noise: Float64Array.from({ length: customers }, () => Math.round(20 * random.normal()) * 10),
    },
  };
}

test("effects of simulated covariates are found, and predictions follow them", () => {
  const { histories, later, columns } = halves(4000, 3);
  const fit = fitWithCovariates(paretoNbd, histories, columns, { purchase: ["loyal"], leaving: ["loyal"] });
  if (!fit.ok) throw new Error(fit.message);
  expect(Math.abs(fit.effects.purchase.loyal! - Math.log(2))).toBeLessThan(
    4 * fit.effectErrors.purchase.loyal!,
  );
  expect(Math.abs(fit.effects.leaving.loyal! + Math.log(2))).toBeLessThan(
    4 * fit.effectErrors.leaving.loyal!,
  );
  expect(fit.test!.pValue).toBeLessThan(1e-12);
  const expected = withCovariates(paretoNbd, fit, histories, columns, (parameters, own) =>
    paretoNbd.expectedPurchases(parameters, own, 30),
  );
  for (const [from, to] of [
    [0, 2000],
    [2000, 4000],
  ]) {
    const sum = (column: Float64Array) => column.slice(from, to).reduce((total, one) => total + one, 0);
    expect(sum(expected) / sum(later)).toBeCloseTo(1, 0.7);
  }
});

test("a covariate that tells nothing does not pass the likelihood-ratio test, whatever its scale", () => {
  const { histories, columns } = halves(1000, 8);
  const fit = fitWithCovariates(paretoNbd, histories, columns, { purchase: ["noise"], leaving: [] });
  if (!fit.ok) throw new Error(fit.message);
  expect(fit.test!.pValue).toBeGreaterThan(0.01);
  expect(fit.logLikelihood).toBeGreaterThanOrEqual(fit.test!.plainLogLikelihood);
  expect(fit.effects.leaving).toEqual({});
});

test("an equal effect in both processes is one number, and never fits better than two", () => {
  const { histories, columns } = halves(1000, 5);
  const free = fitWithCovariates(paretoNbd, histories, columns, { purchase: ["loyal"], leaving: ["loyal"] });
  const held = fitWithCovariates(paretoNbd, histories, columns, {
    purchase: ["loyal"],
    leaving: ["loyal"],
    equal: ["loyal"],
  });
  if (!free.ok || !held.ok) throw new Error("not fitted");
  expect(held.effects.purchase.loyal).toBe(held.effects.leaving.loyal);
  expect(held.test!.degrees).toBe(1);
  expect(held.logLikelihood).toBeLessThanOrEqual(free.logLikelihood + 1e-6);
});

test("covariates that cannot be told apart are a reason, impossible ones an error", () => {
  const { histories, columns } = halves(400, 6);
  const twice = {
    ...columns,
    again: columns.loyal.map((one) => 3 - 2 * one),
    flat: columns.loyal.map(() => 1),
  };
  const ask = (purchase: string[], leaving: string[] = []) =>
    fitWithCovariates(paretoNbd, histories, twice, { purchase, leaving });
  expect(ask(["flat"])).toMatchObject({ ok: false, reason: "constant_covariate" });
  expect(ask(["loyal", "again"])).toMatchObject({ ok: false, reason: "covariates_alike" });
  expect(() => ask(["missing"])).toThrow("There is no covariate missing.");
  const holed = { loyal: columns.loyal.map((one, i) => (i === 7 ? Number.NaN : one)) };
  expect(() => fitWithCovariates(paretoNbd, histories, holed, { purchase: ["loyal"], leaving: [] })).toThrow(
    "row 7",
  );
  expect(() => fitWithCovariates(nbd, histories, twice, { purchase: [], leaving: ["loyal"] })).toThrow(
    "knows no leaving",
  );
});
