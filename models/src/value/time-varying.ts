import { gaussLegendre } from "../special.ts";
import type { PurchaseHistories } from "./histories.ts";

/**
 * When covariates had which value. Period k covers the weeks [k, k + 1) from the calendar's start; within it a
 * covariate is constant. Columns for all customers alike (a season, a campaign) have `periods` entries; columns of
 * each customer's own have `periods` for each customer, one after the other.
 */
export interface Calendar {
  periods: number;
  /** Weeks from the calendar's start to each customer's first purchase. */
  firstWeek: Float64Array;
  columns: Readonly<Record<string, Float64Array>>;
}

/** Histories that say when each purchase was, which covariates that change make necessary. */
export interface DatedHistories extends PurchaseHistories {
  /** For each customer the weeks from the first purchase to each repeat, in any order. */
  readonly purchaseWeeks: readonly ArrayLike<number>[];
}

/** A stretch of one customer's time in which no covariate changes. */
interface Stretch {
  /** Weeks since the first purchase. */
  from: number;
  length: number;
  purchase: Float64Array;
  leaving: Float64Array;
}

/** One customer, as the likelihood walks through their time. */
export interface Walk {
  repeats: number;
  lastWeek: number;
  observedWeeks: number;
  stretches: Stretch[];
  /** Sums of the purchase covariates at the repeats. */
  atPurchases: Float64Array;
}

function columnOf(
  calendar: Calendar,
  name: string,
  customers: number,
): (customer: number, period: number) => number {
  const column = calendar.columns[name];
  if (!column) throw new RangeError(`There is no covariate ${name}.`);
  const { periods } = calendar;
  const wrong = column.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new RangeError(`The covariate ${name} has no number at entry ${wrong}.`);
  if (column.length === periods) return (_, period) => column[period]!;
  if (column.length === periods * customers)
    return (customer, period) => column[customer * periods + period]!;
  throw new RangeError(
    `The covariate ${name} has ${column.length} entries; it must have ${periods}, or that many for each of ${customers} customers.`,
  );
}

/**
 * The customers' times cut where covariates may change, from the first purchase to `aheadWeeks` after the end of
 * observation. Throws `RangeError` where the calendar does not reach that far.
 */
export function walksOf(
  histories: DatedHistories,
  calendar: Calendar,
  purchase: readonly string[],
  leaving: readonly string[],
  aheadWeeks = 0,
): Walk[] {
  const customers = histories.repeats.length;
  if (calendar.firstWeek.length !== customers || histories.purchaseWeeks.length !== customers) {
    throw new RangeError(
      `The calendar and the purchases must have an entry for each of ${customers} customers.`,
    );
  }
  const purchaseColumns = purchase.map((name) => columnOf(calendar, name, customers));
  const leavingColumns = leaving.map((name) => columnOf(calendar, name, customers));
  return Array.from(histories.repeats, (repeats, i) => {
    const first = calendar.firstWeek[i]!;
    const observedWeeks = histories.observedWeeks[i]!;
    const end = observedWeeks + aheadWeeks;
    if (!(first >= 0) || first + end > calendar.periods + 1e-9) {
      throw new RangeError(
        `The calendar has ${calendar.periods} weeks; customer ${i} needs them from ${first} to ${first + end}.`,
      );
    }
    const weeks = histories.purchaseWeeks[i]!;
    if (weeks.length !== repeats) {
      throw new RangeError(`Customer ${i} has ${repeats} repeats but ${weeks.length} weeks of purchases.`);
    }
    const periodAt = (week: number) => Math.min(calendar.periods - 1, Math.floor(first + week + 1e-9));
    const stretches: Stretch[] = [];
    let from = 0;
    while (from < end - 1e-12) {
      const period = periodAt(from);
      // The end of observation is a cut too, so that both sides of it are whole stretches.
      let to = Math.min(end, period + 1 - first);
      if (from < observedWeeks && to > observedWeeks) to = observedWeeks;
      stretches.push({
        from,
        length: to - from,
        purchase: Float64Array.from(purchaseColumns, (column) => column(i, period)),
        leaving: Float64Array.from(leavingColumns, (column) => column(i, period)),
      });
      from = to;
    }
    const atPurchases = new Float64Array(purchase.length);
    for (let n = 0; n < weeks.length; n++) {
      const period = periodAt(weeks[n]!);
      purchaseColumns.forEach((column, j) => {
        atPurchases[j]! += column(i, period);
      });
    }
    return { repeats, lastWeek: histories.lastWeek[i]!, observedWeeks, stretches, atPurchases };
  });
}

export interface TimeVaryingParameters {
  r: number;
  alpha: number;
  s: number;
  beta: number;
  /** Effects in the order of the covariates of each process: a unit multiplies the rate by exp(effect). */
  purchase: readonly number[];
  leaving: readonly number[];
}

const four = gaussLegendre(4);
const eight = gaussLegendre(8);

const dot = (one: readonly number[], other: Float64Array) => {
  let sum = 0;
  for (let j = 0; j < one.length; j++) sum += one[j]! * other[j]!;
  return sum;
};

/** Log-likelihood of a customer, with first and second derivatives added into `into`, and the chance of being active. */
export function walkLikelihood(
  walk: Walk,
  parameters: TimeVaryingParameters,
  into?: { gradient: Float64Array; hessian: Float64Array },
): { log: number; alive: number } {
  const { r, alpha, s, beta, purchase, leaving } = parameters;
  const P = purchase.length;
  const Q = leaving.length;
  const size = 4 + P + Q;
  const n = r + walk.repeats;
  // Operational time A of buying and B of leaving: weeks weighted by the effects; and its derivatives.
  let A = 0;
  let B = 0;
  const A1 = new Float64Array(P);
  const A2 = new Float64Array(P * P);
  const B1 = new Float64Array(Q);
  const B2 = new Float64Array(Q * Q);
  const step = (stretch: Stretch, length: number, a: number, b: number) => {
    A += a * length;
    B += b * length;
    for (let j = 0; j < P; j++) {
      const x = stretch.purchase[j]! * a * length;
      A1[j]! += x;
      for (let k = 0; k < P; k++) A2[j * P + k]! += x * stretch.purchase[k]!;
    }
    for (let j = 0; j < Q; j++) {
      const z = stretch.leaving[j]! * b * length;
      B1[j]! += z;
      for (let k = 0; k < Q; k++) B2[j * Q + k]! += z * stretch.leaving[k]!;
    }
  };
  const g = new Float64Array(size);
  const G = new Float64Array(size);
  const H = new Float64Array(size * size);
  let total = 0;
  let reference = Number.NaN;
  /** One way in which the history can have come about, of this log, at this moment; q is s, or s + 1 when leaving then. */
  const way = (
    log: number,
    q: number,
    left: Stretch | undefined,
    at: { A: number; B: number; lengthA: number; lengthB: number },
  ) => {
    const w = Math.exp(log - reference);
    total += w;
    if (!into || w === 0) return w;
    const ia = 1 / (alpha + at.A);
    const ib = 1 / (beta + at.B);
    const a1 = (j: number) => A1[j]! + (left ? at.lengthA * left.purchase[j]! : 0);
    const b1 = (j: number) => B1[j]! + (left ? at.lengthB * left.leaving[j]! : 0);
    g[0] = -Math.log(alpha + at.A);
    g[1] = -n * ia;
    g[2] = -Math.log(beta + at.B) + (left ? 1 / s : 0);
    g[3] = -q * ib;
    for (let j = 0; j < P; j++) g[4 + j] = -n * a1(j) * ia;
    for (let j = 0; j < Q; j++) g[4 + P + j] = -q * b1(j) * ib + (left ? left.leaving[j]! : 0);
    for (let j = 0; j < size; j++) {
      G[j]! += w * g[j]!;
      for (let k = j; k < size; k++) H[j * size + k]! += w * g[j]! * g[k]!;
    }
    const add = (j: number, k: number, value: number) => {
      H[j * size + k]! += w * value;
    };
    add(0, 1, -ia);
    add(1, 1, n * ia * ia);
    add(2, 3, -ib);
    add(3, 3, q * ib * ib);
    if (left) add(2, 2, -1 / (s * s));
    for (let j = 0; j < P; j++) {
      add(0, 4 + j, -a1(j) * ia);
      add(1, 4 + j, n * a1(j) * ia * ia);
      for (let k = j; k < P; k++) {
        const both = A2[j * P + k]! + (left ? at.lengthA * left.purchase[j]! * left.purchase[k]! : 0);
        add(4 + j, 4 + k, -n * (both * ia - a1(j) * a1(k) * ia * ia));
      }
    }
    for (let j = 0; j < Q; j++) {
      add(2, 4 + P + j, -b1(j) * ib);
      add(3, 4 + P + j, q * b1(j) * ib * ib);
      for (let k = j; k < Q; k++) {
        const both = B2[j * Q + k]! + (left ? at.lengthB * left.leaving[j]! * left.leaving[k]! : 0);
        add(4 + P + j, 4 + P + k, -q * (both * ib - b1(j) * b1(k) * ib * ib));
      }
    }
    return w;
  };
  const here = { A: 0, B: 0, lengthA: 0, lengthB: 0 };
  const logS = Math.log(s);
  for (const stretch of walk.stretches) {
    if (stretch.from >= walk.observedWeeks) break;
    const a = Math.exp(dot(purchase, stretch.purchase));
    const logB = dot(leaving, stretch.leaving);
    const b = Math.exp(logB);
    const until = stretch.from + stretch.length;
    if (until <= walk.lastWeek) {
      step(stretch, stretch.length, a, b);
      continue;
    }
    const known = Math.max(0, walk.lastWeek - stretch.from);
    if (known > 0) step(stretch, known, a, b);
    if (Number.isNaN(reference)) {
      reference = logS + logB - n * Math.log(alpha + A) - (s + 1) * Math.log(beta + B);
    }
    const silent = stretch.length - known;
    const fall = silent * ((n * a) / (alpha + A) + ((s + 1) * b) / (beta + B));
    const parts = Math.max(1, Math.ceil(fall / 3));
    const { nodes, weights } = fall < 0.5 ? four : eight;
    for (let part = 0; part < parts; part++) {
      const length = silent / parts;
      for (let i = 0; i < nodes.length; i++) {
        const v = length * nodes[i]!;
        here.A = A + a * v;
        here.B = B + b * v;
        here.lengthA = a * v;
        here.lengthB = b * v;
        const log =
          logS +
          logB +
          Math.log(length * weights[i]!) -
          n * Math.log(alpha + here.A) -
          (s + 1) * Math.log(beta + here.B);
        way(log, s + 1, stretch, here);
      }
      step(stretch, length, a, b);
    }
  }
  here.A = A;
  here.B = B;
  const active = -n * Math.log(alpha + A) - s * Math.log(beta + B);
  if (Number.isNaN(reference)) reference = active;
  const alive = way(active, s, undefined, here) / total;

  let rising = 0;
  let rising1 = 0;
  let rising2 = 0;
  for (let k = 0; k < walk.repeats; k++) {
    rising += Math.log(r + k);
    rising1 += 1 / (r + k);
    rising2 += 1 / ((r + k) * (r + k));
  }
  const log =
    rising +
    r * Math.log(alpha) +
    s * Math.log(beta) +
    dot(purchase, walk.atPurchases) +
    reference +
    Math.log(total);
  if (into) {
    const { gradient, hessian } = into;
    for (let j = 0; j < size; j++) {
      G[j]! /= total;
      gradient[j]! += G[j]!;
    }
    for (let j = 0; j < size; j++) {
      for (let k = j; k < size; k++) hessian[j * size + k]! += H[j * size + k]! / total - G[j]! * G[k]!;
    }
    gradient[0]! += rising1 + Math.log(alpha);
    gradient[1]! += r / alpha;
    gradient[2]! += Math.log(beta);
    gradient[3]! += s / beta;
    for (let j = 0; j < P; j++) gradient[4 + j]! += walk.atPurchases[j]!;
    hessian[0]! -= rising2;
    hessian[1]! += 1 / alpha;
    hessian[size + 1]! -= r / (alpha * alpha);
    hessian[2 * size + 3]! += 1 / beta;
    hessian[3 * size + 3]! -= s / (beta * beta);
  }
  return { log, alive };
}

/**
 * Expected purchases of an active customer in the `weeks` after the end of observation, each discounted by
 * exp(-weeklyRate * its week). The walk must reach that far.
 */
export function expectedOnWalk(
  walk: Walk,
  { r, alpha, s, beta, purchase, leaving }: TimeVaryingParameters,
  weeks: number,
  weeklyRate: number,
): number {
  let A = 0;
  let B = 0;
  let atEnd = Number.NaN;
  let sum = 0;
  let mean = 0;
  const end = walk.observedWeeks + weeks;
  for (const stretch of walk.stretches) {
    const a = Math.exp(dot(purchase, stretch.purchase));
    const b = Math.exp(dot(leaving, stretch.leaving));
    if (stretch.from < walk.observedWeeks) {
      A += a * stretch.length;
      B += b * stretch.length;
      continue;
    }
    if (Number.isNaN(atEnd)) {
      atEnd = beta + B;
      mean = (r + walk.repeats) / (alpha + A);
    }
    const length = Math.min(stretch.length, end - stretch.from);
    if (length <= 0) break;
    for (let i = 0; i < eight.nodes.length; i++) {
      const v = length * eight.nodes[i]!;
      const stays = Math.exp(-s * Math.log1p((B - (atEnd - beta) + b * v) / atEnd));
      const worth = Math.exp(-weeklyRate * (stretch.from + v - walk.observedWeeks));
      sum += length * eight.weights[i]! * a * stays * worth;
    }
    B += b * stretch.length;
  }
  return mean * sum;
}
