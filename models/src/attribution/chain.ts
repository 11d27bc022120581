import { Matrix, solve } from "ml-matrix";
import type { Journeys } from "./journeys.ts";

/** How many of the last touches a state of the chain remembers. */
export type Order = 1 | 2 | 3 | 4;

/** Cells of the table of counts at most: 160 MB. */
const cellsMax = 2e7;
/** Below so many states they are eliminated at once; above, the visits are summed up step by step. */
const denseMax = 64;
/** Mass of journeys that may still be on its way when the steps end: it bounds the error of every chance. */
const missingMax = 1e-13;
/** Multiplications at most, before a chain counts as one that does not end. */
const workMax = 4e9;

/** A chain that cannot be built or solved, and what to do. */
export class ChainFailed extends Error {
  override readonly name = "ChainFailed";
}

/**
 * An absorbing Markov chain of journeys. A state is a window of the last `order` touches; a journey shorter than that is one
 * state of its own. Start, conversion and null stand beside the states. Transitions from a state to itself are left out,
 * which changes no chance of absorption.
 */
export interface Chain {
  readonly order: Order;
  readonly channels: readonly string[];
  /** Touches of each state, as indices into `channels`. */
  readonly states: readonly Int32Array[];
  /** Chance that a journey begins in each state. */
  readonly start: Float64Array;
  /** Chances, from each state, to convert and to end without. */
  readonly conversion: Float64Array;
  readonly nothing: Float64Array;
  /** Mean value of the conversions out of each state. */
  readonly meanValue: Float64Array;
  /** Transitions into state s: `from[into[s] … into[s + 1] - 1]` with their chances. */
  readonly into: Int32Array;
  readonly from: Int32Array;
  readonly chance: Float64Array;
  /** Transitions of all kinds, those of start, conversion and null among them. */
  readonly transitions: number;
}

/** Numbers the windows of touches. A code has the digits of its touches, to the base of channels + 1. */
class Windows {
  readonly codes: number[] = [];
  readonly #table: Int32Array | undefined;
  readonly #map = new Map<number, number>();
  constructor(codesMax: number) {
    if (codesMax <= 4_194_304) this.#table = new Int32Array(codesMax).fill(-1);
  }
  of(code: number): number {
    const known = this.#table ? this.#table[code]! : (this.#map.get(code) ?? -1);
    if (known >= 0) return known;
    const number = this.codes.length;
    this.codes.push(code);
    if (this.#table) this.#table[code] = number;
    else this.#map.set(code, number);
    return number;
  }
}

interface Counts {
  windows: Windows;
  start: Float64Array;
  /** Of state s: `cells[s * width + c]` went on to channel c; the last two converted and ended without. */
  cells: Float64Array;
  width: number;
  value: Float64Array;
}

function counted(journeys: Journeys, order: Order): Counts {
  const { channels, touches, offsets, conversions, nulls } = journeys;
  const base = channels.length + 1;
  if (base ** order > Number.MAX_SAFE_INTEGER)
    throw new ChainFailed(
      `${channels.length} channels are too many for order ${order}. Group them, or ask for a lower order.`,
    );
  const windows = new Windows(base ** order);
  const width = channels.length + 2;
  const shift = base ** (order - 1);
  let room = 256;
  let start = new Float64Array(room);
  let value = new Float64Array(room);
  let cells = new Float64Array(room * width);
  const stateOf = (code: number) => {
    const state = windows.of(code);
    if (state < room) return state;
    room *= 2;
    if (room * width > 2 * cellsMax)
      throw new ChainFailed(
        `Order ${order} of these journeys has too many states. Group the channels, or ask for a lower order.`,
      );
    const wider = (old: Float64Array, size: number) => {
      const next = new Float64Array(size);
      next.set(old);
      return next;
    };
    start = wider(start, room);
    value = wider(value, room);
    cells = wider(cells, room * width);
    return state;
  };
  for (let row = 0; row + 1 < offsets.length; row++) {
    const [converted, without] = [conversions[row]!, nulls[row]!];
    const weight = converted + without;
    if (weight === 0) continue;
    let at = offsets[row]!;
    const end = offsets[row + 1]!;
    let code = 0;
    for (const first = Math.min(end, at + order); at < first; at++) code = code * base + touches[at]! + 1;
    let state = stateOf(code);
    start[state]! += weight;
    for (; at < end; at++) {
      const next = touches[at]!;
      cells[state * width + next]! += weight;
      code = (code % shift) * base + next + 1;
      state = stateOf(code);
    }
    cells[state * width + width - 2]! += converted;
    cells[state * width + width - 1]! += without;
    value[state]! += journeys.value[row]!;
  }
  return { windows, start, cells, width, value };
}

function touchesOf(code: number, base: number): Int32Array {
  const touches: number[] = [];
  for (let rest = code; rest > 0; rest = Math.floor(rest / base)) touches.unshift((rest % base) - 1);
  return Int32Array.from(touches);
}

/** The chain of these journeys. Throws `ChainFailed` where it would have too many states. */
export function chainOf(journeys: Journeys, order: Order): Chain {
  const { windows, start, cells, width, value } = counted(journeys, order);
  const base = width - 1;
  const shift = base ** (order - 1);
  const size = windows.codes.length;
  const channels = width - 2;
  const conversion = new Float64Array(size);
  const nothing = new Float64Array(size);
  const meanValue = new Float64Array(size);
  const steps: { from: number; to: number; chance: number }[] = [];
  let begun = 0;
  for (let state = 0; state < size; state++) begun += start[state]!;
  let transitions = 0;
  const incoming = new Int32Array(size + 1);
  for (let state = 0; state < size; state++) {
    const code = windows.codes[state]!;
    const row = cells.subarray(state * width, (state + 1) * width);
    const targetOf = (next: number) => windows.of((code % shift) * base + next + 1);
    let sum = row[channels]! + row[channels + 1]!;
    const own: { from: number; to: number; chance: number }[] = [];
    for (let next = 0; next < channels; next++) {
      if (row[next] === 0) continue;
      const to = targetOf(next);
      if (to === state) continue;
      sum += row[next]!;
      own.push({ from: state, to, chance: row[next]! });
    }
    for (const step of own) {
      step.chance /= sum;
      incoming[step.to + 1]!++;
      steps.push(step);
    }
    conversion[state] = row[channels]! / sum;
    nothing[state] = row[channels + 1]! / sum;
    meanValue[state] = row[channels]! > 0 ? value[state]! / row[channels]! : 0;
    transitions +=
      own.length + Number(start[state]! > 0) + Number(row[channels]! > 0) + Number(row[channels + 1]! > 0);
  }
  for (let state = 0; state < size; state++) incoming[state + 1]! += incoming[state]!;
  const place = incoming.slice();
  const from = new Int32Array(steps.length);
  const chance = new Float64Array(steps.length);
  for (const step of steps) {
    const at = place[step.to]!++;
    from[at] = step.from;
    chance[at] = step.chance;
  }
  return {
    ...{ order, channels: journeys.channels, transitions },
    states: windows.codes.map((code) => touchesOf(code, base)),
    start: start.subarray(0, size).map((weight) => (begun > 0 ? weight / begun : 0)),
    ...{ conversion, nothing, meanValue, into: incoming, from, chance },
  };
}

/** What becomes of a journey: the chance that it converts, and the value that it is expected to bring. */
export interface Outcome {
  conversion: number;
  value: number;
}

/**
 * The outcome of a journey, solved and not simulated, when every state of which `blocked` is 1 leads to nothing. Chances are
 * exact to 1e-13: what has neither converted nor ended yet bounds the error. Throws `ChainFailed` where journeys go round
 * for so long that this is not reached.
 * Source: Kemeny and Snell (1976), "Finite Markov Chains", chapter 3 (visits before absorption).
 */
export function outcome(chain: Chain, blocked: Uint8Array): Outcome {
  const { conversion, meanValue } = chain;
  const visits = chain.states.length <= denseMax ? eliminated(chain, blocked) : summedUp(chain, blocked);
  let [chance, value] = [0, 0];
  for (let state = 0; state < visits.length; state++) {
    const converted = visits[state]! * conversion[state]!;
    chance += converted;
    value += converted * meanValue[state]!;
  }
  return { conversion: chance, value };
}

/** Expected visits of each state, at once: (I - A)ᵀ visits = start. */
function eliminated({ start, into, from, chance }: Chain, blocked: Uint8Array): Float64Array {
  const open = [...start.keys()].filter((state) => !blocked[state]);
  if (!open.length) return new Float64Array(start.length);
  const position = new Int32Array(start.length).fill(-1);
  for (const [at, state] of open.entries()) position[state] = at;
  const matrix = Matrix.eye(open.length, open.length);
  for (const [at, state] of open.entries())
    for (let step = into[state]!; step < into[state + 1]!; step++) {
      const source = position[from[step]!]!;
      if (source >= 0) matrix.set(at, source, matrix.get(at, source) - chance[step]!);
    }
  const solved = solve(matrix, Matrix.columnVector(open.map((state) => start[state]!)));
  const visits = new Float64Array(start.length);
  for (const [at, state] of open.entries()) visits[state] = solved.get(at, 0);
  return visits;
}

/** The same for many states: Gauss-Seidel from below, until all journeys but `missingMax` have ended. */
function summedUp(chain: Chain, blocked: Uint8Array): Float64Array {
  const { start, conversion, nothing, into, from, chance } = chain;
  const size = start.length;
  // What leaves a state for good: converted, ended, or gone to a blocked one.
  const leaving = new Float64Array(size);
  let lost = 0;
  for (let state = 0; state < size; state++) {
    leaving[state]! += conversion[state]! + nothing[state]!;
    if (!blocked[state]) continue;
    lost += start[state]!;
    for (let step = into[state]!; step < into[state + 1]!; step++) leaving[from[step]!]! += chance[step]!;
  }
  const visits = new Float64Array(size);
  const sweepsMax = Math.max(100, workMax / (chance.length + size));
  for (let sweep = 0; sweep < sweepsMax; sweep++) {
    let ended = lost;
    for (let state = 0; state < size; state++) {
      if (blocked[state]) continue;
      let sum = start[state]!;
      for (let step = into[state]!, end = into[state + 1]!; step < end; step++)
        sum += visits[from[step]!]! * chance[step]!;
      visits[state] = sum;
      ended += sum * leaving[state]!;
    }
    if (1 - ended < missingMax) return visits;
  }
  throw new ChainFailed(
    "These journeys go round for so long that their chain cannot be solved. Ask for a lower order, or shorten the journeys.",
  );
}

/** One transition of a chain, as a table shows it. Names in brackets are start, conversion and null. */
export interface Transition {
  from: string;
  to: string;
  count: number;
  probability: number;
}

/** All transitions, with the steps from a state to itself or without them; a state is named by its touches. */
export function transitionsOf(
  journeys: Journeys,
  order: Order,
  { selfLoops }: { selfLoops: boolean },
): Transition[] {
  const { windows, start, cells, width } = counted(journeys, order);
  const base = width - 1;
  const shift = base ** (order - 1);
  const nameOf = (code: number) =>
    [...touchesOf(code, base)].map((channel) => journeys.channels[channel]).join(" > ");
  const listed = (from: string, targets: { to: string; count: number }[]) => {
    const sum = targets.reduce((total, { count }) => total + count, 0);
    return targets
      .filter(({ count }) => count > 0)
      .map(({ to, count }) => ({ from, to, count, probability: count / sum }));
  };
  const states = windows.codes.slice();
  return [
    ...listed(
      "(start)",
      states.map((code, state) => ({ to: nameOf(code), count: start[state]! })),
    ),
    ...states.flatMap((code, state) => {
      const row = cells.subarray(state * width, (state + 1) * width);
      const onward = journeys.channels.flatMap((_name, next) => {
        const target = (code % shift) * base + next + 1;
        return row[next]! > 0 && (selfLoops || target !== code)
          ? [{ to: nameOf(target), count: row[next]! }]
          : [];
      });
      return listed(nameOf(code), [
        ...onward,
        { to: "(conversion)", count: row[width - 2]! },
        { to: "(null)", count: row[width - 1]! },
      ]);
    }),
  ];
}
