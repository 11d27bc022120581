import type { Pool, PoolClient } from "pg";
import type { Logger } from "pino";
import type { EventDatabase } from "../platform/clickhouse/index.ts";
import type { Keys } from "../platform/keys/index.ts";
import { query, type Sql, sql, withTransaction } from "../platform/postgres/index.ts";
import { refuse } from "../platform/refusal.ts";
import { type Actor, type Garden, type Right, rightsOf } from "./model.ts";

/** A transaction on the garden's schema. */
export type Tx = PoolClient;

/** What every verb is given: the garden, who acts, its databases and the clock. */
export interface Context {
  /** As it is now: a context that lives as long as the process hears of changed settings too. */
  readonly garden: Garden;
  readonly actor: Actor;
  /** Postgres, standing in the garden's schema. */
  readonly pool: Pool;
  /** ClickHouse, standing in the garden's database. */
  readonly events: EventDatabase;
  /** Keys outside of the database, for what is sealed in it. */
  readonly keys: Keys;
  readonly log: Logger;
  now(): Date;
  /** Refuses `right.missing` unless the actor has the right. */
  require(right: Right): void;
  inTransaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Wakes whoever waits for facts, the inbox or the outbox after a commit. */
  wake(): void;
  as(actor: Actor): Context;
}

export interface ContextParts {
  garden: Garden;
  pool: Pool;
  events: EventDatabase;
  keys: Keys;
  log: Logger;
  now: () => Date;
  wake: () => void;
}

/** Refuses `right.missing` unless the actor has the right. */
export function requireRight(actor: Actor, right: Right): void {
  if (rightsOf(actor).includes(right)) return;
  refuse("forbidden", "right.missing", `This needs the right ${right}. Ask an owner of the garden for it.`);
}

export function makeContext(parts: ContextParts, actor: Actor): Context {
  const { pool, events, keys, log, now, wake } = parts;
  return {
    get garden() {
      return parts.garden;
    },
    pool,
    events,
    keys,
    log,
    now,
    wake,
    actor,
    require: (right) => requireRight(actor, right),
    inTransaction: async (work) => {
      const result = await withTransaction(pool, work);
      wake();
      return result;
    },
    as: (other) => makeContext(parts, other),
  };
}

/** A change as the audit trail keeps it. */
interface Change {
  action: string;
  subject: string;
  before: unknown;
  after: unknown;
}

/** Writes a change into the audit trail, in the transaction that makes it. */
export async function record(
  tx: Tx,
  ctx: Context,
  action: string,
  subject: string,
  before: unknown,
  after: unknown,
): Promise<void> {
  await query(tx, inTrail(ctx, [{ action, subject, before, after }]));
}

const inTrail = (ctx: Context, changes: readonly Change[]): Sql => sql`
    insert into audit (at, actor_kind, actor_id, actor_name, action, subject, before, after)
    select ${ctx.now()}, ${ctx.actor.kind}, ${ctx.actor.id}, ${ctx.actor.name}, action, subject, before, after
    from unnest(${changes.map((one) => one.action)}::text[], ${changes.map((one) => one.subject)}::text[],
      ${changes.map((one) => json(one.before))}::jsonb[], ${changes.map((one) => json(one.after))}::jsonb[]) with ordinality as c (action, subject, before, after, place)
    order by place`;

/** Saves what came of a verb in one statement: the fact for those who listen, and the changes for the audit trail. */
export async function conclude(
  tx: Tx,
  ctx: Context,
  fact: { name: string; payload: unknown },
  changes: readonly Change[],
): Promise<void> {
  await query(
    tx,
    sql`with told as (insert into facts (name, payload) values (${fact.name}, ${JSON.stringify(fact.payload)}))
    ${inTrail(ctx, changes)}`,
  );
}

/** Saves a fact that others listen to; `app.ts` says who. It is told after the transaction. */
export async function announce(tx: Tx, name: string, payload: unknown): Promise<void> {
  await query(tx, sql`insert into facts (name, payload) values (${name}, ${JSON.stringify(payload)})`);
}

const json = (value: unknown) => (value === undefined || value === null ? null : JSON.stringify(value));

export type { Sql };
