/**
 * A seeded source of random numbers: the same seed gives the same numbers on every machine.
 *
 * Generator: xoshiro128** 1.1, period 2^128 - 1 (Blackman and Vigna 2021, "Scrambled Linear
 * Pseudorandom Number Generators"), seeded by splitmix32. Not for secrets.
 */
export class Random {
  private s0: number;
  private s1: number;
  private s2: number;
  private s3: number;
  private spareNormal: number | undefined;

  /** `seed` is any number or text. */
  constructor(seed: number | string) {
    let state = typeof seed === "number" ? hashOfNumber(seed) : hashOfText(seed);
    const next = () => {
      state = (state + 0x9e3779b9) | 0;
      let z = state ^ (state >>> 16);
      z = Math.imul(z, 0x21f0aaad);
      z ^= z >>> 15;
      z = Math.imul(z, 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.s0 = next();
    this.s1 = next();
    this.s2 = next();
    this.s3 = next() | 1;
  }

  /** An independent stream for a named purpose; drawing more from one leaves the other as it was. */
  fork(purpose: number | string): Random {
    return new Random(`${this.uint32()}/${this.uint32()}/${purpose}`);
  }

  /** A whole number in [0, 2^32). */
  uint32(): number {
    const result = Math.imul(rotate(Math.imul(this.s1, 5), 7), 9);
    const t = this.s1 << 9;
    this.s2 ^= this.s0;
    this.s3 ^= this.s1;
    this.s1 ^= this.s2;
    this.s0 ^= this.s3;
    this.s2 ^= t;
    this.s3 = rotate(this.s3, 11);
    return result >>> 0;
  }

  /** Uniform in the open interval (0, 1), with 53 bits: safe to take the log of. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low + 0.5) / 9007199254740992;
  }

  /** A whole number in [0, below). */
  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** True with this chance. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** One of the items, all equally likely, or by `weights` (any scale). */
  pick<Item>(items: readonly Item[], weights?: readonly number[]): Item {
    if (items.length === 0) throw new RangeError("There is nothing to pick from.");
    if (!weights) return items[this.integer(items.length)]!;
    let left = this.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
    for (let i = 0; i < items.length; i++) {
      left -= weights[i]!;
      if (left < 0) return items[i]!;
    }
    return items[items.length - 1]!;
  }

  /** A copy in random order (Fisher and Yates). */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const copy = items.slice();
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }

  /** Waiting time with mean 1 / rate. */
  exponential(rate = 1): number {
    return -Math.log(this.uniform()) / rate;
  }

  /** Source: Marsaglia's polar method (1964). */
  normal(mean = 0, deviation = 1): number {
    if (this.spareNormal !== undefined) {
      const spare = this.spareNormal;
      this.spareNormal = undefined;
      return mean + deviation * spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * Math.log(s)) / s);
        this.spareNormal = v * factor;
        return mean + deviation * u * factor;
      }
    }
  }

  /** Mean shape / rate. Source: Marsaglia and Tsang (2000), "A Simple Method for Generating Gamma Variables". */
  gamma(shape: number, rate = 1): number {
    if (shape < 1) {
      // Their boost below 1: Gamma(k) = Gamma(k + 1) U^(1/k).
      return this.gamma(shape + 1, rate) * this.uniform() ** (1 / shape);
    }
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v))
        return (d * v) / rate;
    }
  }

  /** In [0, 1], mean a / (a + b). */
  beta(a: number, b: number): number {
    if (a < 0.05 && b < 0.05) {
      // Both gammas would underflow to 0: Jöhnk's method (1964) in logs.
      for (;;) {
        const x = Math.log(this.uniform()) / a;
        const y = Math.log(this.uniform()) / b;
        const top = Math.max(x, y);
        const logSum = top + Math.log(Math.exp(x - top) + Math.exp(y - top));
        if (logSum <= 0) return Math.exp(x - logSum);
      }
    }
    const x = this.gamma(a);
    return x / (x + this.gamma(b));
  }

  /**
   * A count with this mean. Below 10 by multiplying uniforms, above by Hörmann (1993), "The Transformed
   * Rejection Method for Generating Poisson Random Variables" (PTRS).
   */
  poisson(mean: number): number {
    if (mean <= 0) return 0;
    if (mean < 10) {
      const limit = Math.exp(-mean);
      let product = this.uniform();
      let n = 0;
      while (product > limit) {
        product *= this.uniform();
        n += 1;
      }
      return n;
    }
    const logMean = Math.log(mean);
    const b = 0.931 + 2.53 * Math.sqrt(mean);
    const a = -0.059 + 0.02483 * b;
    const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
    const vr = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
      const u = this.uniform() - 0.5;
      const v = this.uniform();
      const us = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
      if (us >= 0.07 && v <= vr) return k;
      if (k < 0 || (us < 0.013 && v > us)) continue;
      if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= k * logMean - mean - logFactorial(k))
        return k;
    }
  }
}

function rotate(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

function hashOfNumber(seed: number): number {
  const words = new Uint32Array(Float64Array.of(seed).buffer);
  return (Math.imul(words[0]!, 0x85ebca6b) ^ Math.imul(words[1]!, 0xc2b2ae35)) | 0;
}

/** FNV-1a over UTF-16 units. */
function hashOfText(seed: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) h = Math.imul(h ^ seed.charCodeAt(i), 0x01000193);
  return h | 0;
}

/** Stirling's series from 10 on, a table below. */
function logFactorial(n: number): number {
  if (n < 10) {
    let product = 1;
    for (let i = 2; i <= n; i++) product *= i;
    return Math.log(product);
  }
  const x = n + 1;
  return (
    (x - 0.5) * Math.log(x) - x + 0.9189385332046727 + 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5)
  );
}
