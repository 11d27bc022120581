import { z } from "zod";
import { lineKinds, lineRoles } from "./kinds/index.ts";

/** What a file of an export of orders can hold. One row of `lines` is an order line with everything beside it. */
const orderRoles = [
  "lines",
  "orders",
  "items",
  "customers",
  "payments",
  "products",
  "categories",
  "reviews",
] as const;

/** What a file can hold: something of orders, or records of another kind. */
export const roleNames = [...orderRoles, ...lineRoles] as const;
export const Role = z.enum(roleNames);
export type Role = z.infer<typeof Role>;

interface Fields {
  needed: readonly string[];
  optional: readonly string[];
}

/** The fields that each kind of file may bring, in the order in which they are asked for, and which of them it must. */
export const fieldsOfRole: Record<Role, Fields> = {
  lines: {
    needed: ["order", "product", "quantity", "price", "happenedAt"],
    optional: [
      "customer",
      "name",
      "category",
      "lineTotal",
      "currency",
      "country",
      "city",
      "status",
      "refundOf",
      "shipping",
      "discount",
    ],
  },
  orders: {
    needed: ["order", "happenedAt"],
    optional: ["customer", "status", "currency", "country", "city", "refundOf"],
  },
  items: {
    needed: ["order", "product", "price"],
    optional: ["quantity", "name", "category", "lineTotal", "shipping"],
  },
  customers: { needed: ["key", "person"], optional: ["country", "city"] },
  payments: { needed: ["order", "type"], optional: [] },
  products: { needed: ["product"], optional: ["name", "category"] },
  categories: { needed: ["category", "label"], optional: [] },
  reviews: { needed: ["review", "order", "score", "happenedAt"], optional: ["title", "text"] },
  ...lineKinds,
};
