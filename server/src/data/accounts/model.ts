import { z } from "zod";

export type Traits = Record<string, unknown>;

/** What is known of an account, and when the brand said it: a trait without a time is what a browser said. */
export interface AccountState {
  traits: Traits;
  times: Record<string, string>;
  /** Whether the brand itself told of the account. */
  vouched: boolean;
}

/** What somebody said of an account. Without `at` it is unproven: it counts for nothing that the brand said. */
export interface Saying {
  traits: Traits;
  at: Date | null;
}

/**
 * What is known after this was said. Of each trait the value that was said last stays, whatever order the calls come in;
 * null removes one. What a browser said of an account is gone as soon as the brand speaks of it.
 */
export function foldAccount(before: AccountState, said: readonly Saying[]): AccountState {
  let { traits, times, vouched } = { ...before };
  traits = { ...traits };
  times = { ...times };
  for (const { traits: stated, at } of said) {
    if (at && !vouched) {
      traits = {};
      times = {};
      vouched = true;
    }
    if (!at && vouched) continue;
    const when = at?.toISOString();
    for (const [key, value] of Object.entries(stated)) {
      const last = times[key];
      if (when && last !== undefined && last > when) continue;
      if (value === null || value === undefined) delete traits[key];
      else traits[key] = value;
      if (when) times[key] = when;
    }
  }
  return { traits, times, vouched };
}

export const roleMax = 100;

/** A role as it is kept; undefined where there is none. */
export function roleOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = value.replace(/\s+/g, " ").trim().slice(0, roleMax).trim();
  return text === "" ? undefined : text;
}

/** The time of a membership in which something happened belongs to its account: from `since` on, and before `until`. */
export const isWithin = (member: { since: Date; until: Date | null }, at: Date) =>
  member.since <= at && (member.until === null || at < member.until);

export const TraitsInput = z
  .record(
    z.string().trim().min(1).max(60),
    z.union([z.string().trim().max(500), z.number(), z.boolean(), z.null()]),
  )
  .refine((traits) => Object.keys(traits).length <= 50, "At most 50 traits at once.");
