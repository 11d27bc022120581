import betaln from "@stdlib/math-base-special-betaln";
import gammaln from "@stdlib/math-base-special-gammaln";
import { describe, expect, test } from "vitest";
import { bgBb } from "./bg-bb.ts";
import { discountedStay, logLeavingIntegral } from "./leaving-time.ts";
import { sbg } from "./sbg.ts";
import { golden, goldenRows, near, present } from "./testing.ts";

describe.skipIf(!present)("golden numbers of counted opportunities and contracts", () => {
  test("BG/BB: the fit of the donations", () => {
    const truth = golden("golden_fits.json").donations.bg_bb;
    const cells = goldenRows("donations_rf.csv").map((row) => row.map(Number));
    const fit = bgBb.fit({
      repeats: Float64Array.from(cells, (cell) => cell[0]!),
      lastOpportunity: Float64Array.from(cells, (cell) => cell[1]!),
      opportunities: Float64Array.from(cells, (cell) => cell[2]!),
      weights: Float64Array.from(cells, (cell) => cell[3]!),
    });
    if (!fit.ok) throw new Error(fit.message);
    expect(Math.abs(fit.logLikelihood - truth.log_likelihood)).toBeLessThan(1e-4);
    expect(fit.customers).toBe(truth.n);
    for (const name of bgBb.parameterNames) {
      near(fit.parameters[name], truth.params[name], 1e-4);
      near(fit.standardErrors[name], truth.std_err[name], 1e-3);
    }
  });

  test("BG/BB: every cell at fixed parameters", () => {
    const file = golden("golden_bgbb_donations.json");
    for (const cell of file.cells) {
      const one = {
        repeats: Float64Array.of(cell.x),
        lastOpportunity: Float64Array.of(cell.t_x),
        opportunities: Float64Array.of(cell.n),
      };
      near(bgBb.logLikelihood(file.parameters, one), cell.log_likelihood);
      near(bgBb.probabilityAlive(file.parameters, one)[0]!, cell.p_alive_next_period);
      near(bgBb.expectedPurchases(file.parameters, one, 5)[0]!, cell.expected_next_5);
      const ever = Number.POSITIVE_INFINITY;
      near(bgBb.discountedPurchases(file.parameters, one, ever, 0.1)[0]!, cell["dert_d0.1"]);
    }
    for (const [count, truth] of Object.entries(file.expected_transactions_new_customer)) {
      near(bgBb.expectedPurchasesOfNew(file.parameters, Number(count)), truth as number);
    }
    expect(file.cells).toHaveLength(22);
  });

  test.each(["highend", "regular"])("sBG: the %s segment", (segment) => {
    const fits = golden("golden_fits.json").sbg[segment];
    const rows = goldenRows("sbg_survivors.csv").map((row) => row.map(Number));
    const survivors = rows.slice(0, 8).map((row) => row[segment === "highend" ? 1 : 2]!);
    const fit = sbg.fit([{ survivors }]);
    if (!fit.ok) throw new Error(fit.message);
    expect(Math.abs(fit.logLikelihood - fits.log_likelihood)).toBeLessThan(1e-4);
    const truth = golden("golden_sbg.json")[segment];
    const { alpha, beta } = truth;
    for (const name of sbg.parameterNames) {
      near(fit.parameters[name], fits.params[name], 1e-4);
      near(fit.standardErrors[name], fits.std_err[name], 1e-3);
    }
    const each = (ours: Float64Array, theirs: number[]) =>
      theirs.forEach((value, i) => {
        near(ours[i]!, value);
      });
    each(sbg.survival({ alpha, beta }, truth.survivor.length - 1), truth.survivor);
    each(sbg.retention({ alpha, beta }, truth.retention.length), truth.retention);
    each(sbg.leaving({ alpha, beta }, truth.churn_pmf.length), truth.churn_pmf);
    for (const [rate, value] of Object.entries(truth.discounted_expected_lifetime)) {
      near(sbg.discountedLifetime({ alpha, beta }, Number(rate)), value as number);
    }
    for (const [rate, byRenewal] of Object.entries(truth.discounted_expected_residual_lifetime)) {
      for (const [renewal, value] of Object.entries(byRenewal as Record<string, number>)) {
        near(sbg.discountedResidual({ alpha, beta }, Number(renewal) - 1, Number(rate)), value);
      }
    }
  });

  test("special functions: those of the formulas here, by the integrals that stand for them", () => {
    const file = golden("golden_special_functions.json");
    for (const { x, value } of file.lgamma) {
      if (value === 0) expect(Math.abs(gammaln(x))).toBeLessThan(1e-15);
      else near(gammaln(x), value);
    }
    for (const { a, b, value } of file.lbeta) near(betaln(a, b), value, 1e-7);
    // U(s, s, z) = z^(1-s) times the integral of e^(-z u) (1+u)^-s.
    for (const { a, b, z, value } of file.hyperU) {
      expect(b).toBe(a);
      near(z ** (1 - a) * discountedStay(a, 1, Number.POSITIVE_INFINITY, z), value);
    }
    // 2F1(n, b; n+1; z) is what the papers make the odds of having left of; by its Euler integral it is n (1-z)^-b
    // times the integral of (1+v)^-(n+1-b) (1 + v/(1-z))^-b over v, ours with its end at infinity.
    let met = 0;
    for (const { a, b, c, z, log_abs_value } of file.hyp2f1) {
      if (c !== a + 1 || z <= 0 || b >= a) continue;
      met += 1;
      const integral = logLeavingIntegral({
        shape: a + 1 - b,
        alpha: 1,
        s: b - 1,
        beta: 1 - z,
        lastWeek: 0,
        observedWeeks: 1e300,
      });
      near(Math.log(a) - b * Math.log(1 - z) + integral, log_abs_value);
    }
    expect(met).toBeGreaterThan(4);
  });
});
