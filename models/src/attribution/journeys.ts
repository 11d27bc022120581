/**
 * Journeys in columns. The touches of journey i are `touches[offsets[i]] … touches[offsets[i + 1] - 1]`, first to last,
 * each an index into `channels`. A row may stand for many journeys of the same touches: `conversions[i]` of them ended in a
 * conversion, `nulls[i]` ended without one, and `value[i]` is the sum of what the conversions brought (any currency).
 */
export interface Journeys {
  readonly channels: readonly string[];
  readonly touches: Int32Array;
  readonly offsets: Int32Array;
  readonly conversions: Float64Array;
  readonly value: Float64Array;
  readonly nulls: Float64Array;
  /**
   * Days from each touch to the conversion of its journey, beside `touches`; only rows of a single conversion have them. NaN
   * in a journey that never converted.
   */
  readonly daysBefore?: Float64Array;
}

/** One path and how often it was walked. */
export interface Path {
  readonly touches: readonly string[];
  readonly conversions: number;
  readonly value: number;
  readonly nulls: number;
}

/** One touch of one customer; `value` is given with the touch on which the customer converted. */
export interface Touch {
  readonly customer: string;
  /** Days on any clock that is the same for all touches. */
  readonly day: number;
  readonly channel: string;
  readonly converted: boolean;
  readonly value: number;
}

export type JourneyFault =
  | "no_touch"
  | "not_a_number"
  | "negative"
  | "value_without_conversion"
  | "no_channel";

const faultText: Record<JourneyFault, string> = {
  no_touch: "the journey has no touch",
  not_a_number: "a number is missing or not finite",
  negative: "a count is negative",
  value_without_conversion: "there is a value, but no conversion that brought it",
  no_channel: "a touch has no channel",
};

/** Rows that cannot be journeys. `row` is the first of them, counted from 0. */
export class InvalidJourneys extends Error {
  override readonly name = "InvalidJourneys";
  constructor(
    readonly row: number,
    readonly fault: JourneyFault,
  ) {
    super(`Row ${row}: ${faultText[fault]}.`);
  }
}

function faultOf({ touches, conversions, value, nulls }: Path): JourneyFault | undefined {
  if (touches.length === 0) return "no_touch";
  if (touches.some((channel) => channel === "")) return "no_channel";
  if (![conversions, value, nulls].every(Number.isFinite)) return "not_a_number";
  if (conversions < 0 || nulls < 0) return "negative";
  if (conversions === 0 && value !== 0) return "value_without_conversion";
  return undefined;
}

/** Numbers channels in the order in which they are met. */
class Names {
  readonly list: string[] = [];
  readonly #numbers = new Map<string, number>();
  of(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.list.length;
      this.#numbers.set(name, number);
      this.list.push(name);
    }
    return number;
  }
}

/** Columns from paths and their counts. Refuses (throws `InvalidJourneys`) the first row that cannot be. */
export function journeysFromPaths(paths: readonly Path[]): Journeys {
  const names = new Names();
  const offsets = new Int32Array(paths.length + 1);
  paths.forEach((path, row) => {
    const fault = faultOf(path);
    if (fault) throw new InvalidJourneys(row, fault);
    offsets[row + 1] = offsets[row]! + path.touches.length;
  });
  const touches = new Int32Array(offsets[paths.length]!);
  paths.forEach((path, row) => {
    for (let at = 0; at < path.touches.length; at++)
      touches[offsets[row]! + at] = names.of(path.touches[at]!);
  });
  return {
    channels: names.list,
    touches,
    offsets,
    conversions: Float64Array.from(paths, (path) => path.conversions),
    value: Float64Array.from(paths, (path) => path.value),
    nulls: Float64Array.from(paths, (path) => path.nulls),
  };
}

export interface Splitting {
  /** Touches that lie further back than so many days before their conversion count for nothing. No limit by default. */
  lookbackDays?: number;
}

/**
 * Columns from touches, one row a journey. A conversion ends the journey of its customer, and the next touch begins another;
 * what is left open at the end is a journey without conversion. Touches of one customer at the same moment keep their order.
 * The look-back takes touches away from converted journeys; the converting touch itself always stays. Refuses (throws
 * `InvalidJourneys`) the first touch that cannot be.
 */
export function journeysFromTouches(
  all: readonly Touch[],
  { lookbackDays = Number.POSITIVE_INFINITY }: Splitting = {},
): Journeys {
  all.forEach(({ channel, day, value, converted }, row) => {
    if (channel === "") throw new InvalidJourneys(row, "no_channel");
    if (!Number.isFinite(day) || !Number.isFinite(value)) throw new InvalidJourneys(row, "not_a_number");
    if (!converted && value !== 0) throw new InvalidJourneys(row, "value_without_conversion");
  });
  const byCustomer = new Map<string, Touch[]>();
  for (const touch of all) {
    const own = byCustomer.get(touch.customer);
    if (own) own.push(touch);
    else byCustomer.set(touch.customer, [touch]);
  }
  const names = new Names();
  const touches: number[] = [];
  const daysBefore: number[] = [];
  const offsets = [0];
  const conversions: number[] = [];
  const value: number[] = [];
  const end = (journey: Touch[], last: Touch | undefined) => {
    for (const touch of journey) {
      const days = last ? last.day - touch.day : Number.NaN;
      if (days > lookbackDays) continue;
      touches.push(names.of(touch.channel));
      daysBefore.push(days);
    }
    offsets.push(touches.length);
    conversions.push(last ? 1 : 0);
    value.push(last?.value ?? 0);
  };
  for (const own of byCustomer.values()) {
    own.sort((a, b) => a.day - b.day);
    let journey: Touch[] = [];
    for (const touch of own) {
      journey.push(touch);
      if (!touch.converted) continue;
      end(journey, touch);
      journey = [];
    }
    if (journey.length) end(journey, undefined);
  }
  return {
    channels: names.list,
    touches: Int32Array.from(touches),
    offsets: Int32Array.from(offsets),
    conversions: Float64Array.from(conversions),
    value: Float64Array.from(value),
    nulls: Float64Array.from(conversions, (converted) => 1 - converted),
    daysBefore: Float64Array.from(daysBefore),
  };
}

/** Each distinct path once, its counts added up: what makes questions about a million journeys quick. Days are left out. */
export function distinctPaths(journeys: Journeys): Journeys {
  const { channels, touches, offsets } = journeys;
  const rows = offsets.length - 1;
  let capacity = 1024;
  let slots = new Int32Array(capacity).fill(-1);
  const first: number[] = [];
  const hashes: number[] = [];
  const sums: [number[], number[], number[]] = [[], [], []];
  const isSame = (a: number, b: number) => {
    const length = offsets[a + 1]! - offsets[a]!;
    if (offsets[b + 1]! - offsets[b]! !== length) return false;
    for (let at = 0; at < length; at++)
      if (touches[offsets[a]! + at] !== touches[offsets[b]! + at]) return false;
    return true;
  };
  for (let row = 0; row < rows; row++) {
    if (first.length * 2 >= capacity) {
      capacity *= 4;
      slots = new Int32Array(capacity).fill(-1);
      for (let group = 0; group < first.length; group++) {
        let slot = hashes[group]! & (capacity - 1);
        while (slots[slot]! >= 0) slot = (slot + 1) & (capacity - 1);
        slots[slot] = group;
      }
    }
    // FNV-1a over whole numbers, mixed at the end.
    let hash = 0x811c9dc5;
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++)
      hash = Math.imul(hash ^ touches[at]!, 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 0;
    let slot = hash & (capacity - 1);
    let group = slots[slot]!;
    while (group >= 0 && !(hashes[group] === hash && isSame(first[group]!, row))) {
      slot = (slot + 1) & (capacity - 1);
      group = slots[slot]!;
    }
    if (group < 0) {
      group = first.length;
      slots[slot] = group;
      first.push(row);
      hashes.push(hash);
      for (const sum of sums) sum.push(0);
    }
    sums[0][group]! += journeys.conversions[row]!;
    sums[1][group]! += journeys.value[row]!;
    sums[2][group]! += journeys.nulls[row]!;
  }
  const distinct = new Int32Array(first.length + 1);
  first.forEach((row, group) => {
    distinct[group + 1] = distinct[group]! + offsets[row + 1]! - offsets[row]!;
  });
  const kept = new Int32Array(distinct[first.length]!);
  first.forEach((row, group) => {
    kept.set(touches.subarray(offsets[row]!, offsets[row + 1]!), distinct[group]!);
  });
  return {
    channels,
    touches: kept,
    offsets: distinct,
    conversions: Float64Array.from(sums[0]),
    value: Float64Array.from(sums[1]),
    nulls: Float64Array.from(sums[2]),
  };
}

/** Sums over all journeys. */
export function totalsOfJourneys({ conversions, value, nulls }: Journeys) {
  let [converted, brought, without] = [0, 0, 0];
  for (let row = 0; row < conversions.length; row++) {
    converted += conversions[row]!;
    brought += value[row]!;
    without += nulls[row]!;
  }
  return { conversions: converted, value: brought, nulls: without };
}
