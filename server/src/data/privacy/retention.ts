import { z } from "zod";
import { type Context, record } from "../../garden/index.ts";
import { query, type Sql, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { listPurposes } from "../consent/index.ts";
import { type ErasureParts, erasePerson } from "./erase.ts";
import { ErasureMode } from "./model.ts";
import { monthsAfter } from "./requests.ts";

/** After how many months without anything people go, or after their no to a purpose. */
export const RetentionRule = z.object({
  rule: z.union([z.enum(["inactive_visitors", "inactive_customers"]), z.string().regex(/^no:[\w-]{1,60}$/)]),
  months: z.number().int().min(1).max(240),
  mode: ErasureMode,
});
export type RetentionRule = z.infer<typeof RetentionRule>;

/** People in one night: each is erased by itself, so a night has an end. */
const peopleMax = 2_000;

export function listRules(ctx: Context): Promise<RetentionRule[]> {
  return query(ctx.pool, sql`select rule, months, mode from retention_rules order by rule`, RetentionRule);
}

/** Replaces the rules; none is the usual. Refuses purpose.missing. */
export async function saveRules(ctx: Context, rules: readonly RetentionRule[]): Promise<void> {
  ctx.require("privacy:erase");
  const before = await listRules(ctx);
  const purposes = new Set((await listPurposes(ctx.pool)).map((purpose) => `no:${purpose.key}`));
  const unknown = rules.find(({ rule }) => rule.startsWith("no:") && !purposes.has(rule));
  if (unknown)
    refuse("missing", "purpose.missing", "This purpose does not exist any more. Load the page again.");
  await ctx.inTransaction(async (tx) => {
    await query(tx, sql`delete from retention_rules`);
    for (const { rule, months, mode } of rules)
      await query(
        tx,
        // Somebody else may be saving theirs.
        sql`insert into retention_rules (rule, months, mode) values (${rule}, ${months}, ${mode})
          on conflict (rule) do update set months = excluded.months, mode = excluded.mode`,
      );
    await record(tx, ctx, "privacy.retention_changed", "retention", before, rules);
  });
}

/** Whom a rule means now: survivors of links, the longest silent first. */
function meant(ctx: Context, { rule, months }: Pick<RetentionRule, "rule" | "months">): Sql {
  const before = monthsAfter(ctx.now(), -months);
  const notJoined = sql`not exists (select from customer_links l where l.subject_id = c.id)`;
  if (rule.startsWith("no:")) {
    return sql`select c.id, c.last_seen_at as at from customers c join consent_current a on a.customer_id = c.id
      where a.purpose = ${rule.slice(3)} and not a.granted and a.at < ${before} and ${notJoined}`;
  }
  const known = rule === "inactive_customers";
  return sql`select c.id, c.last_seen_at as at from customers c
    where c.known = ${known} and c.last_seen_at < ${before} and ${notJoined}`;
}

/** How many people a rule would reach if it were in force now. */
export async function previewRule(
  ctx: Context,
  rule: Pick<RetentionRule, "rule" | "months">,
): Promise<number> {
  const [row] = await query(
    ctx.pool,
    sql`select count(*) as n from (${meant(ctx, rule)}) as m`,
    z.object({ n: z.number() }),
  );
  return row!.n;
}

/** The nightly work: does what the rules say and counts it. Gives how many people went. */
export async function retain(
  ctx: Context,
  parts: ErasureParts,
  progress: (done: number) => Promise<void>,
  max = peopleMax,
): Promise<number> {
  let done = 0;
  for (const rule of await listRules(ctx)) {
    const all = await previewRule(ctx, rule);
    const some = await query(
      ctx.pool,
      sql`select id from (${meant(ctx, rule)}) as m order by at, id limit ${Math.max(0, max - done)}`,
      z.object({ id: z.number() }),
    );
    let people = 0;
    for (const { id } of some) {
      await erasePerson(ctx, parts, { customerId: id, mode: rule.mode });
      people++;
      await progress(done + people);
    }
    done += people;
    if (all) {
      await query(
        ctx.pool,
        sql`insert into retention_log (at, rule, mode, people, waiting) values (${ctx.now()}, ${rule.rule}, ${rule.mode}, ${people}, ${all - people})`,
      );
    }
  }
  return done;
}

export const RetentionEntry = z.object({
  at: z.date(),
  rule: z.string(),
  mode: ErasureMode,
  people: z.number(),
  waiting: z.number(),
});

export function retentionLog(ctx: Context): Promise<z.infer<typeof RetentionEntry>[]> {
  return query(
    ctx.pool,
    sql`select at, rule, mode, people, waiting from retention_log order by at desc, id desc limit 60`,
    RetentionEntry,
  );
}
