import { expect, test } from "vitest";
import { bgNbd } from "./bg-nbd.ts";
import { mbgNbd } from "./mbg-nbd.ts";
import { paretoNbd } from "./pareto-nbd.ts";
import { byNames, type PurchaseModel } from "./purchase-model.ts";
import { simulatedCoverage } from "./simulated-coverage.ts";

/** The bench does this 2,000 times and asks for 93 to 97 %. With 100 runs chance alone scatters by 2.2 points. */
test.each<[PurchaseModel, Record<string, number>]>([
  [byNames(bgNbd), { r: 0.8, alpha: 7, a: 0.8, b: 2.4 }],
  [byNames(mbgNbd), { r: 0.8, alpha: 7, a: 0.8, b: 2.4 }],
  [byNames(paretoNbd), { r: 0.8, alpha: 7, s: 0.8, beta: 14 }],
])("$name: 95 % intervals of parameters hold the truth in about 95 of 100 simulations", (model, truth) => {
  for (const { parameter, covered, identified } of simulatedCoverage(model, truth, 100, 800, model.name)) {
    expect(identified, parameter).toBeGreaterThan(90);
    expect(covered / identified, parameter).toBeGreaterThan(0.88);
  }
});
