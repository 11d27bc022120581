import { amountIn, exampleOf, type Rule, type Violation } from "./schema.ts";

const amount = (path: string): Rule => ({ path, required: false, types: [], format: "amount", minimum: 0 });
const list = (path: string): Rule => ({ path, required: false, types: ["list"] });
const id = (path: string, required: boolean): Rule => ({ path, required, types: ["text", "number"] });
const lines = [
  list("products"),
  id("products[].product_id", false),
  amount("products[].price"),
  amount("products[].quantity"),
];

/** What the commerce events have to hold so that what they say can be counted; `report` where nobody chose otherwise. */
export const builtIn: Readonly<Record<string, readonly Rule[]>> = {
  "Order Completed": [id("order_id", true), ...lines],
  "Order Refunded": [id("order_id", true)],
  "Product Viewed": [id("product_id", true), amount("price")],
  "Product Added": [id("product_id", true), amount("price"), amount("quantity")],
  "Product Removed": [id("product_id", true)],
  "Cart Viewed": lines,
  "Checkout Started": lines,
};

const stated = ["revenue", "total", "value"] as const;

/**
 * What is wrong with the amount of an order, as the pipeline reads it: the first of revenue, total and value that is a
 * number, else the sum of its products. An amount that cannot be read is told also where another one can.
 */
export function orderViolations(name: string, properties: Record<string, unknown>): Violation[] {
  if (name !== "Order Completed" && name !== "Order Refunded") return [];
  const found: Violation[] = [];
  let readable: { path: string; number: number } | undefined;
  for (const path of stated) {
    const value = properties[path];
    if (value === undefined || value === null || value === "") continue;
    const number = amountIn(value);
    if (number === undefined) found.push({ path, reason: "amount", example: exampleOf(path, value, false) });
    else readable ??= { path, number };
  }
  if (readable && readable.number < 0 && name === "Order Completed")
    found.push({ path: readable.path, reason: "negative_order", example: String(readable.number) });
  const products = Array.isArray(properties.products) ? (properties.products as unknown[]) : [];
  const hasPrice = products.some((one) => amountIn((one as { price?: unknown } | null)?.price) !== undefined);
  if (!readable && !hasPrice && !found.length) found.push({ path: "revenue", reason: "no_amount" });
  return found;
}
