import { logBetaRatioTable } from "../special.ts";
import type { ActiveCustomer } from "./purchase-model.ts";
import { type ActiveState, discountedOf, residualWhileActive } from "./while-staying.ts";

/** A horizon in which customers may have more events than this says nothing that could be trusted. */
const eventsMax = 2e6;

/** P(at least n events) of a gamma-Poisson in `weeks`, for n = 0 … until it is below `rest`. */
function atLeast(shape: number, rate: number, weeks: number, rest: number): Float64Array {
  const z = weeks / (rate + weeks);
  const mean = (shape * weeks) / rate;
  // The far tail falls like z^n: 45 e-folds of it are as far as doubles see.
  if (mean + 45 * (1 + weeks / rate) > eventsMax) {
    throw new RangeError(
      `${weeks} weeks are too far ahead for a customer whose purchase rate is known from ${rate} weeks: ` +
        "choose a nearer horizon.",
    );
  }
  const chances: number[] = [];
  let log = -shape * Math.log1p(weeks / rate);
  let chance = Math.exp(log);
  for (let n = 0; n <= mean || chance > rest * (1 - z) * 1e-3; n++) {
    if (n > 0) {
      const factor = ((shape + n - 1) / n) * z;
      // Where P(0) underflows the chances are carried as logs until they show.
      log += Math.log(factor);
      chance = log < -600 ? Math.exp(log) : chance > 0 ? chance * factor : Math.exp(log);
    }
    chances.push(chance);
  }
  // Summed from the far end, so that small tails keep their relative accuracy.
  const tail = new Float64Array(chances.length + 1);
  for (let n = chances.length - 1; n >= 0; n--) tail[n] = tail[n + 1]! + chances[n]!;
  tail[0] = 1;
  return tail;
}

const reached = (tail: Float64Array, n: number) => (n <= 0 ? 1 : n < tail.length ? tail[n]! : 0);

/**
 * A customer who buys at every k-th event of a Poisson process and leaves, if at all, right after a purchase.
 * How many events have passed since the last purchase is unknown: `chances[j]` for j of them.
 */
export class RegularCustomer implements ActiveCustomer {
  constructor(
    private readonly state: ActiveState,
    private readonly k: number,
    private readonly passed: Float64Array,
  ) {}

  private tails(weeks: number, rest: number): Float64Array[] {
    const { shape, rate } = this.state;
    return Array.from(this.passed, (_, j) => atLeast(shape + j, rate, weeks, rest));
  }

  /** P(n further purchases are demanded), leaving aside. */
  private demanded(tails: readonly Float64Array[], n: number): number {
    let sum = 0;
    for (let j = 0; j < this.k; j++) sum += this.passed[j]! * reached(tails[j]!, n * this.k - j);
    return sum;
  }

  /** The sum over n of P(the n-th purchase is demanded in time, and not left before it). */
  expected(weeks: number): number {
    if (weeks <= 0) return 0;
    const { a, b } = this.state;
    const tails = this.tails(weeks, 1e-18);
    let stays = 1;
    let sum = 0;
    for (let n = 1; ; n++) {
      const term = stays * this.demanded(tails, n);
      if (term === 0) return sum;
      sum += term;
      stays *= (b + n - 1) / (a + b + n - 1);
    }
  }

  discounted(weeks: number, weeklyRate: number): number {
    if (weeks < Number.POSITIVE_INFINITY) {
      return discountedOf((week) => this.expected(week), weeks, weeklyRate);
    }
    let sum = 0;
    this.passed.forEach((chance, j) => {
      const state = { ...this.state, shape: this.state.shape + j };
      if (chance > 0) sum += chance * residualWhileActive(state, weeklyRate, this.k, j);
    });
    return sum;
  }

  chances(weeks: number, nMax: number): Float64Array {
    const { a, b } = this.state;
    const chances = new Float64Array(nMax + 1);
    if (weeks <= 0) {
      chances[0] = 1;
      return chances;
    }
    const tails = this.tails(weeks, 1e-18);
    const stayed = logBetaRatioTable(a, b, nMax);
    let here = 1;
    for (let n = 0; n <= nMax; n++) {
      const next = this.demanded(tails, n + 1);
      const leaves = n === 0 ? 0 : Math.exp(stayed[n - 1]!) * (a / (a + b + n - 1));
      chances[n] = Math.exp(stayed[n]!) * (here - next) + leaves * here;
      here = next;
    }
    return chances;
  }

  distribution(weeks: number, rest: number): Float64Array {
    if (weeks <= 0 || rest >= 1) return Float64Array.of(1);
    const tails = this.tails(weeks, rest * 1e-3);
    let nMax = 0;
    while (this.demanded(tails, nMax + 1) >= rest) nMax += 1;
    return this.chances(weeks, nMax);
  }
}
