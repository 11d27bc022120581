import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { recordAnswers } from "./record.ts";

/** Grants in one transaction. */
const atOnce = 2_000;

/**
 * Notes in the ledger which grants have run out, and tells whoever must stop. Each counted as a no from its last second on,
 * whether this has run or not. Gives how many there were.
 */
export async function expireGrants(ctx: Context): Promise<number> {
  let expired = 0;
  for (;;) {
    const noted = await ctx.inTransaction(async (tx) => {
      const rows = await query(
        tx,
        sql`select s.customer_id, s.purpose, s.expires_at, s.wording_version from consent_standing s
          join consent_current c on c.customer_id = s.customer_id and c.purpose = s.purpose
          where s.expired and c.granted order by s.customer_id, s.purpose limit ${atOnce} for update of c skip locked`,
        z.object({
          customerId: z.number(),
          purpose: z.string(),
          expiresAt: z.date(),
          wordingVersion: z.number().nullable(),
        }),
      );
      await recordAnswers(
        tx,
        rows.map(({ customerId, purpose, expiresAt, wordingVersion }) => ({
          customerId,
          purpose,
          granted: false,
          basis: "consent" as const,
          origin: "expiry",
          actor: "rondell",
          act: "expired" as const,
          ...(wordingVersion === null ? {} : { wordingVersion }),
          at: expiresAt,
        })),
      );
      return rows.length;
    });
    expired += noted;
    if (noted < atOnce) return expired;
  }
}
