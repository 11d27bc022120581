/**
 * What is known of customers, one row each. `numbers` are on any scale (NaN is missing); `kinds` hold the level of each
 * customer, from 0, below `levels` (-1 is missing).
 */
export interface MixedTable {
  readonly rows: number;
  readonly numbers: readonly { readonly name: string; readonly values: Float64Array }[];
  readonly kinds: readonly { readonly name: string; readonly levels: number; readonly values: Int32Array }[];
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
  };
}
