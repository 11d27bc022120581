import type { Pool } from "pg";
import { z } from "zod";
import { type Context, record, type Tx } from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { isCountry } from "./phone.ts";

/** Kinds of identifiers that name a person, and not only a browser. */
export const namingKinds = ["user_id", "email", "phone"] as const;
export type NamingKind = (typeof namingKinds)[number];

const Limit = z.object({
  /** How many values of the kind events may give to one customer. */
  max: z.number().int().min(1).max(1000),
  /** Within how many days. */
  days: z.number().int().min(1).max(3650),
});
export type Limit = z.infer<typeof Limit>;

/** How events are told whose they are: the brand may change all of it. */
export const IdentityRules = z.object({
  /** The strongest first: where an event names several customers, the strongest that is known decides. */
  priority: z
    .array(z.enum(namingKinds))
    .length(namingKinds.length)
    .refine((kinds) => new Set(kinds).size === kinds.length, "Name each kind once."),
  limits: z.object({ user_id: Limit, email: Limit, phone: Limit, anonymous_id: Limit }),
  /** Values of the brand's own that name nobody, beside those that never do; without case. */
  blocked: z.array(z.string().trim().min(1).max(255)).max(1000),
  /** The country of phone numbers that do not say theirs; null takes only numbers with a plus. */
  phoneCountry: z
    .string()
    .refine(isCountry, "This is no country code of two letters with phone numbers, such as DE.")
    .nullable(),
  /** From how many known customers on a browser is shared, and its nameless events are nobody's. */
  sharedFrom: z.number().int().min(2).max(100),
  /** From how many known customers on an e-mail or a phone number is shared, and no evidence that two of them are one. */
  nameSharedFrom: z.number().int().min(2).max(100),
});
export type IdentityRules = z.infer<typeof IdentityRules>;

/** What holds until the brand says otherwise. */
export const usualRules: IdentityRules = {
  priority: ["user_id", "email", "phone"],
  limits: {
    user_id: { max: 1, days: 3650 },
    email: { max: 5, days: 365 },
    phone: { max: 5, days: 365 },
    anonymous_id: { max: 100, days: 30 },
  },
  blocked: [],
  phoneCountry: null,
  sharedFrom: 3,
  nameSharedFrom: 5,
};

/** The country that a time zone lies in, for those that phone numbers of gardens most often come from. */
const countryOfZone: Record<string, string> = {
  "Europe/Berlin": "DE",
  "Europe/Vienna": "AT",
  "Europe/Zurich": "CH",
  "Europe/London": "GB",
  "Europe/Paris": "FR",
  "Europe/Amsterdam": "NL",
  "Europe/Brussels": "BE",
  "Europe/Rome": "IT",
  "Europe/Madrid": "ES",
  "Europe/Warsaw": "PL",
  "Europe/Copenhagen": "DK",
  "Europe/Stockholm": "SE",
};

const key = "identity";

/** The garden's rules; what was never set is as usual, and the country follows from the garden's zone. */
export async function readRules(db: Pool | Tx, garden: { timezone: string }): Promise<IdentityRules> {
  const row = await queryOne(
    db,
    sql`select value from settings where key = ${key}`,
    z.object({ value: IdentityRules.partial().catch({}) }),
  );
  return { ...usualRules, phoneCountry: countryOfZone[garden.timezone] ?? null, ...row?.value };
}

/** Changes the rules from the next event on; what was resolved before stays as it is. */
export async function changeRules(ctx: Context, change: Partial<IdentityRules>): Promise<IdentityRules> {
  ctx.require("settings:write");
  return ctx.inTransaction(async (tx) => {
    const before = await readRules(tx, ctx.garden);
    const after: IdentityRules = { ...before, ...change };
    await query(
      tx,
      sql`insert into settings (key, value, changed_at) values (${key}, ${sql.json(after)}, ${ctx.now()})
        on conflict (key) do update set value = excluded.value, changed_at = excluded.changed_at`,
    );
    await record(tx, ctx, "identity.rules_changed", "identity", before, after);
    return after;
  });
}
