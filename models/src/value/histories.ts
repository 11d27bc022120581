/**
 * Purchase histories in columns: entry i of each column belongs to customer i (or to a group of
 * `weights[i]` customers with the same history).
 *
 * `repeats` counts the days with a purchase after the first such day, `lastWeek` is the customer's age
 * at the last of them (0 without repeats), `observedWeeks` the age at the end of observation. Weeks are
 * days / 7, never rounded; ages run from the customer's own first purchase.
 */
export interface PurchaseHistories {
  readonly repeats: Float64Array;
  readonly lastWeek: Float64Array;
  readonly observedWeeks: Float64Array;
  readonly weights?: Float64Array;
}

/** Histories of which each stands for a number of customers. */
export type WeightedHistories = PurchaseHistories & { readonly weights: Float64Array };

/** One customer's history, in the units of `PurchaseHistories`. */
export interface PurchaseHistory {
  repeats: number;
  lastWeek: number;
  observedWeeks: number;
}

export type HistoryFault =
  | "not_a_number"
  | "negative"
  | "repeats_not_whole"
  | "last_after_end"
  | "last_without_repeats"
  | "repeats_without_last"
  | "weight_not_positive";

const faultText: Record<HistoryFault, string> = {
  not_a_number: "a value is missing or not a finite number",
  negative: "a value is negative",
  repeats_not_whole: "repeats is not a whole number",
  last_after_end: "the last purchase lies after the end of observation (lastWeek > observedWeeks)",
  last_without_repeats: "lastWeek is above 0 although there is no repeat purchase",
  repeats_without_last: "lastWeek is 0 although there are repeat purchases (same-day purchases count once)",
  weight_not_positive: "the weight is not a positive number",
};

/** Columns that cannot be purchase histories. `row` is the first faulty row, or undefined for the columns. */
export class InvalidHistories extends Error {
  override readonly name = "InvalidHistories";
  constructor(
    message: string,
    readonly row?: number,
    readonly fault?: HistoryFault,
  ) {
    super(message);
  }
}

function faultOf(x: number, last: number, observed: number, weight: number): HistoryFault | undefined {
  if (!(Number.isFinite(x) && Number.isFinite(last) && Number.isFinite(observed))) return "not_a_number";
  if (x < 0 || last < 0 || observed < 0) return "negative";
  if (x !== Math.floor(x)) return "repeats_not_whole";
  if (last > observed) return "last_after_end";
  if (x === 0 && last > 0) return "last_without_repeats";
  if (x > 0 && last === 0) return "repeats_without_last";
  if (!(weight > 0 && weight < Number.POSITIVE_INFINITY)) return "weight_not_positive";
  return undefined;
}

/** The rows that no model may see, with their faults, in order; an importer drops and counts them. */
export function invalidHistories(histories: PurchaseHistories): { row: number; fault: HistoryFault }[] {
  const { repeats, lastWeek, observedWeeks, weights } = histories;
  const faults: { row: number; fault: HistoryFault }[] = [];
  for (let row = 0; row < repeats.length; row++) {
    const fault = faultOf(repeats[row]!, lastWeek[row]!, observedWeeks[row]!, weights ? weights[row]! : 1);
    if (fault) faults.push({ row, fault });
  }
  return faults;
}

/** Refuses (throws `InvalidHistories`) columns of unequal length and impossible rows; else returns them. */
export function checkedHistories(histories: PurchaseHistories): PurchaseHistories {
  const { repeats, lastWeek, observedWeeks, weights } = histories;
  const rows = repeats.length;
  if (lastWeek.length !== rows || observedWeeks.length !== rows || (weights && weights.length !== rows)) {
    throw new InvalidHistories(
      `The columns differ in length: repeats ${rows}, lastWeek ${lastWeek.length}, ` +
        `observedWeeks ${observedWeeks.length}${weights ? `, weights ${weights.length}` : ""}.`,
    );
  }
  for (let row = 0; row < rows; row++) {
    const fault = faultOf(repeats[row]!, lastWeek[row]!, observedWeeks[row]!, weights ? weights[row]! : 1);
    if (fault) {
      throw new InvalidHistories(
        `Row ${row}: ${faultText[fault]} (repeats ${repeats[row]}, lastWeek ${lastWeek[row]}, ` +
          `observedWeeks ${observedWeeks[row]}).`,
        row,
        fault,
      );
    }
  }
  return histories;
}

/** Columns from rows, for the few-customer case and for tests. Refuses what `checkedHistories` refuses. */
export function historiesOf(rows: readonly (PurchaseHistory & { weight?: number })[]): PurchaseHistories {
  const weighted = rows.some((row) => row.weight !== undefined);
  return checkedHistories({
    repeats: Float64Array.from(rows, (row) => row.repeats),
    lastWeek: Float64Array.from(rows, (row) => row.lastWeek),
    observedWeeks: Float64Array.from(rows, (row) => row.observedWeeks),
    ...(weighted ? { weights: Float64Array.from(rows, (row) => row.weight ?? 1) } : {}),
  });
}

/** Each distinct history once, weighted by its customers; `groupOf[i]` is the group of row i. */
export interface GroupedHistories {
  histories: WeightedHistories;
  groupOf: Int32Array;
}

/** Groupings already made, by the columns they were made of: fits and predictions ask for the same again. */
const known = new WeakMap<Float64Array, { of: PurchaseHistories; grouped: GroupedHistories }>();

/**
 * Merges rows with exactly equal values. A million customers observed in whole days shrink to about a
 * hundred thousand groups, which is what makes fits fast; every model result is the same as ungrouped.
 *
 * The last grouping of the same columns is remembered for as long as they are: do not change columns
 * that were given to a model.
 */
export function groupHistories(histories: PurchaseHistories): GroupedHistories {
  const { repeats, lastWeek, observedWeeks, weights } = histories;
  const before = known.get(repeats);
  if (
    before &&
    before.of.lastWeek === lastWeek &&
    before.of.observedWeeks === observedWeeks &&
    before.of.weights === weights
  ) {
    return before.grouped;
  }
  const grouped = grouping(histories);
  known.set(repeats, { of: { repeats, lastWeek, observedWeeks, ...(weights ? { weights } : {}) }, grouped });
  return grouped;
}

function grouping({ repeats, lastWeek, observedWeeks, weights }: PurchaseHistories): GroupedHistories {
  const rows = repeats.length;
  const groupOf = new Int32Array(rows);
  // Open addressing over the bits of the three numbers: several times faster than a Map of strings. The
  // numbers of a group lie side by side, so that one look at memory compares them.
  let capacity = 4096;
  let slots = new Int32Array(capacity).fill(-1);
  let keys = new Float64Array((3 * capacity) / 2);
  let sums = new Float64Array(capacity / 2);
  const words = new Uint32Array(6);
  const numbers = new Float64Array(words.buffer);
  const hash = (x: number, last: number, observed: number): number => {
    numbers[0] = x;
    numbers[1] = last;
    numbers[2] = observed;
    let h = Math.imul(words[1]! ^ Math.imul(words[0]!, 0x9e3779b1), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 15) ^ words[3]! ^ Math.imul(words[2]!, 0x9e3779b1), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 15) ^ words[5]! ^ Math.imul(words[4]!, 0x9e3779b1), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  };
  let groups = 0;
  for (let row = 0; row < rows; row++) {
    if (groups * 2 >= capacity) {
      capacity *= 4;
      slots = new Int32Array(capacity).fill(-1);
      for (let g = 0; g < groups; g++) {
        let slot = hash(keys[3 * g]!, keys[3 * g + 1]!, keys[3 * g + 2]!) & (capacity - 1);
        while (slots[slot]! >= 0) slot = (slot + 1) & (capacity - 1);
        slots[slot] = g;
      }
      const widerKeys = new Float64Array((3 * capacity) / 2);
      widerKeys.set(keys);
      keys = widerKeys;
      const wider = new Float64Array(capacity / 2);
      wider.set(sums);
      sums = wider;
    }
    const x = repeats[row]!;
    const last = lastWeek[row]!;
    const observed = observedWeeks[row]!;
    let slot = hash(x, last, observed) & (capacity - 1);
    let group = slots[slot]!;
    while (group >= 0) {
      const at = 3 * group;
      if (keys[at] === x && keys[at + 1] === last && keys[at + 2] === observed) break;
      slot = (slot + 1) & (capacity - 1);
      group = slots[slot]!;
    }
    if (group < 0) {
      group = groups++;
      slots[slot] = group;
      keys[3 * group] = x;
      keys[3 * group + 1] = last;
      keys[3 * group + 2] = observed;
    }
    groupOf[row] = group;
    sums[group]! += weights ? weights[row]! : 1;
  }
  const pick = (k: number) => {
    const picked = new Float64Array(groups);
    for (let g = 0; g < groups; g++) picked[g] = keys[3 * g + k]!;
    return picked;
  };
  return {
    histories: {
      repeats: pick(0),
      lastWeek: pick(1),
      observedWeeks: pick(2),
      weights: sums.slice(0, groups),
    },
    groupOf,
  };
}

/** Copies one value per group back to one value per row. */
export function spreadToRows(perGroup: Float64Array, groupOf: Int32Array): Float64Array {
  const perRow = new Float64Array(groupOf.length);
  for (let row = 0; row < groupOf.length; row++) perRow[row] = perGroup[groupOf[row]!]!;
  return perRow;
}
