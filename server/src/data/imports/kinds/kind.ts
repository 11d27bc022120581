import { literal } from "../expressions.ts";

/** What an import brings. Orders are made of many lines and several files; of all others each line stands for itself. */
export const kindNames = [
  "orders",
  "customers",
  "events",
  "costs",
  "reviews",
  "answers",
  "tickets",
  "consents",
] as const;
export type ImportKind = (typeof kindNames)[number];

/** What the rules and the garden say to the SQL of a kind. Every text in it is ours or is bound. */
export interface KindAsk {
  /** SQL of a text column as a number, or null. */
  number(column: string): string;
  /** SQL of a text column as an instant, or null. */
  instant(column: string): string;
}

/** SQL, over the values of one line, of a record that it makes. */
export interface RecordSql {
  /** The natural key, after the kind's word and the source. */
  key: string;
  /** Its first part: records of different words never meet. */
  word: string;
  /** The event's name. */
  name: string;
  /** JSON of its properties, or of a customer's traits. */
  properties: string;
  at?: string;
  title?: string;
  body?: string;
  /** Where only some lines make it. */
  when?: string;
  channel?: string;
  campaign?: string;
  medium?: string;
  /** An amount in minor units; the currency stands beside it. */
  amount?: string;
}

/**
 * A kind of import of which each line is a record. One file holds what is particular to it; reading, judging,
 * comparing with what is known, and taking back are the same for all.
 */
export interface LineKind {
  kind: ImportKind;
  needed: readonly string[];
  optional: readonly string[];
  /** Of each group of fields at least one must have a column. */
  anyOf: readonly (readonly string[])[];
  /** What columns become that no field names. */
  others: "traits" | "properties" | "none";
  /** Whether a line must name a customer; costs name nobody. */
  person: "needed" | "possible" | "none";
  /** Fields that hold a date, the first of which is when it happened. */
  dates: readonly string[];
  /** Fields that hold a number. */
  numbers: readonly string[];
  /** The field of an amount of money. */
  amount?: string;
  /** The fields that make up the natural key. */
  keyFields: readonly string[];
  /** What is said against a line besides: a condition, and the reason. */
  faults(ask: KindAsk): [string, string][];
  records(ask: KindAsk): RecordSql[];
  /** Where its records go: to events, to customers' profiles, or into the ledger of consents. */
  keeps: "events" | "profiles" | "answers";
}

/** How a value stands in JSON: a text, a number, JSON as it is, or a yes or no that is always there. */
type JsonAs = "text" | "number" | "raw" | "flag";

/** SQL of a JSON object; members whose value is an empty text are left out. */
export function jsonSql(members: readonly (readonly [string, string, JsonAs?])[], others?: string): string {
  const parts = members.map(([name, value, as = "text"]) => {
    const key = literal(`"${name}":`);
    if (as === "text") return `if(${value} = '', '', concat(${key}, toJSONString(${value})))`;
    if (as === "number") return `if(isNull(${value}), '', concat(${key}, toString(assumeNotNull(${value}))))`;
    if (as === "flag") return `concat(${key}, if(${value}, 'true', 'false'))`;
    return `if(${value} = '', '', concat(${key}, ${value}))`;
  });
  if (others) parts.push(others);
  return `concat('{', arrayStringConcat(arrayFilter(x -> x != '', [${parts.join(", ")}]), ','), '}')`;
}

/** SQL of a text that holds several values, divided by commas or semicolons, as a JSON list of texts; '' where it is empty. */
export const listSql = (column: string) =>
  `if(${column} = '', '', toJSONString(arrayFilter(x -> x != '', arrayMap(x -> trimBoth(x), splitByRegexp('[,;|]', ${column})))))`;
