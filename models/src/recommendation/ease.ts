import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { type Baskets, basketOf } from "./purchases.ts";

/** Scores every item for a customer by the items that they have; more is better, and only the order means anything. */
export interface Recommender {
  readonly name: "ease" | "popularity";
  score(basket: Int32Array): Float64Array;
}

/** Items up to which the matrix of all pairs is inverted: 2,000 take about half a minute and 100 MB. */
export const easeItemsMax = 2_000;

/**
 * A linear model of baskets in which no item foretells itself, in closed form. `penalty` is the ridge, in customers: the larger,
 * the more has to be seen before two items are thought to go together. Throws RangeError beyond `easeItemsMax`.
 * Source: Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data", WWW '19, equations 8 and 9.
 */
export function ease(baskets: Baskets, penalty: number): Recommender {
  const { size, offsets } = baskets;
  if (size > easeItemsMax)
    throw new RangeError(`${size} items are more than the ${easeItemsMax} that are compared pair by pair.`);
  if (!(penalty > 0)) throw new RangeError("The penalty must be above 0.");
  const gram = Matrix.zeros(size, size);
  for (let customer = 0; customer + 1 < offsets.length; customer++) {
    const basket = basketOf(baskets, customer);
    for (const a of basket) for (const b of basket) gram.set(a, b, gram.get(a, b) + 1);
  }
  for (let item = 0; item < size; item++) gram.set(item, item, gram.get(item, item) + penalty);
  const inverse = new CholeskyDecomposition(gram).solve(Matrix.eye(size, size));
  const weights = Array.from({ length: size }, (_, from) =>
    Float64Array.from({ length: size }, (_one, to) =>
      from === to ? 0 : -inverse.get(from, to) / inverse.get(to, to),
    ),
  );
  return {
    name: "ease",
    score(basket) {
      const scores = new Float64Array(size);
      for (const item of basket) for (let to = 0; to < size; to++) scores[to]! += weights[item]![to]!;
      return scores;
    },
  };
}

/** The same for everybody: how many customers have each item. What a recommender has to be better than. */
export function popularity({ items, size }: Baskets): Recommender {
  const counts = new Float64Array(size);
  for (const item of items) counts[item]! += 1;
  return { name: "popularity", score: () => counts };
}
