import type { Pool } from "pg";
import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import type { Proposal, Sighting } from "./model.ts";

/** At most this many events are kept as the evidence of a proposal, the latest of them. */
const sightingsMax = 20;

/** With whom each of these is proposed to be one, whether it was decided or not; as survivors. */
export async function pairedWith(db: Pool | Tx, ids: readonly number[]): Promise<Map<number, Set<number>>> {
  if (!ids.length) return new Map();
  const rows = await query(
    db,
    sql`with asked as (select unnest(${[...ids]}::bigint[]) as id)
      select p.id, array_agg(coalesce(l.customer_id, p.other)) as others from (
        select a.id, m.customer_b as other from asked a join merge_proposals m on m.customer_a = a.id
        union all select a.id, m.customer_a from asked a join merge_proposals m on m.customer_b = a.id
      ) as p left join customer_links l on l.subject_id = p.other group by p.id`,
    z.object({ id: z.number(), others: z.array(z.coerce.number()) }),
  );
  return new Map(rows.map(({ id, others }) => [id, new Set(others)]));
}

/** Proposes pairs that events named at once, with which events they were. A pair that was decided stays decided. */
export async function saveProposals(
  tx: Tx,
  ctx: Pick<Context, "now">,
  proposals: readonly Proposal[],
): Promise<void> {
  const pairs = new Map<string, { a: number; b: number; reason: string; sightings: Sighting[] }>();
  for (const { a, b, reason, sighting } of proposals) {
    const pair = pairs.get(`${a} ${b}`);
    if (pair) pair.sightings.push(sighting);
    else pairs.set(`${a} ${b}`, { a, b, reason, sightings: [sighting] });
  }
  const all = [...pairs.values()];
  await query(
    tx,
    sql`insert into merge_proposals as m (customer_a, customer_b, reason, evidence, seen, created_at)
      select a, b, reason, jsonb_build_object('sightings', sightings), seen, ${ctx.now()}
      from unnest(${all.map((one) => one.a)}::bigint[], ${all.map((one) => one.b)}::bigint[], ${all.map((one) => one.reason)}::text[],
        ${all.map((one) => JSON.stringify(one.sightings.slice(-sightingsMax)))}::jsonb[], ${all.map((one) => one.sightings.length)}::int[]) as p (a, b, reason, sightings, seen)
      on conflict (customer_a, customer_b) do update set seen = m.seen + excluded.seen,
        evidence = m.evidence || jsonb_build_object('sightings', (
          select coalesce(jsonb_agg(value order by place), '[]') from (
            select value, place from jsonb_array_elements(coalesce(m.evidence -> 'sightings', '[]') || (excluded.evidence -> 'sightings')) with ordinality as s (value, place)
            order by place desc limit ${sightingsMax}
          ) as latest))`,
  );
}

/** Two known customers who look like one person. `probability` is in [0, 1]; weights are in bits, for it above 0. */
export interface SimilarPair {
  a: number;
  b: number;
  probability: number;
  /** What else the two would be, against which the evidence was weighed. */
  against: string;
  evidence: readonly { field: string; level: string; weight: number }[];
}

/**
 * Proposes pairs that look alike. A pair that waits already keeps its reason and gets the newest score; one that was
 * decided stays as it is, and pairs of somebody who was joined or removed meanwhile are left out. Gives how many
 * are new, and how many wait already.
 */
export async function proposeSimilar(
  tx: Tx,
  ctx: Pick<Context, "now">,
  pairs: readonly SimilarPair[],
): Promise<{ made: number; waiting: number }> {
  const evidence = pairs.map(({ probability, against, evidence }) =>
    JSON.stringify({ probability, against, fields: evidence }),
  );
  const rows = await query(
    tx,
    sql`insert into merge_proposals (customer_a, customer_b, reason, evidence, created_at)
      select p.a, p.b, 'similar', p.evidence, ${ctx.now()}
      from unnest(${pairs.map((one) => Math.min(one.a, one.b))}::bigint[], ${pairs.map((one) => Math.max(one.a, one.b))}::bigint[], ${evidence}::jsonb[]) as p (a, b, evidence)
      where (select count(*) from customers c where c.id in (p.a, p.b) and c.known) = 2
        and not exists (select 1 from customer_links l where l.subject_id in (p.a, p.b))
      order by p.a, p.b
      on conflict (customer_a, customer_b) do update set evidence = merge_proposals.evidence || excluded.evidence
        where merge_proposals.state = 'open'
      returning (xmax = 0) as made`,
    z.object({ made: z.boolean() }),
  );
  const made = rows.filter((row) => row.made).length;
  return { made, waiting: rows.length - made };
}
