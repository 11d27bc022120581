import type { Random } from "@rondell/models";
import { type Category, looseBeans, type Product, productById, products } from "./brand.ts";

export interface Line {
  productId: string;
  quantity: number;
  priceMinor: number;
}

/** What was bought. The lines, shipping and tip, less the discount, are exactly the amount. */
export interface Order {
  id: string;
  amountMinor: number;
  lines: Line[];
  shippingMinor: number;
  tipMinor: number;
  discountMinor: number;
}

/** How much a person likes each product, in the order of `products`. */
export function drawTaste(random: Random, taste: Record<Category, number>): number[] {
  return products.map((product) => taste[product.category] * Math.exp(0.9 * random.normal()));
}

const linesMax = 8;
const cheapest = Math.min(...products.map((product) => product.priceMinor));

/**
 * Fills a basket for an amount that is given: products by taste while one is affordable, the rest is shipping
 * or tip. An offered product comes first; what it costs too much is taken off, as an offer does.
 */
export function fillBasket(
  random: Random,
  ask: {
    id: string;
    amountMinor: number;
    taste: readonly number[];
    channel: "web" | "till";
    offered?: Product;
  },
): Order {
  const lines = new Map<string, Line>();
  let rest = ask.amountMinor;
  const put = (id: string, priceMinor: number) => {
    const line = lines.get(id) ?? { productId: id, quantity: 0, priceMinor };
    line.quantity++;
    lines.set(id, line);
    rest -= priceMinor;
  };
  if (ask.offered) put(ask.offered.id, ask.offered.priceMinor);
  for (let n = 0; n < linesMax && rest >= cheapest; n++) {
    const weights = products.map((product, i) =>
      product.priceMinor <= rest ? ask.taste[i]! * Math.sqrt(product.priceMinor) : 0,
    );
    const product = random.pick(products, weights);
    put(product.id, product.priceMinor);
  }
  if (rest >= cheapest) put(looseBeans.id, rest);
  const left = Math.max(0, rest);
  return {
    id: ask.id,
    amountMinor: ask.amountMinor,
    lines: [...lines.values()],
    shippingMinor: ask.channel === "web" ? left : 0,
    tipMinor: ask.channel === "till" ? left : 0,
    discountMinor: Math.max(0, -rest),
  };
}

/** Products that somebody looks at, by taste. */
export function pickViews(random: Random, taste: readonly number[], count: number): string[] {
  return Array.from({ length: count }, () => random.pick(products, taste).id);
}

export function productOf(id: string): { name: Product["name"]; category: Category; priceMinor: number } {
  return productById.get(id) ?? { ...looseBeans, priceMinor: 0 };
}
