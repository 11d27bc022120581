import { z } from "zod";
import { isCurrency } from "../platform/money.ts";
import { shownText } from "../platform/shown-text.ts";

export const Language = z.enum(["en", "de"]);
export type Language = z.infer<typeof Language>;

/** One brand: a schema in Postgres and a database in ClickHouse, both named after its id. */
export const Garden = z.object({
  id: z.string(),
  brand: z.string(),
  language: Language,
  currency: z.string(),
  timezone: z.string(),
  synthetic: z.boolean(),
  salt: z.string(),
  holdoutShare: z.number(),
});
export type Garden = z.infer<typeof Garden>;

/** What anybody may know of a garden: all but the salt, which draws the holdout. */
export const ShownGarden = Garden.omit({ salt: true });

function isTimezone(text: string): boolean {
  // An offset such as +02:00 is a zone for Intl, but not one that knows of summer time.
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

export const Brand = shownText(100);
export const Currency = z.string().refine(isCurrency, "This is no currency code of ISO 4217, such as EUR.");
export const Timezone = z
  .string()
  .refine(isTimezone, "This is no time zone of the IANA list, such as Europe/Berlin.");

export const schemaOf = (id: string) => `garden_${id}`;

export const rightNames = [
  "customers:read",
  "data:read",
  "data:write",
  "contacts:write",
  "privacy:read",
  "privacy:write",
  "privacy:erase",
  "insight:read",
  "insight:run",
  "experience:read",
  "experience:write",
  "offer:read",
  "settings:read",
  "settings:write",
  "sql:read",
  "audit:read",
  "operators:write",
  "garden:write",
  "collect:write",
  "decide:read",
] as const;
export const Right = z.enum(rightNames);
export type Right = z.infer<typeof Right>;

export const Role = z.enum(["owner", "editor", "analyst", "service"]);
export type Role = z.infer<typeof Role>;

const reads: Right[] = [
  "customers:read",
  "data:read",
  "insight:read",
  "experience:read",
  "offer:read",
  "settings:read",
];

/**
 * What each role may do. Service people see and help customers, also with what they ask about their own data; analysts
 * read and run; editors change. What cannot be taken back, erasing, is the owner's.
 */
export const rightsOfRole: Record<Role, readonly Right[]> = {
  owner: rightNames,
  editor: [
    ...reads,
    "data:write",
    "contacts:write",
    "privacy:read",
    "privacy:write",
    "insight:run",
    "experience:write",
  ],
  analyst: [...reads, "insight:run", "sql:read"],
  service: [
    "customers:read",
    "contacts:write",
    "privacy:read",
    "privacy:write",
    "experience:read",
    "experience:write",
  ],
};

/** Who acts: it stands in the audit trail, and decides what is allowed. */
export type Actor =
  | { kind: "operator"; id: string; name: string; role: Role }
  | { kind: "token"; id: string; name: string; scopes: readonly Right[] }
  /** The command line, through the socket that only the owner of the data folder can open. */
  | { kind: "command"; id: "command"; name: string }
  | { kind: "job"; id: string; name: string }
  /** A visitor, or a customer on a public page; has no right of an operator. */
  | { kind: "public"; id: string; name: string };

export function rightsOf(actor: Actor): readonly Right[] {
  switch (actor.kind) {
    case "operator":
      return rightsOfRole[actor.role];
    case "token":
      return actor.scopes;
    case "command":
    case "job":
      return rightNames;
    case "public":
      return [];
  }
}
