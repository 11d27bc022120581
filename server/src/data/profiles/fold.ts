import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

export const OwnProfile = z.object({
  customerId: z.number(),
  firstSeenAt: z.date(),
  lastSeenAt: z.date(),
  traits: z.record(z.string(), z.unknown()),
  traitTimes: z.record(z.string(), z.string()),
  email: z.string().nullable(),
  displayName: z.string().nullable(),
});
export type OwnProfile = z.infer<typeof OwnProfile>;

/**
 * The profile of a customer whom an operator merged from several, the survivor first. Of each trait the value that was said
 * last counts, whoever of them it was said of; of two said at the same time, or at no known one, the survivor's.
 */
export function foldProfiles(parts: readonly OwnProfile[]): OwnProfile {
  const [survivor] = parts;
  if (!survivor) throw new RangeError("A customer has at least one part.");
  const traits: Record<string, unknown> = {};
  const traitTimes: Record<string, string> = {};
  const saidBy = new Map<string, string>();
  for (const part of parts) {
    for (const key of new Set([...Object.keys(part.traits), ...Object.keys(part.traitTimes)])) {
      const at = part.traitTimes[key] ?? "";
      const before = saidBy.get(key);
      if (before !== undefined && at <= before) continue;
      saidBy.set(key, at);
      // A trait that was said to be gone has a time and no value.
      if (key in part.traits) traits[key] = part.traits[key];
      else delete traits[key];
      if (at) traitTimes[key] = at;
    }
  }
  const firstOf = <T>(pick: (part: OwnProfile) => T | null): T | null =>
    parts.map(pick).find((one) => one !== null) ?? null;
  const email =
    typeof traits.email === "string" && traits.email ? traits.email.slice(0, 254).toLowerCase() : null;
  return {
    customerId: survivor.customerId,
    firstSeenAt: new Date(Math.min(...parts.map((part) => part.firstSeenAt.getTime()))),
    lastSeenAt: new Date(Math.max(...parts.map((part) => part.lastSeenAt.getTime()))),
    traits,
    traitTimes,
    email: email ?? firstOf((part) => part.email),
    displayName: nameOf(traits) ?? firstOf((part) => part.displayName),
  };
}

function nameOf(traits: Record<string, unknown>): string | null {
  const text = (...keys: string[]) =>
    keys.map((key) => traits[key]).find((one) => typeof one === "string" && one);
  const whole = [text("firstName", "first_name"), text("lastName", "last_name")].filter(Boolean).join(" ");
  const name = text("name") ?? (whole || undefined) ?? text("email");
  return name === undefined ? null : String(name).slice(0, 200);
}

const columns = sql.raw("first_seen_at, last_seen_at, traits, trait_times, email, display_name");

/** Keeps customers' profiles as their own, before an operator merges them, and gives them. */
export function keepOwnProfiles(tx: Tx, customerIds: readonly number[]): Promise<OwnProfile[]> {
  if (!customerIds.length) return Promise.resolve([]);
  return query(
    tx,
    sql`insert into own_profiles (customer_id, ${columns}) select id, ${columns} from customers where id = any(${[...customerIds]}::bigint[])
      returning customer_id, ${columns}`,
    OwnProfile,
  );
}

/**
 * Makes of the own profiles of customers' parts, the survivor of each first, the profiles of the wholes. `kept` are those that
 * were read already.
 */
export async function foldWholes(
  tx: Tx,
  wholes: readonly (readonly number[])[],
  kept: readonly OwnProfile[] = [],
): Promise<void> {
  const there = new Set(kept.map((profile) => profile.customerId));
  const missing = wholes.flat().filter((id) => !there.has(id));
  const read = missing.length
    ? await query(
        tx,
        sql`select customer_id, ${columns} from own_profiles where customer_id = any(${missing}::bigint[])`,
        OwnProfile,
      )
    : [];
  const rows = [...kept, ...read];
  const own = new Map(rows.map((row) => [row.customerId, row]));
  const folded = wholes.map((parts) => {
    const profiles = parts.flatMap((id) => own.get(id) ?? []);
    // One by itself is as it was kept, to the letter.
    return profiles.length === 1 ? profiles[0]! : { ...foldProfiles(profiles), customerId: parts[0]! };
  });
  await query(
    tx,
    sql`update customers c set first_seen_at = a.first_seen_at, last_seen_at = a.last_seen_at, traits = a.traits, trait_times = a.trait_times,
        email = a.email, display_name = a.display_name
      from unnest(${folded.map((one) => one.customerId)}::bigint[], ${folded.map((one) => one.firstSeenAt)}::timestamptz[], ${folded.map((one) => one.lastSeenAt)}::timestamptz[],
        ${folded.map((one) => JSON.stringify(one.traits))}::jsonb[], ${folded.map((one) => JSON.stringify(one.traitTimes))}::jsonb[],
        ${folded.map((one) => one.email)}::text[], ${folded.map((one) => one.displayName)}::text[])
        as a (id, first_seen_at, last_seen_at, traits, trait_times, email, display_name)
      where c.id = a.id`,
  );
}

/** Customers stand by themselves again: what was kept as their own is all there is. Gives it. */
export function takeOwnProfiles(tx: Tx, customerIds: readonly number[]): Promise<OwnProfile[]> {
  if (!customerIds.length) return Promise.resolve([]);
  return query(
    tx,
    sql`delete from own_profiles where customer_id = any(${[...customerIds]}::bigint[]) returning customer_id, ${columns}`,
    OwnProfile,
  );
}
