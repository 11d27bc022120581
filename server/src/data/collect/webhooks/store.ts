import { z } from "zod";
import type { Tx } from "../../../garden/index.ts";
import { type Executor, execute, query, queryOne, sql } from "../../../platform/postgres/index.ts";
import { Rules } from "./rules.ts";
import { Signature } from "./schemes.ts";

type Db = Executor;

const Webhook = z.object({
  sourceId: z.number(),
  provider: z.string(),
  deliveryId: z.string(),
  signature: Signature,
  /** Sealed. */
  secret: z.string().nullable(),
  rules: Rules,
});
export type Webhook = z.infer<typeof Webhook>;

const columns = sql.raw("source_id, provider, delivery_id, signature, secret, rules");

export function findWebhook(db: Db, sourceId: number): Promise<Webhook | undefined> {
  return queryOne(db, sql`select ${columns} from webhooks where source_id = ${sourceId}`, Webhook);
}

export function lockWebhook(tx: Tx, sourceId: number): Promise<Webhook | undefined> {
  return queryOne(tx, sql`select ${columns} from webhooks where source_id = ${sourceId} for update`, Webhook);
}

export async function saveWebhook(tx: Tx, hook: Webhook, at: Date): Promise<void> {
  await query(
    tx,
    sql`insert into webhooks (source_id, provider, delivery_id, signature, secret, rules, changed_at)
      values (${hook.sourceId}, ${hook.provider}, ${hook.deliveryId}, ${sql.json(hook.signature)}, ${hook.secret}, ${JSON.stringify(hook.rules)}::text::json, ${at})
      on conflict (source_id) do update set provider = excluded.provider, delivery_id = excluded.delivery_id,
        signature = excluded.signature, secret = excluded.secret, rules = excluded.rules, changed_at = excluded.changed_at`,
  );
}

/** Bodies that nothing was made of: the newest as examples, and more of those that a rule could not make an event of. */
export const kept = { unmapped: 20, failed: 500, pasted: 20, days: 7 } as const;

const Fault = z.object({ code: z.string(), message: z.string() });

const Example = z.object({
  id: z.number(),
  receivedAt: z.date(),
  reason: z.enum(["unmapped", "failed", "pasted"]),
  fault: Fault.nullable(),
  trusted: z.boolean(),
  headers: z.record(z.string(), z.string()),
  body: z.string().transform((text) => JSON.parse(text) as unknown),
  replayedAt: z.date().nullable(),
});
export type Example = z.infer<typeof Example>;
const exampleColumns = sql.raw(`id, received_at, reason,
  case when fault_code is not null then jsonb_build_object('code', fault_code, 'message', fault) end as fault,
  trusted, headers, body, replayed_at`);

/** Keeps a body. False where so many that failed are kept that one more would push out another. */
export async function keepExample(
  db: Db,
  example: {
    sourceId: number;
    receivedAt: Date;
    reason: Example["reason"];
    fault: Example["fault"];
    trusted: boolean;
    headers: Readonly<Record<string, string>>;
    body: unknown;
  },
): Promise<boolean> {
  const { sourceId, reason } = example;
  const inserted = await execute(
    db,
    sql`insert into webhook_examples (source_id, received_at, reason, fault_code, fault, trusted, headers, body)
      select ${sourceId}::bigint, ${example.receivedAt}::timestamptz, ${reason}::text, ${example.fault?.code ?? null}::text, ${example.fault?.message ?? null}::text, ${example.trusted}::boolean, ${sql.json(example.headers)}, ${JSON.stringify(example.body)}::text
      where ${reason}::text <> 'failed' or (select count(*) from webhook_examples
        where source_id = ${sourceId}::bigint and reason = 'failed' and replayed_at is null) < ${kept.failed}::int`,
  );
  await query(
    db,
    sql`delete from webhook_examples where source_id = ${sourceId} and reason = ${reason} and id not in (
        select id from webhook_examples where source_id = ${sourceId} and reason = ${reason}
        order by (replayed_at is null) desc, id desc limit ${kept[reason]}::int)`,
  );
  return inserted > 0;
}

export function listExamples(db: Db, sourceId: number, max: number): Promise<Example[]> {
  return query(
    db,
    sql`select ${exampleColumns} from webhook_examples where source_id = ${sourceId} order by id desc limit ${max}`,
    Example,
  );
}

/** Those that were not made into events yet, oldest first. */
export function lockWaiting(tx: Tx, sourceId: number, max: number): Promise<Example[]> {
  return query(
    tx,
    sql`select ${exampleColumns} from webhook_examples
      where source_id = ${sourceId} and replayed_at is null and reason <> 'pasted' order by id limit ${max} for update`,
    Example,
  );
}

export async function markReplayed(tx: Tx, ids: readonly number[], at: Date): Promise<void> {
  await query(tx, sql`update webhook_examples set replayed_at = ${at} where id = any(${[...ids]}::bigint[])`);
}

export async function saveFaults(
  tx: Tx,
  faults: readonly { id: number; code: string; message: string }[],
): Promise<void> {
  await query(
    tx,
    sql`update webhook_examples e set fault_code = f.code, fault = f.message, reason = case when e.reason = 'unmapped' then 'unmapped' else 'failed' end
      from unnest(${faults.map((one) => one.id)}::bigint[], ${faults.map((one) => one.code)}::text[], ${faults.map((one) => one.message)}::text[]) as f (id, code, message) where e.id = f.id`,
  );
}

export function deleteExample(tx: Tx, sourceId: number, id: number): Promise<number> {
  return execute(tx, sql`delete from webhook_examples where source_id = ${sourceId} and id = ${id}`);
}

const Counts = z.object({ waiting: z.number(), failed: z.number() });

/** How many bodies wait for a rule, and how many one could not make an event of. */
export async function countExamples(db: Db, sourceId: number): Promise<z.infer<typeof Counts>> {
  const row = await queryOne(
    db,
    sql`select count(*) filter (where reason = 'unmapped')::int as waiting, count(*) filter (where reason = 'failed')::int as failed
      from webhook_examples where source_id = ${sourceId} and replayed_at is null`,
    Counts,
  );
  return row!;
}

/** Bodies hold personal data: none is kept longer than a week. */
export async function forgetExamples(db: Db, now: Date): Promise<void> {
  await query(
    db,
    sql`delete from webhook_examples where received_at < ${new Date(now.getTime() - kept.days * 86_400_000)}`,
  );
}

/** The customer of an order that the brand told of; undefined where none or several have one of that number. */
export async function whoOrdered(db: Db, orderId: string): Promise<number | undefined> {
  const rows = await query(
    db,
    sql`select distinct customer_id from live_records where record_key = ${`order:${orderId}`} and trusted limit 2`,
    z.object({ customerId: z.number() }),
  );
  return rows.length === 1 ? rows[0]!.customerId : undefined;
}
