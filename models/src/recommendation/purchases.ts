/** Who bought what and when: entry i of each column is one purchase of one item; a customer may buy an item again. */
export interface ItemPurchases {
  /** Below `customers` and `items`. */
  readonly customer: Int32Array;
  readonly item: Int32Array;
  /** On any clock. */
  readonly time: Float64Array;
  readonly customers: number;
  readonly items: number;
}

/** Purchases that cannot be. */
export class InvalidPurchases extends Error {
  override readonly name = "InvalidPurchases";
}

/** Throws `InvalidPurchases` for columns of unequal length and for numbers out of range. */
export function checkedPurchases(purchases: ItemPurchases): ItemPurchases {
  const { customer, item, time, customers, items } = purchases;
  if (item.length !== customer.length || time.length !== customer.length)
    throw new InvalidPurchases(
      `The columns differ in length: ${customer.length}, ${item.length}, ${time.length}.`,
    );
  for (let row = 0; row < customer.length; row++) {
    if (!(customer[row]! >= 0 && customer[row]! < customers && item[row]! >= 0 && item[row]! < items))
      throw new InvalidPurchases(`Row ${row}: there is no such customer or item.`);
    if (!Number.isFinite(time[row]!)) throw new InvalidPurchases(`Row ${row}: ${time[row]} is no time.`);
  }
  return purchases;
}

/** The distinct items of each customer, ascending: `items[offsets[c]] … items[offsets[c + 1] - 1]`. */
export interface Baskets {
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  /** How many items there are at all. */
  readonly size: number;
}

/** The items that each customer bought within `from ≤ time < to`. */
export function basketsOf(
  { customer, item, time, customers, items }: ItemPurchases,
  { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = {},
): Baskets {
  const sets = Array.from({ length: customers }, () => new Set<number>());
  for (let row = 0; row < customer.length; row++)
    if (time[row]! >= from && time[row]! < to) sets[customer[row]!]!.add(item[row]!);
  const offsets = new Int32Array(customers + 1);
  sets.forEach((set, at) => {
    offsets[at + 1] = offsets[at]! + set.size;
  });
  const all = new Int32Array(offsets[customers]!);
  sets.forEach((set, at) => {
    all.set(Int32Array.from(set).sort(), offsets[at]!);
  });
  return { offsets, items: all, size: items };
}

export const basketOf = ({ offsets, items }: Baskets, customer: number): Int32Array =>
  items.subarray(offsets[customer]!, offsets[customer + 1]!);
