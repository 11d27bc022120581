/**
 * What is known of customers, one row each. `numbers` are on any scale (NaN is missing); `kinds` hold the level of each
 * customer, from 0, below `levels` (-1 is missing); `counts` say how often each of `levels` things was done, such as buying
 * of each category: `levels` values a row, none of them below 0, all 0 where nothing was done.
 */
export interface MixedTable {
  readonly rows: number;
  readonly numbers: readonly { readonly name: string; readonly values: Float64Array }[];
  readonly kinds: readonly { readonly name: string; readonly levels: number; readonly values: Int32Array }[];
  readonly counts?: readonly CountColumn[];
}

export interface CountColumn {
  readonly name: string;
  readonly levels: number;
  readonly values: Float64Array;
}

/**
 * What somebody did a hundred times tells no more of them than this many: nobody draws each time anew, and what is taken as
 * if they did would make everybody a group of their own.
 */
const observationsMax = 10;

/** The same table, with the counts of a row brought down to what they can tell. Doing so twice changes nothing. */
export function tempered(table: MixedTable): MixedTable {
  if (!table.counts?.length) return table;
  const counts = table.counts.map(({ name, levels, values }) => {
    const own = Float64Array.from(values);
    for (let row = 0; row < table.rows; row++) {
      const of = own.subarray(row * levels, (row + 1) * levels);
      const total = of.reduce((sum, one) => sum + one, 0);
      if (total > observationsMax) for (let at = 0; at < levels; at++) of[at]! *= observationsMax / total;
    }
    return { name, levels, values: own };
  });
  return { ...table, counts };
}

/** A table that cannot be read. */
export class InvalidMixedTable extends Error {
  override readonly name = "InvalidMixedTable";
}

/** Throws `InvalidMixedTable` for columns of another length, and for levels that are none. */
export function checkedTable(table: MixedTable): MixedTable {
  for (const { name, values } of [...table.numbers, ...table.kinds])
    if (values.length !== table.rows)
      throw new InvalidMixedTable(`${name} has ${values.length} rows; the table has ${table.rows}.`);
  for (const { name, values, levels } of table.kinds)
    if (values.some((level) => level < -1 || level >= levels))
      throw new InvalidMixedTable(`${name} has a level that is not within 0 to ${levels - 1}.`);
  for (const { name, values, levels } of table.counts ?? []) {
    if (values.length !== table.rows * levels)
      throw new InvalidMixedTable(
        `${name} has ${values.length} counts; ${table.rows} rows of ${levels} have ${table.rows * levels}.`,
      );
    if (values.some((count) => !(count >= 0 && count < Number.POSITIVE_INFINITY)))
      throw new InvalidMixedTable(`${name} has a count that is no number from 0.`);
  }
  return table;
}

/** The same columns for some of the rows, in this order; a row may come several times. */
export function rowsOf(table: MixedTable, rows: ArrayLike<number>): MixedTable {
  return {
    rows: rows.length,
    numbers: table.numbers.map(({ name, values }) => ({
      name,
      values: Float64Array.from(rows, (row) => values[row]!),
    })),
    kinds: table.kinds.map(({ name, levels, values }) => ({
      ...{ name, levels },
      values: Int32Array.from(rows, (row) => values[row]!),
    })),
    counts: (table.counts ?? []).map(({ name, levels, values }) => {
      const own = new Float64Array(rows.length * levels);
      for (let at = 0; at < rows.length; at++)
        own.set(values.subarray(rows[at]! * levels, (rows[at]! + 1) * levels), at * levels);
      return { name, levels, values: own };
    }),
  };
}
