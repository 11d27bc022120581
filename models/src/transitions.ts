import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/**
 * From which state customers went to which within one period: `counts[from][to]`, staying among them. States are indices.
 */
export type TransitionCounts = readonly Float64Array[];

/** Counts that cannot be. */
export class InvalidTransitions extends Error {
  override readonly name = "InvalidTransitions";
}

function checked(counts: TransitionCounts): TransitionCounts {
  for (const [from, row] of counts.entries()) {
    if (row.length !== counts.length)
      throw new InvalidTransitions(`Row ${from} has ${row.length} states; there are ${counts.length}.`);
    if (!row.every((count) => count >= 0 && count < Number.POSITIVE_INFINITY))
      throw new InvalidTransitions(`Row ${from} has a count that is no number of customers.`);
  }
  return counts;
}

/** Chances from each state, adding up to 1; a state that nobody was in is stayed in. Throws `InvalidTransitions`. */
export function transitionChances(counts: TransitionCounts): Float64Array[] {
  return checked(counts).map((row, from) => {
    const sum = row.reduce((total, count) => total + count, 0);
    return sum > 0 ? row.map((count) => count / sum) : row.map((_count, to) => Number(to === from));
  });
}

/**
 * How many customers are in each state after each of the next periods, if they go on as they went: `[period][state]`, the
 * first being one period from now. Nobody comes and nobody goes. Throws `InvalidTransitions`.
 */
export function forecastStates(
  counts: TransitionCounts,
  now: Float64Array,
  periods: number,
): { expected: Float64Array; deviation: Float64Array }[] {
  if (now.length !== counts.length)
    throw new InvalidTransitions(`${now.length} states are given; there are ${counts.length}.`);
  const chances = transitionChances(counts);
  const size = counts.length;
  // Chance of a customer who is in `from` now to be in each state by then.
  let ahead = chances.map((_row, from) =>
    Float64Array.from({ length: size }, (_one, to) => Number(to === from)),
  );
  return Array.from({ length: periods }, () => {
    ahead = ahead.map((row) => {
      const next = new Float64Array(size);
      row.forEach((chance, through) => {
        if (chance > 0) for (let to = 0; to < size; to++) next[to]! += chance * chances[through]![to]!;
      });
      return next;
    });
    const expected = new Float64Array(size);
    const variance = new Float64Array(size);
    ahead.forEach((row, from) => {
      row.forEach((chance, to) => {
        expected[to]! += now[from]! * chance;
        variance[to]! += now[from]! * chance * (1 - chance);
      });
    });
    return { expected, deviation: variance.map(Math.sqrt) };
  });
}

/** Periods that a customer stays in a state at a stretch, on average; Infinity where nobody has left it. */
export function meanStay(counts: TransitionCounts): Float64Array {
  return Float64Array.from(transitionChances(counts), (row, state) => 1 / (1 - row[state]!));
}

/**
 * Shares towards which the states go in the long run, whatever they are now. Undefined where that depends on where customers
 * begin: states that lead nowhere else, more than one of them.
 */
export function longRunShares(counts: TransitionCounts): Float64Array | undefined {
  const chances = transitionChances(counts);
  const size = chances.length;
  if (size === 0) return undefined;
  const matrix = new Matrix(chances.map((row) => [...row])).transpose();
  const { realEigenvalues, imaginaryEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix);
  const ones = realEigenvalues.flatMap((value, at) =>
    Math.hypot(value - 1, imaginaryEigenvalues[at]!) < 1e-9 ? [at] : [],
  );
  if (ones.length !== 1) return undefined;
  const vector = Float64Array.from({ length: size }, (_, state) => eigenvectorMatrix.get(state, ones[0]!));
  const sum = vector.reduce((total, one) => total + one, 0);
  return vector.map((one) => Math.max(0, one / sum));
}

/** What most likely comes next, after the last `order` events or as many of them as were ever seen. */
export interface NextEvents {
  /** How many of the last events the answer rests on; 0 is what is usual after anything. */
  order: number;
  /** Times that this was seen. */
  seen: number;
  /** The events by chance, the likeliest first. */
  next: { event: string; count: number; chance: number }[];
}

/**
 * A Markov chain of events with back-off: it looks at the last `order` events, and at fewer where those were seen less than
 * `seenMin` times. The end of a journey is an event of its own, ''.
 * Source of the back-off: Katz (1987), IEEE Trans. ASSP 35, without discounting.
 */
export class NextEventModel {
  readonly #after = new Map<string, Map<string, number>>();

  constructor(
    readonly order: 1 | 2 | 3,
    readonly seenMin = 20,
  ) {}

  /** Learns from a journey that so many customers took, first event to last. */
  learn(events: readonly string[], customers = 1): void {
    for (let at = 0; at <= events.length; at++) {
      const next = events[at] ?? "";
      for (let length = 0; length <= Math.min(this.order, at); length++) {
        const key = keyOf(events.slice(at - length, at));
        let own = this.#after.get(key);
        if (!own) {
          own = new Map();
          this.#after.set(key, own);
        }
        own.set(next, (own.get(next) ?? 0) + customers);
      }
    }
  }

  /** What comes after these events; undefined where nothing was learned. */
  after(events: readonly string[]): NextEvents | undefined {
    for (let length = Math.min(this.order, events.length); length >= 0; length--) {
      const own = this.#after.get(keyOf(events.slice(events.length - length)));
      const seen = [...(own?.values() ?? [])].reduce((sum, count) => sum + count, 0);
      if (!own || (seen < this.seenMin && length > 0) || seen === 0) continue;
      const next = [...own].map(([event, count]) => ({ event, count, chance: count / seen }));
      next.sort((a, b) => b.count - a.count || (a.event < b.event ? -1 : 1));
      return { order: length, seen, next };
    }
    return undefined;
  }
}

const keyOf = (events: readonly string[]) => JSON.stringify(events);
