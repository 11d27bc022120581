import betaln from "@stdlib/math-base-special-betaln";
import digamma from "@stdlib/math-base-special-digamma";
import beta from "@stdlib/stats-base-dists-beta";
import { trigamma } from "../special.ts";

/** The beta-prime of n purchases: tabulated from grid point `first` on, 0 or 1 outside the table. */
interface Row {
  first: number;
  logBeta: number;
  cdf: Float64Array;
  density: Float64Array;
}

/** A log beta-prime has exponential tails no slower than its deviation: beyond this many nothing is left. */
const reach = 25;

/**
 * Quantiles of a mixture: with chance `chances[n]` a beta-prime(p n, Q) variable, 0 for n = 0. That is a
 * customer's spend in units of what is known of them (v plus their repeat spend).
 *
 * Distribution functions are tabulated lazily on a grid of log ratios and shared by every history with
 * the same Q; between grid points a cubic through values and exact densities is off by about 1e-5 in
 * probability.
 */
export class SpendRatios {
  private readonly rows: (Row | undefined)[] = [];
  private readonly step: number;
  private readonly from: number;
  private readonly size: number;

  constructor(
    private readonly p: number,
    private readonly q: number,
  ) {
    const spread = Math.sqrt(trigamma(p) + trigamma(q));
    // The widest the grid must reach: spend of one purchase at its least, of very many at its most.
    this.from = digamma(p) - digamma(q) - 8 * spread - 25 / p;
    const to = Math.log(1e6) + Math.max(0, digamma(p) - digamma(q)) + 8 * spread + 25 / q;
    // No mixture is narrower than its widest source of spread, the customer's own unknown mean.
    this.step = 0.3 * Math.sqrt(1 / q + 1 / (100 * p));
    this.size = Math.ceil((to - this.from) / this.step) + 1;
  }

  /** The smallest ratio with at least this probability at or below it; 0 where no purchase suffices. */
  quantile(chances: Float64Array, probability: number): number {
    if (probability <= chances[0]!) return 0;
    let low = 0;
    let high = this.size - 1;
    let atLow = this.sum(chances, low, "cdf");
    let atHigh = 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      const value = this.sum(chances, middle, "cdf");
      if (value < probability) {
        low = middle;
        atLow = value;
      } else {
        high = middle;
        atHigh = value;
      }
    }
    const slopeLow = this.sum(chances, low, "density") * this.step;
    const slopeHigh = this.sum(chances, high, "density") * this.step;
    let left = 0;
    let right = 1;
    for (let i = 0; i < 40; i++) {
      const t = (left + right) / 2;
      const rest = 1 - t;
      const value =
        rest * rest * ((1 + 2 * t) * atLow + t * slopeLow) +
        t * t * ((3 - 2 * t) * atHigh - rest * slopeHigh);
      if (value < probability) left = t;
      else right = t;
    }
    return Math.exp(this.from + (low + (left + right) / 2) * this.step);
  }

  private sum(chances: Float64Array, k: number, what: "cdf" | "density"): number {
    let sum = what === "cdf" ? chances[0]! : 0;
    for (let n = 1; n < chances.length; n++) {
      const chance = chances[n]!;
      if (chance > 1e-10) {
        sum += chance * this.at(this.row(n), n, k, what);
      }
    }
    return sum;
  }

  private row(n: number): Row {
    let row = this.rows[n];
    if (!row) {
      const shape = this.p * n;
      const mean = digamma(shape) - digamma(this.q);
      const deviation = Math.sqrt(trigamma(shape) + trigamma(this.q));
      const cells = Math.ceil((2 * reach * deviation) / this.step);
      row = {
        first: Math.floor((mean - reach * deviation - this.from) / this.step),
        logBeta: betaln(shape, this.q),
        cdf: new Float64Array(cells).fill(Number.NaN),
        density: new Float64Array(cells).fill(Number.NaN),
      };
      this.rows[n] = row;
    }
    return row;
  }

  private at(row: Row, n: number, k: number, what: "cdf" | "density"): number {
    const cell = k - row.first;
    if (cell < 0) return 0;
    if (cell >= row.cdf.length) return what === "cdf" ? 1 : 0;
    let value = row[what][cell]!;
    if (Number.isNaN(value)) {
      value = what === "cdf" ? this.cdf(n, k) : this.density(row, n, k);
      row[what][cell] = value;
    }
    return value;
  }

  private cdf(n: number, k: number): number {
    const y = this.from + k * this.step;
    return beta.cdf(1 / (1 + Math.exp(-y)), this.p * n, this.q);
  }

  /** Of the log of the ratio. */
  private density(row: Row, n: number, k: number): number {
    const y = this.from + k * this.step;
    const logShare = -Math.log1p(Math.exp(-y));
    return Math.exp(this.p * n * logShare + this.q * (logShare - y) - row.logBeta);
  }
}
