import type { PersonRecord } from "@rondell/models";
import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { proposeSimilar } from "../identity/index.ts";
import { findInThread } from "./find-thread.ts";
import { personOf } from "./traits.ts";

/** Customers read, and pairs written, at once. */
const customersAtOnce = 5_000;
const pairsAtOnce = 1_000;

/** Shares of the whole at which reading and comparing are done. */
const readUntil = 0.3;
const comparedUntil = 0.9;

export interface SearchResult extends Record<string, unknown> {
  /** Known customers that were compared. */
  customers: number;
  /** Pairs that are more likely one person than not. */
  pairs: number;
  /** Those that were not proposed before, that wait already, and that an operator decided before. */
  proposed: number;
  waiting: number;
  decided: number;
  /** Pairs of one person that the model expects, found or not. */
  expected: number;
  /** Whether the model's estimation came to rest. */
  converged: boolean;
}

/**
 * Compares all known customers and writes the pairs that may be one person into the list of proposals, with score and
 * evidence. Nobody is joined. Done again it adds only what is new; what an operator decided stays decided.
 */
export async function searchDuplicates(
  ctx: Context,
  job: { progress: (share: number, detail?: Record<string, unknown>) => Promise<void>; signal: AbortSignal },
): Promise<SearchResult> {
  const total = await queryOne(
    ctx.pool,
    sql`select count(*) as count from customers where known`,
    z.object({ count: z.number() }),
  );
  // The thread says how far it is without waiting; a search that was cancelled hears of it by its signal.
  const onShare = (share: number) =>
    void job
      .progress(readUntil + (comparedUntil - readUntil) * share, { step: "comparing" })
      .catch(() => undefined);
  const found = await findInThread(
    knownPeople(ctx, (read) =>
      job.progress(readUntil * Math.min(1, read / Math.max(1, total!.count)), {
        step: "reading",
        customers: read,
      }),
    ),
    { signal: job.signal, onShare },
  );
  let [proposed, waiting] = [0, 0];
  for (let at = 0; at < found.pairs.length; at += pairsAtOnce) {
    job.signal.throwIfAborted();
    const pairs = found.pairs.slice(at, at + pairsAtOnce);
    const written = await ctx.inTransaction((tx) => proposeSimilar(tx, ctx, pairs));
    proposed += written.made;
    waiting += written.waiting;
    const share = (at + pairs.length) / found.pairs.length;
    await job.progress(comparedUntil + (1 - comparedUntil) * 0.99 * share, { step: "writing" });
  }
  return {
    customers: found.customers,
    pairs: found.pairs.length,
    proposed,
    waiting,
    decided: found.pairs.length - proposed - waiting,
    expected: Math.round(found.expected),
    converged: found.converged,
  };
}

const Row = z.object({
  id: z.number(),
  traits: z.record(z.string(), z.unknown()),
  email: z.string().nullable(),
});

/** Known customers, page by page in the order of their ids; those who were joined into others are not among them. */
async function* knownPeople(
  ctx: Context,
  onRead: (read: number) => Promise<void>,
): AsyncGenerator<PersonRecord[]> {
  let [after, read] = [0, 0];
  for (;;) {
    const rows = await query(
      ctx.pool,
      sql`select c.id, c.traits, coalesce(c.email, (
            select i.value from identifiers i where i.kind = 'email' and i.customer_id = c.id order by i.first_seen_at, i.value limit 1
          )) as email
        from customers c
        where c.known and c.id > ${after} and not exists (select 1 from customer_links l where l.subject_id = c.id)
        order by c.id limit ${customersAtOnce}`,
      Row,
    );
    if (!rows.length) return;
    yield rows.map(personOf);
    after = rows.at(-1)!.id;
    read += rows.length;
    await onRead(read);
  }
}
