import { gaussLegendre } from "../special.ts";
import { discountedStay } from "./leaving-time.ts";
import type { ActiveCustomer } from "./purchase-model.ts";

/**
 * What is known of a customer who is still active now and may leave at any moment: purchase rate a week
 * ~ Gamma(shape, rate weeks), rate of leaving ~ Gamma(s, b weeks); s = 0 for one who never leaves.
 */
export interface LastingState {
  shape: number;
  rate: number;
  s: number;
  b: number;
}

const legendre = gaussLegendre(16);

/** P(n purchases of a gamma-Poisson in `weeks`) for n = 0 …, also where P(0) underflows. */
function demandInto(chances: Float64Array, shape: number, rate: number, weeks: number): void {
  const z = weeks / (rate + weeks);
  const logStart = -shape * Math.log1p(weeks / rate);
  if (logStart > -650) {
    let chance = Math.exp(logStart);
    for (let n = 0; n < chances.length; n++) {
      if (n > 0) chance *= ((shape + n - 1) / n) * z;
      chances[n] = chance;
    }
    return;
  }
  let log = logStart;
  for (let n = 0; n < chances.length; n++) {
    if (n > 0) log += Math.log(((shape + n - 1) / n) * z);
    chances[n] = Math.exp(log);
  }
}

/** A customer who may leave at any moment, whether they buy or not. */
export class LastingCustomer implements ActiveCustomer {
  constructor(private readonly state: LastingState) {}

  expected(weeks: number): number {
    return this.discounted(weeks, 0);
  }

  discounted(weeks: number, weeklyRate: number): number {
    const { shape, rate, s, b } = this.state;
    if (s === 0) {
      if (weeklyRate === 0) return (shape / rate) * weeks;
      return (shape / rate) * (-Math.expm1(-weeklyRate * weeks) / weeklyRate);
    }
    return (shape / rate) * discountedStay(s, b, weeks, weeklyRate);
  }

  /**
   * n purchases and still active at the end, or n purchases up to the moment of leaving.
   * Source: Fader and Hardie (2014), "Deriving an Expression for P(X(t,t+tau)=x) Under the Pareto/NBD Model", with
   * the integral over the moment of leaving left as one.
   */
  chances(weeks: number, nMax: number): Float64Array {
    const { shape, rate, s, b } = this.state;
    const chances = new Float64Array(nMax + 1);
    if (weeks <= 0) {
      chances[0] = 1;
      return chances;
    }
    demandInto(chances, shape, rate, weeks);
    if (s === 0) return chances;
    const stays = Math.exp(-s * Math.log1p(weeks / b));
    for (let n = 0; n <= nMax; n++) chances[n]! *= stays;
    const m = Math.min(rate, b);
    const end = Math.log1p(weeks / m);
    const before = new Float64Array(nMax + 1);
    let from = 0;
    while (from < end) {
      let length = Math.min(1, end - from);
      for (let round = 0; round < 2; round++) {
        const grown = Math.exp(from + length);
        const fall =
          1 + ((shape + nMax) * grown) / (grown + rate / m - 1) + ((s + 1) * grown) / (grown + b / m - 1);
        length = Math.min(length, 12 / fall);
      }
      for (let i = 0; i < legendre.nodes.length; i++) {
        const y = from + length * legendre.nodes[i]!;
        const week = m * Math.expm1(y);
        const leaves =
          length * legendre.weights[i]! * (s / b) * Math.exp(-(s + 1) * Math.log1p(week / b)) * (m + week);
        demandInto(before, shape, rate, week);
        for (let n = 0; n <= nMax; n++) chances[n]! += leaves * before[n]!;
      }
      from += length;
    }
    return chances;
  }

  distribution(weeks: number, rest: number): Float64Array {
    const { shape, rate } = this.state;
    if (weeks <= 0 || rest >= 1) return Float64Array.of(1);
    // Nobody buys more often than one who never leaves.
    const mean = (shape * weeks) / rate;
    const deviation = Math.sqrt(mean * (1 + weeks / rate));
    let nMax = Math.ceil(mean + 8 * deviation + 20);
    for (;;) {
      const demand = new Float64Array(nMax + 1);
      demandInto(demand, shape, rate, weeks);
      let left = 1;
      for (let n = 0; n <= nMax; n++) {
        left -= demand[n]!;
        if (left < rest) return this.chances(weeks, n);
      }
      nMax *= 2;
    }
  }
}
