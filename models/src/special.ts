/**
 * The second derivative of log gamma, for x > 0.
 *
 * Source: Abramowitz and Stegun (1964), 6.4.6 (recurrence) and 6.4.12 (asymptotic series).
 */
export function trigamma(x: number): number {
  let shifted = x;
  let sum = 0;
  while (shifted < 12) {
    sum += 1 / (shifted * shifted);
    shifted += 1;
  }
  const inverse = 1 / shifted;
  const square = inverse * inverse;
  // Bernoulli numbers 1/6, -1/30, 1/42, -1/30, 5/66, -691/2730; the next term is below 1e-16 from 12 on.
  const series =
    square *
    (1 / 6 -
      square * (1 / 30 - square * (1 / 42 - square * (1 / 30 - square * (5 / 66 - square * (691 / 2730))))));
  return sum + inverse + 0.5 * square + inverse * series;
}

/** log(1 + e^x) without overflow. */
export function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** 1 / (1 + e^-x), keeping its relative accuracy where it is tiny. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/**
 * log of the rising factorial c (c+1) … (c+n-1) for n = 0 … nMax, entry n at index n.
 *
 * Sums of logs instead of a difference of two log gammas: the difference loses all digits at large c.
 */
export function logRisingTable(c: number, nMax: number): Float64Array {
  const table = new Float64Array(nMax + 1);
  let sum = 0;
  let lost = 0;
  for (let n = 1; n <= nMax; n++) {
    // Kahan's compensation keeps thousands of terms at full precision.
    const term = Math.log(c + n - 1) - lost;
    const next = sum + term;
    lost = next - sum - term;
    sum = next;
    table[n] = sum;
  }
  return table;
}

/**
 * log of (b)_n / (a+b)_n for n = 0 … nMax, which is B(a, b+n) / B(a, b).
 *
 * Exact also where a and b are huge and their log gammas differ only beyond the last digit.
 */
export function logBetaRatioTable(a: number, b: number, nMax: number): Float64Array {
  const table = new Float64Array(nMax + 1);
  let sum = 0;
  for (let n = 1; n <= nMax; n++) {
    sum -= Math.log1p(a / (b + n - 1));
    table[n] = sum;
  }
  return table;
}

/** Sums of 1/(c+k) and 1/(c+k)^2 over k < n: digamma and (negated) trigamma differences, exactly. */
export function inverseTables(c: number, nMax: number): { first: Float64Array; second: Float64Array } {
  const first = new Float64Array(nMax + 1);
  const second = new Float64Array(nMax + 1);
  for (let n = 1; n <= nMax; n++) {
    const inverse = 1 / (c + n - 1);
    first[n] = first[n - 1]! + inverse;
    second[n] = second[n - 1]! + inverse * inverse;
  }
  return { first, second };
}

/** The largest of values that are not negative; 0 without any. */
export function largest(values: Float64Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! > most) most = values[i]!;
  return most;
}

/** Nodes and weights of Gauss-Legendre quadrature on [0, 1]. Source: Abramowitz and Stegun, 25.4.29. */
export function gaussLegendre(count: number): { nodes: Float64Array; weights: Float64Array } {
  const nodes = new Float64Array(count);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      let value = 1;
      let before = 0;
      for (let n = 1; n <= count; n++) {
        const next = ((2 * n - 1) * x * value - (n - 1) * before) / n;
        before = value;
        value = next;
      }
      slope = (count * (x * value - before)) / (x * x - 1);
      const move = value / slope;
      x -= move;
      if (Math.abs(move) < 1e-15) break;
    }
    nodes[i] = (1 - x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}
