import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { queryOne, sql } from "../../platform/postgres/index.ts";
import { Seal, sealColumns } from "./seal.ts";
import { type Check, FaultKind, lastCheck } from "./verify.ts";

export interface LedgerState {
  entries: number;
  /** The newest seal, with all entries up to it. */
  seal: Seal | null;
  check: Check | null;
}

/** How long the ledger is, and what is proven of it. Counts what is not sealed yet; the rest stands in the seals. */
export async function ledgerState(ctx: Context): Promise<LedgerState> {
  const seal = await queryOne(
    ctx.pool,
    sql`select ${sealColumns} from consent_seals order by number desc limit 1`,
    Seal,
  );
  const counted = await queryOne(
    ctx.pool,
    sql`select (select coalesce(sum(entries), 0) from consent_seals)::bigint as sealed,
      (select count(*) from consent_answers where id > ${seal?.uptoId ?? 0})::bigint as open`,
    z.object({ sealed: z.number(), open: z.number() }),
  );
  const { sealed, open } = counted!;
  return {
    entries: sealed + open,
    seal: seal ? { ...seal, entries: sealed } : null,
    check: (await lastCheck(ctx)) ?? null,
  };
}

/** A check as the outside sees it. */
export const ShownCheck = z.object({
  at: z.string(),
  whole: z.boolean(),
  entries: z.number(),
  /** Entries of erased customers: their place is proven, their content is gone. */
  erased: z.number(),
  chains: z.number(),
  seals: z.number(),
  fault: z
    .object({
      kind: FaultKind,
      entry: z.number().nullable(),
      seal: z.number().nullable(),
      customer: z.string().nullable(),
      purpose: z.string().nullable(),
    })
    .nullable(),
});

export function shownCheck({ checkedAt, fault, ...counts }: Check): z.infer<typeof ShownCheck> {
  const shown = fault && {
    kind: fault.kind,
    entry: fault.entry,
    seal: fault.seal,
    customer: fault.customerId === null ? null : publicId("customer", fault.customerId),
    purpose: fault.purpose,
  };
  return { at: checkedAt.toISOString(), whole: !fault, ...counts, fault: shown };
}
