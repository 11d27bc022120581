import { Random } from "../random.ts";
import type { ModelParameters, PurchaseModel } from "./purchase-model.ts";
import { simulateCustomers } from "./simulate.ts";

/** Of the simulated fits that declare a parameter identified, how many have the truth in their 95 % interval. */
export interface Coverage {
  parameter: string;
  covered: number;
  identified: number;
}

/**
 * Whether standard errors mean what they say: customers are simulated and fitted again and again, and each time the
 * interval exp(log estimate ± 1.96 standard errors of the log) either holds the true parameter or does not.
 */
export function simulatedCoverage<Parameters extends ModelParameters>(
  model: PurchaseModel<Parameters>,
  truth: Parameters,
  runs: number,
  customers: number,
  seed: string,
): Coverage[] {
  const counts = model.parameterNames.map((parameter) => ({ parameter, covered: 0, identified: 0 }));
  for (let run = 0; run < runs; run++) {
    const { histories } = simulateCustomers({
      model,
      parameters: truth,
      observedWeeks: new Float64Array(customers).fill(104),
      laterWeeks: 0,
      random: new Random(`${seed} ${run}`),
    });
    const fit = model.fit(histories);
    if (!fit.ok) continue;
    model.parameterNames.forEach((name, i) => {
      if (fit.diagnostics.atBound.length > 0) return;
      const error = Math.sqrt(fit.logCovariance[i]![i]!);
      const off = Math.abs(Math.log(fit.parameters[name]! / truth[name]!));
      counts[i]!.identified += 1;
      if (off < 1.959964 * error) counts[i]!.covered += 1;
    });
  }
  return counts;
}
