import { z } from "zod";
import { Basis } from "../consent/index.ts";

/** What a file of an export can hold. One row of `lines` is an order line with everything beside it. */
export const roleNames = [
  "lines",
  "orders",
  "items",
  "customers",
  "payments",
  "products",
  "categories",
  "reviews",
] as const;
export const Role = z.enum(roleNames);
export type Role = z.infer<typeof Role>;

/** The fields that each kind of file may bring, in the order in which they are asked for, and which of them it must. */
export const fieldsOfRole = {
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
} as const satisfies Record<Role, { needed: readonly string[]; optional: readonly string[] }>;

export type Field = string;

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
  if (
    roles.includes("lines")
      ? roles.some((role) => role !== "lines" && role !== "reviews")
      : !roles.includes("orders") || !roles.includes("items")
  ) {
    check.addIssue({
      code: "custom",
      path: ["files"],
      message: "Map either one file of order lines, or a file of orders and a file of their items.",
    });
  }
  for (const role of roles) {
    const columns = mapping.files[role]!;
    const known: readonly string[] = [...fieldsOfRole[role].needed, ...fieldsOfRole[role].optional];
    for (const field of fieldsOfRole[role].needed) {
      const replaced = field === "price" && columns.lineTotal;
      if (!columns[field] && !replaced)
        check.addIssue({
          code: "custom",
          path: ["files", role, field],
          message: `Choose the column for ${field}.`,
        });
    }
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

export const ImportState = z.enum(["queued", "running", "done", "failed", "cancelled", "undone"]);
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

interface Words {
  en: string;
  de: string;
}

/** Why a line is rejected, and what to do about it. */
export const rejectionReasons: Record<string, Words> = {
  too_few_columns: {
    en: "The line has fewer columns than the header. Check whether a delimiter is missing.",
    de: "Die Zeile hat weniger Spalten als die Kopfzeile. Prüfen Sie, ob ein Trennzeichen fehlt.",
  },
  too_many_columns: {
    en: "The line has more columns than the header. Put quotation marks around values that hold the delimiter.",
    de: "Die Zeile hat mehr Spalten als die Kopfzeile. Setzen Sie Werte, die das Trennzeichen enthalten, in Anführungszeichen.",
  },
  broken_quote: {
    en: "A quotation mark in the line is not closed, or stands inside a quoted value. Write it twice, or remove it.",
    de: "Ein Anführungszeichen der Zeile ist nicht geschlossen oder steht mitten in einem Wert. Verdoppeln oder entfernen Sie es.",
  },
  order_missing: { en: "The line names no order.", de: "Die Zeile nennt keine Bestellung." },
  product_missing: { en: "The line names no product.", de: "Die Zeile nennt kein Produkt." },
  date_missing: { en: "The line has no date.", de: "Die Zeile hat kein Datum." },
  date_unreadable: { en: "The date cannot be read.", de: "Das Datum ist nicht lesbar." },
  date_other_format: {
    en: "The date is written differently from the others in this column.",
    de: "Das Datum ist anders geschrieben als die übrigen dieser Spalte.",
  },
  date_out_of_range: {
    en: "The date lies before the first year that the mapping allows, or in the future.",
    de: "Das Datum liegt vor dem ersten Jahr, das die Zuordnung zulässt, oder in der Zukunft.",
  },
  quantity_not_number: { en: "The quantity is no number.", de: "Die Menge ist keine Zahl." },
  quantity_negative: {
    en: "The quantity is negative, and the mapping takes no refunds from it.",
    de: "Die Menge ist negativ, und die Zuordnung macht daraus keine Erstattung.",
  },
  price_not_number: { en: "The price is no number.", de: "Der Preis ist keine Zahl." },
  amount_too_large: {
    en: "The amount is too large to be true.",
    de: "Der Betrag ist zu groß, um wahr zu sein.",
  },
  currency_unknown: {
    en: "The currency is no code of ISO 4217, such as EUR.",
    de: "Die Währung ist kein Kürzel nach ISO 4217, etwa EUR.",
  },
  customer_damaged: {
    en: "The customer's id was rounded by a spreadsheet (1.23E+10), so that several customers share it. Export it as text.",
    de: "Die Kundennummer wurde von einer Tabellenkalkulation gerundet (1,23E+10), sodass mehrere Kundinnen und Kunden sie teilen. Exportieren Sie sie als Text.",
  },
  customer_too_long: {
    en: "The customer's id is longer than 200 characters.",
    de: "Die Kundennummer ist länger als 200 Zeichen.",
  },
  two_customers: {
    en: "The lines of this order name different customers.",
    de: "Die Zeilen dieser Bestellung nennen verschiedene Personen.",
  },
  order_not_in_files: {
    en: "The order of this line is not in the file of orders.",
    de: "Die Bestellung dieser Zeile fehlt in der Datei der Bestellungen.",
  },
  order_without_lines: { en: "The order has no items.", de: "Die Bestellung hat keine Positionen." },
  customer_not_in_files: {
    en: "The customer of this order is not in the file of customers.",
    de: "Die Person zu dieser Bestellung fehlt in der Datei der Kundinnen und Kunden.",
  },
  review_missing: { en: "The review has no id.", de: "Die Bewertung hat keine Nummer." },
  score_unreadable: { en: "The score is no number.", de: "Die Note ist keine Zahl." },
};
