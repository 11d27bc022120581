import { z } from "zod";
import { Basis } from "../consent/index.ts";
import { fieldsOfRole, Role } from "./fields.ts";
import { type ImportKind, type LineKind, type LineRole, lineKinds } from "./kinds/index.ts";

export { fieldsOfRole, Role, roleNames } from "./fields.ts";

/** The columns of a kind of file: field to column name, as the header writes it. */
const Columns = z.record(z.string(), z.string().min(1).max(200));

/** What happens to what real exports hold. Each rule is shown in the mapping and can be changed. */
export const Rules = z.object({
  cancellation: z
    .object({
      /** An order number that starts so is a refund; null where the export has no such mark. */
      prefix: z.string().min(1).max(20).nullable(),
      /** What a product line of negative quantity in an ordinary order is. */
      negativeQuantity: z.enum(["refund", "reject"]),
    })
    .default({ prefix: null, negativeQuantity: "refund" }),
  /** Values of the status column that are no purchase. */
  notPurchased: z.array(z.string().max(100)).max(100).default([]),
  nonProducts: z
    .object({
      /** Product codes that are no product: postage, fees, discounts. A `*` at the end stands for any ending. */
      codes: z.array(z.string().min(1).max(100)).max(500),
      treatment: z.enum(["count_amount", "leave_out"]),
    })
    .default({ codes: [], treatment: "count_amount" }),
  /** Lines whose price is 0 or below. */
  pricesNotPositive: z.enum(["leave_out", "keep"]).default("leave_out"),
  customerIds: z
    .object({
      /** `17850.0`, as spreadsheets write it, means `17850`. */
      removeDecimals: z.boolean(),
      /**
       * What the numbers are: the brand's own, by which its website and other sources know the same customers, or
       * this source's alone, so that customer 1001 of two shops stays two.
       */
      kind: z.enum(["user_id", "email", "source_id"]),
    })
    .default({ removeDecimals: true, kind: "user_id" }),
  /** Lines that name no customer. */
  withoutCustomer: z.enum(["count_revenue", "leave_out"]).default("count_revenue"),
  /** An order of which the lines name different customers: rejected, or of whom its first line names. */
  twoCustomers: z.enum(["reject", "first"]).default("reject"),
  /** Lines of a quantity of 0. */
  zeroQuantity: z.enum(["leave_out", "keep"]).default("leave_out"),
  /** Lines that stand in two files of one import, as overlapping exports have them. */
  overlap: z.enum(["drop", "keep"]).default("drop"),
  /** Lines of one file that are equal in every column. */
  duplicates: z.enum(["keep", "drop"]).default("keep"),
  /** What a refund that names no order is set against. */
  refunds: z.enum(["own_event", "latest_order"]).default("own_event"),
  /** The freight of a line. */
  shipping: z.enum(["count_amount", "leave_out"]).default("count_amount"),
  /** How dates are written; `auto` finds it out and refuses when it cannot tell. */
  dates: z.enum(["auto", "iso", "dmy", "mdy", "unix"]).default("auto"),
  /** The first year that can be true; an earlier date is a mistake, and so is one in the future. */
  firstYear: z.number().int().min(1970).max(2100).default(1990),
  decimalMark: z.enum(["auto", ".", ","]).default("auto"),
  /** The channel that orders of this export came through. */
  channel: z.string().max(40).default(""),
  /**
   * What the later lines of an order leave empty: nothing, or what its first line says, as shops write it that give
   * customer, state and currency once.
   */
  laterLines: z.enum(["stand_alone", "as_first"]).default("stand_alone"),
  /** Freight and discount are those of the order, repeated in each of its lines; else each line brings its own. */
  onceAnOrder: z.boolean().default(false),
  /** A product without a number: rejected, or known by its name. */
  productFallback: z.enum(["reject", "name"]).default("reject"),
  /** Columns that no field names: kept under their own names as traits or properties, or left out. */
  otherColumns: z.enum(["keep", "leave_out"]).default("keep"),
  /** Columns that are left out even so. */
  withoutColumns: z.array(z.string().min(1).max(200)).max(500).default([]),
  /** What is the same in every line and stands in no column, by field. */
  constants: z.record(z.string().max(60), z.string().min(1).max(200)).default({}),
  /** Words of a column that mean others of ours, by field. */
  meanings: z.record(z.string().max(60), z.record(z.string().max(200), z.string().max(200))).default({}),
});
export type Rules = z.infer<typeof Rules>;

/** A mapping that is being made: it may lack a source and columns, and nothing can be imported by it. */
export const DraftMapping = z.object({
  title: z.string().max(200).default(""),
  source: z.string().max(60),
  files: z.partialRecord(Role, Columns),
  rules: Rules.prefault({}),
});
export type DraftMapping = z.infer<typeof DraftMapping>;

/** How an export is read: which column is what, and what happens to the odd lines. */
export const Mapping = DraftMapping.extend({
  /**
   * Names the system that numbers the orders. An order is known for ever by this and its number, so two
   * exports of one shop share it, and two shops never do.
   */
  source: z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/),
}).superRefine((mapping, check) => {
  const roles = Object.keys(mapping.files) as Role[];
  const listed = roles.filter((role): role is LineRole => role in lineKinds);
  if (listed.length ? roles.length > 1 : !isOrders(roles)) {
    check.addIssue({
      code: "custom",
      path: ["files"],
      message: listed.length
        ? `A mapping of ${listed[0]} has this one kind of file and no other.`
        : "Map either one file of order lines, or a file of orders and a file of their items.",
    });
  }
  const has = (role: Role, field: string) =>
    Boolean(mapping.files[role]?.[field] ?? mapping.rules.constants[field]);
  const missing = (role: Role, field: string) =>
    check.addIssue({
      code: "custom",
      path: ["files", role, field],
      message: `Choose the column for ${field}.`,
    });
  for (const role of roles) {
    const columns = mapping.files[role]!;
    const known: readonly string[] = [...fieldsOfRole[role].needed, ...fieldsOfRole[role].optional];
    for (const field of fieldsOfRole[role].needed) {
      const replaced = field === "price" && columns.lineTotal;
      if (!has(role, field) && !replaced) missing(role, field);
    }
    const { anyOf }: Pick<LineKind, "anyOf"> =
      role in lineKinds ? lineKinds[role as LineRole] : { anyOf: [] };
    for (const group of anyOf)
      if (!group.some((field) => has(role, field))) missing(role, group.join(" or "));
    for (const field of Object.keys(columns)) {
      if (!known.includes(field))
        check.addIssue({
          code: "custom",
          path: ["files", role, field],
          message: `${field} is no field of this kind of file.`,
        });
    }
  }
});
export type Mapping = z.infer<typeof Mapping>;

function isOrders(roles: readonly Role[]): boolean {
  if (roles.includes("lines")) return roles.every((role) => role === "lines" || role === "reviews");
  return roles.includes("orders") && roles.includes("items");
}

/** What an import by a mapping brings. */
export function kindOfMapping(mapping: Pick<DraftMapping, "files">): ImportKind {
  const role = Object.keys(mapping.files).find((one): one is LineRole => one in lineKinds);
  return role ? lineKinds[role].kind : "orders";
}

/** The kind under which identity knows the customers of a mapping. */
export function identifierKindOf(mapping: Pick<Mapping, "source" | "rules">): string {
  const { kind } = mapping.rules.customerIds;
  return kind === "source_id" ? `customer_of:${mapping.source}` : kind;
}

/** Purposes with the lawful basis that the brand states for the customers of an import; null is none. */
export const StatedBasis = z.record(z.string(), Basis.nullable());
export type StatedBasis = z.infer<typeof StatedBasis>;

/** What imports state when nothing else is said: nobody may be contacted because of an import. */
export const defaultBasis: StatedBasis = {
  measure: "contract",
  personalise: "legitimate_interest",
  contact: null,
};

export const ImportState = z.enum([
  "queued",
  "running",
  "done",
  "failed",
  "cancelled",
  "undone",
  /** Tried without writing anything. */
  "checked",
]);
export type ImportState = z.infer<typeof ImportState>;

const Counts = z.record(z.string(), z.number());

/** To how many of an import's customers its statement about a purpose applied. */
export const StatedCounts = z.object({
  /** For whom it counts from now on: nothing was said before, or an earlier import stated otherwise. */
  applied: z.number(),
  /** From whom it took what an earlier import stated: there is no basis any more. */
  withdrawn: z.number(),
  /** For whom an earlier import stated the same. */
  asBefore: z.number(),
  /** Whose own answer stands, or what an event of theirs said. */
  own: z.number(),
});
export type StatedCounts = z.infer<typeof StatedCounts>;

/**
 * What came of an import, counted in lines of the files:
 * read = accepted + updated + unchanged + leftOut + rejected + lookup.
 */
export const ImportResult = z.object({
  read: z.number(),
  /** Lines of orders, refunds and reviews that are new. */
  accepted: z.number(),
  /** Lines of records that were known with another content. */
  updated: z.number(),
  /** Lines of records that were known just so. */
  unchanged: z.number(),
  /** Lines that a rule of the mapping sets aside. */
  leftOut: z.number(),
  leftOutBy: Counts,
  /** Lines that could not be understood. */
  rejected: z.number(),
  rejectedBy: Counts,
  /** Lines that only complete others: customers, products, payments. */
  lookup: z.number(),
  records: z.object({
    accepted: z.number(),
    updated: z.number(),
    unchanged: z.number(),
    /** Known orders that a newer export calls no purchase. */
    withdrawn: z.number(),
  }),
  orders: z.number(),
  refunds: z.number(),
  reviews: z.number(),
  /** Records of other names, by the name. */
  others: Counts.default({}),
  customers: z.number(),
  newCustomers: z.number(),
  /** Lines that name no customer, also where a rule sets them aside. */
  linesWithoutCustomer: z.number(),
  /** Used lines that are equal to another line. */
  equalLines: z.number(),
  /** Lines that were written in Windows-1252 and were turned into UTF-8. */
  linesConverted: z.number(),
  /** Records whose amount waits for an exchange rate. */
  withoutRate: z.number(),
  files: z.array(z.object({ name: z.string(), role: Role, lines: z.number() })),
  basis: StatedBasis,
  /** By purpose. */
  stated: z.record(z.string(), StatedCounts).default({}),
  /** How dates and numbers turned out to be written; null in results of before. */
  writing: z
    .object({
      dates: z.enum(["iso", "dmy", "mdy", "unix"]),
      reviewDates: z.enum(["iso", "dmy", "mdy", "unix"]),
      decimalMark: z.enum([".", ","]),
    })
    .nullable()
    .default(null),
  seconds: z.number(),
});
export type ImportResult = z.infer<typeof ImportResult>;
