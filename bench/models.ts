import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  bgNbd,
  byNames,
  fitGammaGamma,
  fitTimeVarying,
  forecast,
  groupHistories,
  mbgNbd,
  type PurchaseHistories,
  type PurchaseModel,
  paretoNbd,
  Random,
  type SimulatedCustomers,
  simulateCustomers,
  simulateTimeVarying,
} from "../models/src/index.ts";
import { simulatedCoverage } from "../models/src/value/simulated-coverage.ts";
import type { BenchRow } from "./row.ts";

/**
 * Parameters of the size published for the CDNOW cohort (Fader, Hardie and Lee 2005, in weeks); customers
 * arrive over 12 weeks and are observed for 27 to 39, in whole days, as in that cohort.
 */
const parameters = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
const spend = { p: 6.25, q: 3.74, v: 15.44 };

export function cohort(customers: number): SimulatedCustomers {
  const random = new Random(`bench ${customers}`);
  return simulateCustomers({
    model: bgNbd,
    parameters,
    spend,
    observedWeeks: Float64Array.from({ length: customers }, () => 27 + 12 * random.uniform()),
    laterWeeks: 0,
    wholeDays: true,
    random,
  });
}

/** Seconds from raw rows to a fit, P(alive) and 52 weeks of expected purchases for each row. */
export function fitAndPredict(model: PurchaseModel, histories: PurchaseHistories): number {
  // Columns of its own, since a grouping is remembered for those that were seen before.
  histories = { ...histories, repeats: histories.repeats.slice() };
  const start = performance.now();
  const fit = model.fit(histories);
  if (!fit.ok) throw new Error(`${model.name} did not fit the simulated cohort: ${fit.message}`);
  const alive = model.probabilityAlive(fit.parameters, histories);
  const expected = model.expectedPurchases(fit.parameters, histories, 52);
  const seconds = (performance.now() - start) / 1000;
  if (!alive.every((chance) => chance >= 0 && chance <= 1) || !expected.every(Number.isFinite)) {
    throw new Error(`${model.name} predicted something impossible.`);
  }
  return seconds;
}

/** Seconds of a fit with covariates that change from week to week. */
function timeVarying(): number {
  const random = new Random("bench time-varying");
  const periods = 120;
  const calendar = {
    periods,
    firstWeek: Float64Array.from({ length: 600 }, () => 12 * random.uniform()),
    columns: {
      season: Float64Array.from({ length: periods }, (_, week) => Math.sin((2 * Math.PI * week) / 52)),
      campaign: Float64Array.from({ length: periods }, (_, week) => Number(week % 9 === 0)),
    },
  };
  const truth = {
    parameters: { r: 0.8, alpha: 9, s: 0.6, beta: 12 },
    effects: { purchase: { season: 0.4, campaign: 0.6 }, leaving: { season: -0.3, campaign: -0.2 } },
  };
  const { histories } = simulateTimeVarying(truth, calendar, new Float64Array(600).fill(104), 0, random);
  const names = ["season", "campaign"];
  const start = performance.now();
  const fit = fitTimeVarying(histories, calendar, { purchase: names, leaving: names });
  if (!fit.ok) throw new Error(`The simulated seasons were not fitted: ${fit.message}`);
  return (performance.now() - start) / 1000;
}

function timed(name: string, seconds: number, limitSeconds: number): BenchRow {
  return { name, value: seconds, unit: "s", target: `under ${limitSeconds} s`, met: seconds < limitSeconds };
}

/** Largest memory of a process that does nothing but simulate, fit and predict a million customers, in MB. */
function memoryOf(name: string): number {
  const script = fileURLToPath(new URL("./models-memory.ts", import.meta.url));
  return Number(execFileSync(process.execPath, ["--import", "tsx", script, name], { encoding: "utf8" }));
}

/** Speed of the lifetime value models: grouping, fit and prediction, on one thread. */
export async function benchModels(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const cohorts = [
    [23_570, 0.5, 1.5],
    [1_000_000, 2, 10],
  ] as const;
  for (const [customers, limit, paretoLimit] of cohorts) {
    const { histories } = cohort(customers);
    const distinct = groupHistories(histories).histories.repeats.length;
    const size = `${customers.toLocaleString("en")} customers (${distinct.toLocaleString("en")} distinct histories)`;
    const models = [
      [byNames(bgNbd), limit],
      [byNames(mbgNbd), limit],
      [byNames(paretoNbd), paretoLimit],
    ] as const;
    for (const [model, limit] of models) {
      // The median of three: the first run is cold, and another process may get in the way of one.
      const runs = [1, 2, 3].map(() => fitAndPredict(model, histories)).toSorted((a, b) => a - b);
      rows.push(timed(`${model.name} fit and predict, ${size}`, runs[1]!, limit));
    }
  }

  const truths = [
    [byNames(bgNbd), { r: 0.8, alpha: 7, a: 0.8, b: 2.4 }],
    [byNames(mbgNbd), { r: 0.8, alpha: 7, a: 0.8, b: 2.4 }],
    [byNames(paretoNbd), { r: 0.8, alpha: 7, s: 0.8, beta: 14 }],
  ] as const;
  for (const [model, truth] of truths) {
    for (const { parameter, covered, identified } of simulatedCoverage(model, truth, 2000, 800, "bench")) {
      const share = (100 * covered) / identified;
      rows.push({
        name: `${model.name}: ${parameter} within its 95 % interval, ${identified} simulations that identify it`,
        value: share,
        unit: "%",
        target: "93 to 97 %",
        met: share >= 93 && share <= 97,
      });
    }
  }
  rows.push(
    timed("Pareto/NBD with season and campaign by week, fit, 600 customers over 2 years", timeVarying(), 20),
  );
  for (const model of [bgNbd, paretoNbd]) {
    const megabytes = memoryOf(model.name);
    rows.push({
      name: `${model.name} memory, 1,000,000 customers simulated, fitted and predicted in a process of their own`,
      value: megabytes,
      unit: "MB",
      target: "under 400 MB",
      met: megabytes < 400,
    });
  }

  const { histories, meanSpend } = cohort(25_000);
  const start = performance.now();
  const fit = mbgNbd.fit(histories);
  const spendFit = fitGammaGamma({ repeats: histories.repeats, meanSpend });
  if (!fit.ok || !spendFit.ok) throw new Error("The simulated cohort cannot be fitted.");
  const predicted = forecast({
    model: mbgNbd,
    parameters: fit.parameters,
    histories,
    weeks: 52,
    spend: { parameters: spendFit.parameters, meanSpend },
  });
  const seconds = (performance.now() - start) / 1000;
  if (!predicted.value?.value95.high.every(Number.isFinite)) throw new Error("An interval is not finite.");
  rows.push(
    timed("MBG/NBD and Gamma-Gamma, 12 months of value with intervals, 25,000 customers", seconds, 5),
  );
  return rows;
}
