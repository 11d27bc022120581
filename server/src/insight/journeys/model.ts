import { z } from "zod";

/** Columns that are the same for every event; any other name is a property of the event. */
export const eventFields = ["channel", "medium", "campaign"] as const;

/** A property by its path, such as `plan` or `cart.size`, or one of `eventFields`. */
const Property = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\0]+$/);

export const StepFilter = z.object({
  property: Property,
  is: z.enum(["equals", "differs", "contains", "atLeast", "atMost", "present"]),
  value: z.string().max(500).default(""),
});
export type StepFilter = z.infer<typeof StepFilter>;

export const FunnelStep = z.object({
  event: z.string().min(1).max(200),
  filters: z.array(StepFilter).max(5).default([]),
});
export type FunnelStep = z.infer<typeof FunnelStep>;

/** A set of customers, by a filter that another domain has registered. */
export const CustomersAsk = z.object({ filter: z.string().max(60), value: z.string().max(300).default("") });

const Period = {
  /** First day, YYYY-MM-DD in the garden's zone. */
  from: z.iso.date(),
  /** The day after the last. */
  to: z.iso.date(),
};

/** Of the customers who took the first step in [from, to), how many took the others, in this order, within the window? */
export const FunnelAsk = z.object({
  ...Period,
  steps: z.array(FunnelStep).min(2).max(10),
  /** Days from the first step to the last. */
  windowDays: z.number().positive().max(3650).default(30),
  /** Splits by what the first step carried: a field or a property. */
  breakdown: Property.optional(),
  customers: CustomersAsk.optional(),
});
export type FunnelAsk = z.infer<typeof FunnelAsk>;

/** By what ways do customers first met in [from, to) come to a first purchase, and to a second? */
export const PathsAsk = z.object({
  ...Period,
  /** What a touch is called: by its channel, or by its event. */
  by: z.enum(["channel", "event"]).default("channel"),
  /** Further touches shown between the first contact and the purchase. */
  touches: z.number().int().min(0).max(4).default(1),
  /** Days from the first contact to the first purchase, and from there to the second. */
  windowDays: z.number().positive().max(3650).default(90),
  customers: CustomersAsk.optional(),
});
export type PathsAsk = z.infer<typeof PathsAsk>;

/** How many reached exactly which step. `pending`: still within the window, so not lost. */
export interface LevelCount {
  level: number;
  segment: string;
  pending: boolean;
  customers: number;
}

export interface FunnelBar {
  /** Customers who reached this step. */
  customers: number;
  /** Went no further although their window is over; 0 at the last step. */
  lost: number;
  /** Went no further yet. */
  pending: number;
  /** Share of those of the step before, with its 95 % interval; null at the first. */
  share: { estimate: number; low: number; high: number } | null;
}

/** Bars of a funnel from exact levels. Pure. */
export function barsOf(counts: readonly LevelCount[], steps: number): FunnelBar[] {
  const at = (level: number, pending?: boolean) =>
    counts.reduce(
      (sum, row) =>
        sum + (row.level === level && (pending === undefined || row.pending === pending) ? row.customers : 0),
      0,
    );
  const reached = Array.from({ length: steps }, (_, i) => {
    let sum = 0;
    for (let level = i + 1; level <= steps; level++) sum += at(level);
    return sum;
  });
  return reached.map((customers, i) => {
    const last = i === steps - 1;
    return {
      customers,
      lost: last ? 0 : at(i + 1, false),
      pending: last ? 0 : at(i + 1, true),
      share: i === 0 ? null : wilson(customers, reached[i - 1]!),
    };
  });
}

/**
 * A share of `n` with its 95 % interval; null of nothing.
 * Source: Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22.
 */
export function wilson(k: number, n: number): { estimate: number; low: number; high: number } | null {
  if (n === 0) return null;
  const z = 1.959963984540054;
  const p = k / n;
  const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  // At the ends the formula meets 0 and 1 exactly; rounding must not leave dust there.
  return { estimate: p, low: k === 0 ? 0 : middle - half, high: k === n ? 1 : middle + half };
}

/** One step of a path: where (column and label) and where to, with how many customers. */
export interface PathLink {
  fromColumn: number;
  from: string;
  toColumn: number;
  to: string;
  customers: number;
}

export interface PathNode {
  column: number;
  label: string;
  customers: number;
}

/** What small nodes are folded into. */
export const foldedLabel = "\u2026";

/**
 * Nodes and links of a picture that can be read: in each column of touches the `most` largest labels stay,
 * the rest become one. Columns from `firstOutcome` on hold outcomes and are left alone. Pure.
 */
export function foldPaths(
  links: readonly PathLink[],
  firstOutcome: number,
  most = 6,
): { nodes: PathNode[]; links: PathLink[] } {
  const kept = new Map<number, Set<string>>();
  for (let column = 0; column < firstOutcome; column++) {
    const sizes = [...sizesOf(links, column)].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    // Folding a single label away would only hide its name.
    kept.set(
      column,
      new Set(sizes.slice(0, sizes.length === most + 1 ? most + 1 : most).map(([label]) => label)),
    );
  }
  const nameOf = (column: number, label: string) =>
    column >= firstOutcome || kept.get(column)!.has(label) ? label : foldedLabel;
  const folded = new Map<string, PathLink>();
  for (const link of links) {
    const from = nameOf(link.fromColumn, link.from);
    const to = nameOf(link.toColumn, link.to);
    const key = JSON.stringify([link.fromColumn, from, link.toColumn, to]);
    const one = folded.get(key);
    if (one) one.customers += link.customers;
    else folded.set(key, { ...link, from, to });
  }
  const merged = [...folded.values()].sort((a, b) => b.customers - a.customers);
  const columns = new Set(merged.flatMap((link) => [link.fromColumn, link.toColumn]));
  const nodes = [...columns]
    .sort((a, b) => a - b)
    .flatMap((column) =>
      [...sizesOf(merged, column)]
        .sort(([, x], [, y]) => y - x)
        .map(([label, customers]) => ({ column, label, customers })),
    );
  return { nodes, links: merged };
}

/** Customers at each node of a column: whoever comes in, or goes out where nobody comes in. */
function sizesOf(links: readonly PathLink[], column: number): Map<string, number> {
  const into = new Map<string, number>();
  const out = new Map<string, number>();
  for (const link of links) {
    if (link.toColumn === column) into.set(link.to, (into.get(link.to) ?? 0) + link.customers);
    if (link.fromColumn === column) out.set(link.from, (out.get(link.from) ?? 0) + link.customers);
  }
  return new Map(
    [...new Set([...into.keys(), ...out.keys()])].map((label) => [
      label,
      Math.max(into.get(label) ?? 0, out.get(label) ?? 0),
    ]),
  );
}
