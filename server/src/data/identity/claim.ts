import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import type { IdentifierKind } from "./model.ts";

/** What a list of customers says of one of them: a number, and beside it an e-mail address. */
export interface EmailClaim {
  /** The customer's number under the kind that the list numbers its customers by. */
  value: string;
  email: string;
  at: Date;
}

/** An identifier that was given to a customer. */
export interface GivenIdentifier {
  kind: string;
  value: string;
  customerId: number;
}

const Given = z.object({ kind: z.string(), value: z.string(), customerId: z.number() });

/**
 * Before the customers of a list are found: a number that nobody has is the number of whoever has the e-mail address beside it,
 * if that one has no number yet. So a subscriber who is known by an address becomes the customer, and is not doubled.
 */
export async function adoptByEmail(
  tx: Tx,
  kind: IdentifierKind,
  claims: readonly EmailClaim[],
): Promise<GivenIdentifier[]> {
  if (!claims.length) return [];
  return query(
    tx,
    sql`insert into identifiers (kind, value, customer_id, first_seen_at)
      select distinct on (owner) ${kind}::text, value, owner, at from (
        select a.value, a.at, coalesce(l.customer_id, e.customer_id) as owner
        from unnest(${claims.map((one) => one.value)}::text[], ${claims.map((one) => one.email)}::text[], ${claims.map((one) => one.at)}::timestamptz[])
          as a (value, email, at)
        join identifiers e on e.kind = 'email' and e.value = a.email
        left join customer_links l on l.subject_id = e.customer_id
        where not exists (select 1 from identifiers i where i.kind = ${kind} and i.value = a.value)
      ) as wanted
      where not exists (
        select 1 from identifiers n left join customer_links m on m.subject_id = n.customer_id
        where n.kind in ('user_id', ${kind}) and (n.customer_id = owner or m.customer_id = owner)
      )
      order by owner, value
      on conflict do nothing returning kind, value, customer_id`,
    Given,
  );
}

/**
 * Gives the e-mail addresses of a list to its customers, where nobody has them. Of an address that another known customer
 * has, the two are proposed to be one person, and nobody is joined. `made` are those whom this transaction made.
 */
export async function claimEmails(
  tx: Tx,
  ctx: Pick<Context, "now">,
  claims: readonly { customerId: number; email: string; at: Date }[],
  made: ReadonlySet<number>,
): Promise<GivenIdentifier[]> {
  if (!claims.length) return [];
  const given = await query(
    tx,
    sql`insert into identifiers (kind, value, customer_id, first_seen_at)
      select distinct on (email) 'email', email, customer_id, at
      from unnest(${claims.map((one) => one.email)}::text[], ${claims.map((one) => one.customerId)}::bigint[], ${claims.map((one) => one.at)}::timestamptz[])
        as a (email, customer_id, at)
      order by email, customer_id
      on conflict do nothing returning kind, value, customer_id`,
    Given,
  );
  // Whoever is new and got the address is nobody else.
  const owned = new Set(
    given.filter((one) => made.has(one.customerId)).map((one) => keyOf(one.customerId, one.value)),
  );
  const others = claims.filter((one) => !owned.has(keyOf(one.customerId, one.email)));
  if (!others.length) return given;
  const emails = others.map((one) => one.email);
  await query(
    tx,
    sql`insert into merge_proposals (customer_a, customer_b, reason, evidence, created_at)
      select distinct least(a.customer_id, o.owner), greatest(a.customer_id, o.owner), 'same_email', '{}'::jsonb, ${ctx.now()}::timestamptz
      from unnest(${emails}::text[], ${others.map((one) => one.customerId)}::bigint[]) as a (email, customer_id)
      join (select i.value, coalesce(l.customer_id, i.customer_id) as owner
        from identifiers i left join customer_links l on l.subject_id = i.customer_id
        where i.kind = 'email' and i.value = any(${emails}::text[])) as o on o.value = a.email
      where o.owner <> a.customer_id
      on conflict (customer_a, customer_b) do nothing`,
  );
  return given;
}

const keyOf = (customerId: number, email: string) => `${customerId} ${email}`;

/** Takes identifiers back from the customers who were given them. */
export async function takeBack(tx: Tx, given: readonly GivenIdentifier[]): Promise<void> {
  if (!given.length) return;
  await query(
    tx,
    sql`delete from identifiers i using unnest(${given.map((one) => one.kind)}::text[], ${given.map((one) => one.value)}::text[]) as a (kind, value)
      where i.kind = a.kind and i.value = a.value`,
  );
}
