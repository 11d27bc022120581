import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bgNbd } from "./bg-nbd.ts";
import { chooseModel } from "./choose-model.ts";
import { forecast } from "./forecast.ts";
import { expectedSpend, fitGammaGamma, spendLogDensity } from "./gamma-gamma.ts";
import { historiesOf } from "./histories.ts";
import { accuracy, evaluateHoldout, naivePurchases } from "./holdout.ts";
import { mbgNbd } from "./mbg-nbd.ts";
import { nbd } from "./nbd.ts";
import { paretoNbd } from "./pareto-nbd.ts";
import { historiesFromPurchases } from "./purchase-days.ts";
import { byNames, type ModelParameters, type PurchaseModel } from "./purchase-model.ts";
import { folder, golden, near, present, sample } from "./testing.ts";
import { expectedTracking } from "./tracking.ts";

const models: ["bg_nbd" | "mbg_nbd" | "pareto_nbd", PurchaseModel][] = [
  ["bg_nbd", byNames(bgNbd)],
  ["mbg_nbd", byNames(mbgNbd)],
  ["pareto_nbd", byNames(paretoNbd)],
];

describe.skipIf(!present)("golden numbers", () => {
  test.each<readonly [string, PurchaseModel]>([...models, ["nbd", byNames(nbd)]])(
    "%s: the fit of the CDNOW sample",
    (key, model) => {
      const truth = golden("golden_fits.json").cdnow_sample[key];
      const fit = model.fit(sample().histories);
      if (!fit.ok) throw new Error(fit.message);
      expect(Math.abs(fit.logLikelihood - truth.log_likelihood)).toBeLessThan(1e-4);
      for (const name of model.parameterNames) {
        near(fit.parameters[name]!, truth.params[name], 1e-4);
        near(fit.standardErrors[name]!, truth.std_err[name], 1e-3);
      }
      expect(fit.diagnostics.atBound).toEqual([]);
      expect(fit.diagnostics.startsAgreeing).toBe(fit.diagnostics.starts);
      expect(fit.diagnostics.gradientNorm).toBeLessThan(1e-3);
    },
  );

  test("Gamma-Gamma: the fit of the CDNOW sample", () => {
    const truth = golden("golden_fits.json").cdnow_sample.gamma_gamma;
    const { histories, meanSpend } = sample();
    const fit = fitGammaGamma({ repeats: histories.repeats, meanSpend });
    if (!fit.ok) throw new Error(fit.message);
    expect(Math.abs(fit.logLikelihood - truth.log_likelihood)).toBeLessThan(1e-4);
    for (const name of ["p", "q", "v"] as const) {
      near(fit.parameters[name], truth.params[name], 1e-4);
      near(fit.standardErrors[name], truth.std_err[name], 1e-3);
    }
    expect(fit.customers).toBe(truth.n);
  });

  test.each(models)("%s: 50 customers at fixed parameters", (key, model) => {
    const file = golden("golden_customers_cdnow.json");
    const parameters: ModelParameters = file.parameters[key];
    for (const customer of file.customers) {
      const truth = customer[key];
      const history = historiesOf([
        { repeats: customer.x, lastWeek: customer.t_x, observedWeeks: customer.T },
      ]);
      near(model.logLikelihood(parameters, history), truth.log_likelihood);
      near(model.probabilityAlive(parameters, history)[0]!, truth.p_alive);
      for (const weeks of [1, 13, 39, 52]) {
        near(model.expectedPurchases(parameters, history, weeks)[0]!, truth.expected_purchases[weeks]);
      }
      if (truth.dert !== undefined) {
        const rate = file.continuous_weekly_discount;
        near(model.discountedPurchases(parameters, history, Number.POSITIVE_INFINITY, rate)[0]!, truth.dert);
      }
    }
    expect(file.customers.length).toBe(50);
  });

  test("Gamma-Gamma: 50 customers at fixed parameters", () => {
    const file = golden("golden_customers_cdnow.json");
    const parameters = file.parameters.gamma_gamma;
    for (const { x, zbar, gamma_gamma: truth } of file.customers) {
      near(expectedSpend(parameters, x, zbar), truth.expected_spend);
      if (truth.log_likelihood !== undefined && truth.log_likelihood !== null && x > 0) {
        near(spendLogDensity(parameters, x, zbar), truth.log_likelihood);
      }
    }
  });

  test.each(models)("%s: numerically hard cases", (key, model) => {
    const cases = golden("golden_edge_cases.json")[key];
    for (const edge of cases) {
      const parameters = Object.fromEntries(model.parameterNames.map((name, i) => [name, edge.params[i]]));
      const history = historiesOf([{ repeats: edge.x, lastWeek: edge.t_x, observedWeeks: edge.T }]);
      const likelihood = model.logLikelihood(parameters, history);
      // At T = 0 the truth is 0; the file holds the 1e-81 that its own arithmetic left over.
      if (Math.abs(edge.log_likelihood) < 1e-50) expect(Math.abs(likelihood)).toBeLessThan(1e-15);
      else near(likelihood, edge.log_likelihood);
      near(model.probabilityAlive(parameters, history)[0]!, edge.p_alive);
      near(model.expectedPurchases(parameters, history, edge.t)[0]!, edge.expected_purchases);
      if (edge.dert !== undefined) {
        near(
          model.discountedPurchases(parameters, history, Number.POSITIVE_INFINITY, edge.discount)[0]!,
          edge.dert,
        );
      }
    }
    expect(cases.length).toBeGreaterThan(15);
  });

  test.each(models)("%s: the population", (key, model) => {
    const file = golden("golden_population_cdnow.json");
    const parameters: ModelParameters = golden("golden_customers_cdnow.json").parameters[key];
    for (const [weeks, truth] of Object.entries(file.expected_repeat_purchases_new_customer[key])) {
      near(model.expectedPurchasesOfNew(parameters, Number(weeks)), truth as number);
    }
    const chances = file.pmf_new_customer[key];
    if (chances) {
      const ours = model.purchaseChancesOfNew(parameters, file.pmf_new_customer.t, chances.length - 1);
      chances.forEach((truth: number, n: number) => {
        near(ours[n]!, truth);
      });
    }
  });

  test("12 months of value discounted month by month", () => {
    const file = golden("golden_clv_12_months_cdnow.json");
    const people = golden("golden_customers_cdnow.json");
    const parameters = people.parameters.bg_nbd;
    for (const { id, clv } of file.customers) {
      const { x, t_x, T, zbar } = people.customers.find((customer: { id: number }) => customer.id === id);
      const history = historiesOf([{ repeats: x, lastWeek: t_x, observedWeeks: T }]);
      let value = 0;
      let before = 0;
      for (let month = 1; month <= file.months; month++) {
        const until = bgNbd.expectedPurchases(parameters, history, file.weeks_per_month * month)[0]!;
        value += (until - before) / (1 + file.monthly_discount) ** month;
        before = until;
      }
      near(value * expectedSpend(people.parameters.gamma_gamma, x, zbar), clv);
    }
  });

  test.each(models)("%s: the 39 weeks held back", (key, model) => {
    const truth = golden("golden_holdout_cdnow.json");
    const parameters: ModelParameters = golden("golden_fits.json").cdnow_sample[key].params;
    const { histories, later } = sample();
    const report = evaluateHoldout(model, parameters, histories, later, truth.horizon_weeks);
    const expected = truth.results[key];
    near(report.mae, expected.mae);
    near(report.rmse, expected.rmse);
    near(report.totalExpected, expected.total_expected);
    near(report.totalActual, expected.total_actual);
    near(report.correlation, expected.correlation);
    expect(report.totalBias).toBeCloseTo(expected.total_expected / expected.total_actual - 1, 9);
    expect(report.table).toHaveLength(expected.by_calibration_x.length);
    report.table.forEach((row, i) => {
      const golden = expected.by_calibration_x[i];
      expect(row.orMore ? `${row.repeats}+` : row.repeats).toBe(golden.x);
      expect(row.customers).toBe(golden.n);
      near(row.actualMean, golden.actual_mean);
      near(row.expectedMean, golden.expected_mean);
    });
    // A predictive interval promises at least its level; CDNOW is foreseen 12 to 16 % too low, and still holds.
    expect(report.coverage95).toBeGreaterThan(0.93);
  });

  test.each(models)("%s: the spend of the 39 weeks held back", (key, model) => {
    const truth = golden("golden_holdout_cdnow.json").results[key].holdout_spend;
    const fits = golden("golden_fits.json").cdnow_sample;
    const { histories, meanSpend, laterSpend } = sample();
    const { value } = forecast({
      model,
      parameters: fits[key].params,
      histories,
      weeks: 39,
      spend: { parameters: fits.gamma_gamma.params, meanSpend },
    });
    const report = accuracy(value!.expectedValue, laterSpend);
    near(report.mae, truth.mae);
    near(report.rmse, truth.rmse);
    near(report.totalExpected, truth.total_expected);
    near(report.correlation, truth.correlation);
  });

  test("the naive baseline on the 39 weeks held back", () => {
    const truth = golden("golden_holdout_cdnow.json").results.naive_rate_x_over_T;
    const { histories, later } = sample();
    const report = accuracy(naivePurchases(histories, 39), later);
    near(report.mae, truth.mae);
    near(report.rmse, truth.rmse);
    near(report.totalExpected, truth.total_expected);
  });

  test("CDNOW is forecast by MBG/NBD: its holdout does not clearly prefer BG/NBD", () => {
    const { histories, later } = sample();
    const choice = chooseModel(histories, later, 39);
    if (!choice.ok) throw new Error(choice.message);
    expect(choice.model.name).toBe("MBG/NBD");
    expect(choice.because).toBe("default");
    expect(choice.reports.map((report) => report.model)).toEqual(["MBG/NBD", "BG/NBD"]);
    expect(choice.reports[0]!.mae).toBeLessThan(choice.naive.mae);
  });

  test.each(models)("%s: purchases of the cohort week by week", (key, model) => {
    const truth = golden("golden_population_cdnow.json").cumulative_repeat_transactions_weekly;
    const parameters: ModelParameters = golden("golden_customers_cdnow.json").parameters[key];
    const { histories } = sample();
    const longest = Math.max(...histories.observedWeeks);
    const firstWeeks = histories.observedWeeks.map((weeks) => longest - weeks);
    const calendar = truth.expected[key].map((_: number, i: number) => i + 1);
    expectedTracking(model, parameters, firstWeeks, calendar).forEach((ours, i) => {
      near(ours, truth.expected[key][i]);
    });
  });

  test("transactions become the same histories, holdout included", () => {
    const lines = readFileSync(`${folder}cdnow_sample_transactions.csv`, "utf8").trim().split("\n");
    const column = (name: string) => lines[0]!.split(",").indexOf(name);
    const cells = lines.slice(1).map((line) => line.split(","));
    const day = (iso: string) => Date.parse(iso) / 86_400_000;
    const found = historiesFromPurchases(
      {
        customer: cells.map((row) => Number(row[column("sample_id")])),
        day: cells.map((row) => day(row[column("date")]!)),
        spend: cells.map((row) => Number(row[column("value")])),
      },
      day("1997-09-30"),
      day("1998-06-30"),
    );
    const { histories, meanSpend, later, laterSpend } = sample();
    expect(found.customer).toHaveLength(2357);
    found.customer.forEach((id, i) => {
      expect(found.histories.repeats[i]).toBe(histories.repeats[id - 1]);
      expect(found.histories.lastWeek[i]).toBe(histories.lastWeek[id - 1]);
      expect(found.histories.observedWeeks[i]).toBe(histories.observedWeeks[id - 1]);
      expect(found.meanSpend[i]).toBeCloseTo(meanSpend[id - 1]!, 9);
      expect(found.later[i]).toBe(later[id - 1]);
      expect(found.laterSpend[i]).toBeCloseTo(laterSpend[id - 1]!, 9);
    });
  });
});
