import { jsonSql, type LineKind } from "./kind.ts";

/** The traits that have a word of their own; any other column becomes a trait under its own name. */
const traits: readonly [field: string, trait: string][] = [
  ["email", "email"],
  ["phone", "phone"],
  ["firstName", "firstName"],
  ["lastName", "lastName"],
  ["name", "name"],
  ["company", "company"],
  ["street", "street"],
  ["zip", "zip"],
  ["city", "city"],
  ["region", "region"],
  ["country", "country"],
  ["language", "language"],
  ["birthday", "birthday"],
];

/** A list of customers: who they are, and what is known of them. An event does not come of it. */
export const customers: LineKind = {
  kind: "customers",
  needed: [],
  optional: ["customer", ...traits.map(([field]) => field), "happenedAt"],
  anyOf: [["customer", "email"]],
  others: "traits",
  person: "needed",
  dates: ["happenedAt"],
  numbers: [],
  keyFields: ["customer", "email"],
  faults: () => [],
  records: () => [
    {
      word: "customer",
      key: "person",
      name: "'Customer Listed'",
      properties: jsonSql(
        traits.map(([field, trait]) => [trait, `f_${field}`]),
        "others",
      ),
    },
  ],
  keeps: "profiles",
};
