import { findDuplicates, makeUpPeople } from "../models/src/index.ts";
import type { BenchRow } from "./row.ts";

/** The share of records that repeat somebody who is there already. */
const duplicateShare = 0.1;

/** The search for duplicates among made-up customers in households: estimation, comparison, clusters, on one thread. */
export async function benchDuplicates(): Promise<BenchRow[]> {
  const customers = 1_000_000;
  const { records, truth, pairs: wanted } = makeUpPeople(customers, duplicateShare, "bench");
  const start = performance.now();
  const { pairs } = findDuplicates(records);
  const seconds = (performance.now() - start) / 1000;
  const right = pairs.filter((pair) => truth[pair.a] === truth[pair.b]).length;
  const f1 = (2 * right) / (pairs.length + wanted);
  return [
    {
      name: `search for duplicates, ${customers.toLocaleString("en")} customers (F1 of pairs ${f1.toFixed(3)})`,
      value: seconds,
      unit: "s",
      target: "under 300 s",
      met: seconds < 300,
    },
  ];
}
