import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { gardenAmountParams, gardenAmountSql } from "../events/index.ts";
import type { Writing } from "./lines.ts";
import { lineKindOf } from "./listed.ts";
import type { RoleFile } from "./load.ts";
import { type ImportResult, type Role, StatedCounts } from "./model.ts";
import { isJudged } from "./rejected.ts";
import type { StoredImport } from "./store.ts";
import { rawTable, workTable } from "./tables.ts";

/** Records that have a count of their own. */
const ordersNames = ["Order Completed", "Order Refunded", "Review Submitted"];

/** Counts what came of every line of the files; the sum is what was read. */
export async function countOutcome(
  ctx: Context,
  one: StoredImport,
  files: readonly RoleFile[],
  writing: Writing,
): Promise<ImportResult> {
  const { id } = one;
  const ask = <T>(shape: z.ZodType<T>, sql: string, params = {}) =>
    ctx.events.query(shape, params, sql, { lane: "work" });
  const lines = workTable(id, "lines");
  const records = workTable(id, "records");
  const roles = [...new Set(files.map((file) => file.role))];

  let read = 0;
  let converted = 0;
  const perFile = new Map<number, number>();
  const rejectedBy: Record<string, number> = {};
  const leftOutBy: Record<string, number> = {};
  const add = (counts: Record<string, number>, key: string, count: number) => {
    if (count) counts[key] = (counts[key] ?? 0) + count;
  };
  for (const role of roles) {
    const rows = await ask(
      z.object({ file: z.number(), fault: z.string(), rows: z.number(), converted: z.number() }),
      `select file, fault, count() as rows, sum(converted) as converted from ${rawTable(id, role)} group by file, fault`,
    );
    for (const row of rows) {
      read += row.rows;
      converted += row.converted;
      perFile.set(row.file, (perFile.get(row.file) ?? 0) + row.rows);
      if (isJudged(role) || row.fault === "") continue;
      if (row.fault === "blank") add(leftOutBy, "blank", row.rows);
      else add(rejectedBy, row.fault, row.rows);
    }
  }
  for (const row of await ask(
    z.object({ fate: z.string(), rows: z.number() }),
    `select fate, count() as rows from ${lines} where fate != '' group by fate`,
  )) {
    const [kind, reason] = row.fate.split(":") as [string, string];
    add(kind === "left" ? leftOutBy : rejectedBy, reason, row.rows);
  }
  // Costs name nobody by their nature.
  const listed = lineKindOf(one.mapping)?.kind;
  const countsNobody = listed ? (listed.person === "none" ? "0" : "1") : "role in ('lines', 'items')";
  const [used] = await ask(
    z.object({ withoutCustomer: z.number(), equal: z.number() }),
    `select countIf(person = '' and ${countsNobody} and not startsWith(fate, 'rejected:') and fate != 'left:blank') as without_customer,
      countIf(repeated and fate = '') as equal from ${lines}`,
  );
  // A no is kept also of people of whom nothing else may be.
  const keepsAnswers = listed?.keeps === "answers";
  const states = await ask(
    z.object({ state: z.string(), name: z.string(), records: z.number(), lines: z.number() }),
    `select if(r.state != 'unchanged' and r.person != '' and r.collect = 0 and r.state != 'withdrawn'${keepsAnswers ? " and r.erased = 1" : ""}, if(r.erased = 1, 'erased', 'no_consent'), r.state) as state, r.name as name, count() as records, sum(r.lines) as lines
      from ${records} as r group by state, name`,
  );
  const sum = (what: "records" | "lines", match: (row: (typeof states)[number]) => boolean) =>
    states.filter(match).reduce((total, row) => total + row[what], 0);
  const inState = (state: string) => (row: { state: string }) => row.state === state;
  const named = (name: string) => (row: { state: string; name: string }) =>
    row.name === name && row.state !== "no_consent" && row.state !== "erased" && row.state !== "withdrawn";
  add(leftOutBy, "no_consent", sum("lines", inState("no_consent")));
  add(leftOutBy, "erased", sum("lines", inState("erased")));

  const [people] = await ask(
    z.object({ customers: z.number(), fresh: z.number() }),
    `select uniqExactIf(customer_id, ${keepsAnswers ? "1" : "collect = 1"}) as customers, uniqExactIf(customer_id, ${keepsAnswers ? "1" : "collect = 1"} and made = 1) as fresh from ${workTable(id, "people")}`,
  );
  const [waiting] = await ask(
    z.object({ count: z.number() }),
    `select countIf(amount_minor is not null and isNull(${gardenAmountSql})) as count
      from ${records} where state in ('new', 'updated') and (person = '' or collect = 1)`,
    await gardenAmountParams(ctx),
  );

  const total = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
  const accepted = sum("lines", inState("new"));
  const updated = sum("lines", inState("updated"));
  const unchanged = sum("lines", inState("unchanged"));
  const leftOut = total(leftOutBy);
  const rejected = total(rejectedBy);
  return {
    read,
    accepted,
    updated,
    unchanged,
    leftOut,
    leftOutBy,
    rejected,
    rejectedBy,
    lookup: read - accepted - updated - unchanged - leftOut - rejected,
    records: {
      accepted: sum("records", inState("new")),
      updated: sum("records", inState("updated")),
      unchanged: sum("records", inState("unchanged")),
      withdrawn: sum("records", inState("withdrawn")),
    },
    orders: sum("records", named("Order Completed")),
    refunds: sum("records", named("Order Refunded")),
    reviews: sum("records", named("Review Submitted")),
    others: Object.fromEntries(
      [...new Set(states.map((row) => row.name))]
        .filter((name) => name !== "" && !ordersNames.includes(name))
        .map((name) => [name, sum("records", named(name))]),
    ),
    customers: people!.customers,
    newCustomers: people!.fresh,
    linesWithoutCustomer: used!.withoutCustomer,
    equalLines: used!.equal,
    linesConverted: converted,
    withoutRate: waiting!.count,
    files: files.map((file) => ({
      name: file.name,
      role: file.role as Role,
      lines: perFile.get(file.number) ?? 0,
    })),
    basis: one.basis,
    stated: await countStated(ctx, id),
    writing,
    seconds: (ctx.now().getTime() - one.startedAt!.getTime()) / 1000,
  };
}

/** What became of the statement about each purpose. */
async function countStated(ctx: Context, importId: number): Promise<Record<string, StatedCounts>> {
  const rows = await query(
    ctx.pool,
    sql`select p.key as purpose,
        count(*) filter (where c.stated and c.import_id = ${importId} and c.granted) as applied,
        count(*) filter (where c.stated and c.import_id = ${importId} and not c.granted) as withdrawn,
        count(*) filter (where c.stated and c.import_id <> ${importId}) as as_before,
        count(*) filter (where c.customer_id is not null and (c.import_id is null or not c.stated)) as own
      from import_customers n cross join purposes p
      left join consent_current c on c.customer_id = n.customer_id and c.purpose = p.key
      where n.import_id = ${importId} group by p.key`,
    StatedCounts.extend({ purpose: z.string() }),
  );
  return Object.fromEntries(rows.map(({ purpose, ...counts }) => [purpose, counts]));
}
