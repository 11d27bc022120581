import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { bgNbd } from "./bg-nbd.ts";
import { expectedSpend, fitGammaGamma, spendLogDensity } from "./gamma-gamma.ts";
import { historiesOf } from "./histories.ts";
import { mbgNbd } from "./mbg-nbd.ts";
import type { PurchaseParameters } from "./purchase-likelihood.ts";
import type { PurchaseModel } from "./purchase-model.ts";

/**
 * Meets the golden numbers that lie beside the project, in ../shared/data/clv. Where they are absent these
 * tests are skipped and say so; published.test.ts needs nothing from outside.
 */
const folder = fileURLToPath(new URL("../../../../shared/data/clv/", import.meta.url));
const present = existsSync(`${folder}golden_fits.json`);
if (!present) console.warn(`Skipped: the golden numbers are not at ${folder}`);

const models = [
  ["bg_nbd", bgNbd],
  ["mbg_nbd", mbgNbd],
] as const;
type ModelKey = (typeof models)[number][0];

// biome-ignore lint/suspicious/noExplicitAny: golden files are data of many shapes, checked by the tests themselves.
const golden = (file: string): any => JSON.parse(readFileSync(`${folder}${file}`, "utf8"));

function sample() {
  const lines = readFileSync(`${folder}cdnow_sample_cbs.csv`, "utf8").trim().split("\n").slice(1);
  const rows = lines.map((line) => line.split(",").map(Number));
  return {
    histories: historiesOf(
      rows.map((row) => ({ repeats: row[1]!, lastWeek: row[2]!, observedWeeks: row[3]! })),
    ),
    meanSpend: Float64Array.from(rows, (row) => row[4]!),
    later: Float64Array.from(rows, (row) => row[6]!),
    laterSpend: Float64Array.from(rows, (row) => row[7]!),
  };
}

function near(actual: number, truth: number, relative = 1e-9): void {
  const error = Math.abs(actual - truth) / Math.max(Math.abs(truth), 1e-300);
  expect(error, `${actual} against ${truth}`).toBeLessThan(relative);
}

describe.skipIf(!present)("golden numbers", () => {
  test.each(models)("%s: the fit of the CDNOW sample", (key, model) => {
    const truth = golden("golden_fits.json").cdnow_sample[key];
    const fit = model.fit(sample().histories);
    if (!fit.ok) throw new Error(fit.message);
    expect(Math.abs(fit.logLikelihood - truth.log_likelihood)).toBeLessThan(1e-4);
    for (const name of ["r", "alpha", "a", "b"] as const) {
      near(fit.parameters[name], truth.params[name], 1e-4);
      near(fit.standardErrors[name], truth.std_err[name], 1e-3);
    }
    expect(fit.diagnostics.atBound).toEqual([]);
    expect(fit.diagnostics.startsAgreeing).toBe(3);
    expect(fit.diagnostics.gradientNorm).toBeLessThan(1e-3);
  });

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
    const parameters: PurchaseParameters = file.parameters[key];
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

  test.each(models)("%s: numerically hard cases", (key: ModelKey, model: PurchaseModel) => {
    const cases = golden("golden_edge_cases.json")[key];
    for (const edge of cases) {
      const [r, alpha, a, b] = edge.params;
      const parameters = { r, alpha, a, b };
      const history = historiesOf([{ repeats: edge.x, lastWeek: edge.t_x, observedWeeks: edge.T }]);
      const likelihood = model.logLikelihood(parameters, history);
      // At T = 0 the truth is 0; the file holds the 1e-81 that its own arithmetic left over.
      if (Math.abs(edge.log_likelihood) < 1e-50) expect(Math.abs(likelihood)).toBeLessThan(1e-15);
      else near(likelihood, edge.log_likelihood);
      near(model.probabilityAlive(parameters, history)[0]!, edge.p_alive);
      near(model.expectedPurchases(parameters, history, edge.t)[0]!, edge.expected_purchases);
    }
    expect(cases.length).toBeGreaterThan(15);
  });

  test.each(models)("%s: the population", (key, model) => {
    const file = golden("golden_population_cdnow.json");
    const parameters: PurchaseParameters = golden("golden_customers_cdnow.json").parameters[key];
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
});
