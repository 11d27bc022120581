import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { lineKinds } from "./kinds/index.ts";
import { fieldsOfRole, type Mapping, type Role, roleNames } from "./model.ts";

/** Names of an import's own tables in the event store: made when it begins and dropped when it ends. */
export const rawTable = (importId: number, role: Role) => `import_${whole(importId)}_raw_${role}`;
export const workTable = (importId: number, what: WorkTable) => `import_${whole(importId)}_${what}`;

const workTables = ["lines", "rejected", "named", "drafts", "records", "people", "places", "bought"] as const;
type WorkTable = (typeof workTables)[number];

function whole(id: number): number {
  if (!Number.isSafeInteger(id) || id < 0) throw new Error(`Bad import ${id}`);
  return id;
}

/**
 * Working tables live for minutes: merging their parts would cost memory and time for nothing, and the
 * parts of a very large file must not hold up its own reading. A part is one file, in which each mark stands by itself: a bucket
 * is read from all parts, and of each only what is its own is unpacked.
 */
const unmerged = [
  "settings max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1",
  "parts_to_delay_insert = 100000, parts_to_throw_insert = 100000",
  "min_bytes_for_wide_part = 1000000000000, min_rows_for_wide_part = 1000000000000",
].join(", ");

/**
 * Each part holds lines of all buckets, and a bucket is read alone: with few rows to a mark, hardly any line of
 * another bucket is read with it.
 */
const finelyMarked = "index_granularity = 256";

/** Makes the empty working tables of an import; what an earlier attempt left in them is gone. */
export async function makeTables(ctx: Context, importId: number, mapping: Mapping): Promise<void> {
  await dropTables(ctx, importId);
  for (const role of Object.keys(mapping.files) as Role[]) {
    const fields = [...fieldsOfRole[role].needed, ...fieldsOfRole[role].optional].map(
      (field) => `f_${field} String`,
    );
    if (role in lineKinds) fields.push("others String");
    await ctx.events.command(
      `create table ${rawTable(importId, role)} (
        file UInt16, row UInt64, bucket UInt16, fault LowCardinality(String), converted UInt8, cells Array(String), ${fields.join(", ")}
      ) engine = MergeTree order by (bucket, file, row) ${unmerged}, ${finelyMarked}`,
    );
  }
  await ctx.events.command(
    `create table ${workTable(importId, "lines")} (
      bucket UInt16, order_no String, refund UInt8, file UInt16, row UInt64, role LowCardinality(String), fate LowCardinality(String),
      product String, name String, category LowCardinality(String), countable UInt8,
      quantity Decimal(38, 4), price Decimal(38, 8), amount_minor Int64, currency LowCardinality(String),
      happened_at DateTime64(3, 'UTC'), person String, country LowCardinality(String), city String,
      status LowCardinality(String), refund_of String, repeated UInt8, email String
    ) engine = MergeTree order by (bucket, order_no, refund, file, row) ${unmerged}`,
  );
  await ctx.events.command(
    `create table ${workTable(importId, "rejected")} (role LowCardinality(String), file UInt16, row UInt64, fate String, cells Array(String))
      engine = MergeTree order by (role, file, row) ${unmerged}`,
  );
  await ctx.events.command(
    `create table ${workTable(importId, "named")} (person String, email String, first_at DateTime64(3, 'UTC'), last_at DateTime64(3, 'UTC'))
      engine = MergeTree order by person ${unmerged}`,
  );
  const record = `bucket UInt16, record_key String, name LowCardinality(String), person String, country LowCardinality(String), city String,
    happened_at DateTime64(3, 'UTC'), amount_minor Nullable(Int64), currency LowCardinality(String), properties String,
    title String, body String, lines UInt32, content UInt128,
    channel LowCardinality(String), campaign LowCardinality(String), medium LowCardinality(String)`;
  await ctx.events.command(
    `create table ${workTable(importId, "drafts")} (${record}) engine = MergeTree order by (bucket, record_key) ${unmerged}`,
  );
  await ctx.events.command(
    `create table ${workTable(importId, "records")} (${record}, state LowCardinality(String), old_event_id UUID, event_id UUID, customer_id UInt64, collect UInt8, erased UInt8)
      engine = MergeTree order by (bucket, record_key) ${unmerged}`,
  );
  await ctx.events.command(
    `create table ${workTable(importId, "people")} (person String, customer_id UInt64, made UInt8, collect UInt8, erased UInt8) engine = MergeTree order by person ${unmerged}`,
  );
  await ctx.events.command(
    `create table ${workTable(importId, "bought")} (person String, product String, happened_at DateTime64(3, 'UTC'), order_no String)
      engine = MergeTree order by (person, product, happened_at) ${unmerged}`,
  );
}

/** Whether the working tables that the last steps need are there: they are dropped when the import is done. */
export async function hasTables(ctx: Context, importId: number): Promise<boolean> {
  const names = [workTable(importId, "records"), workTable(importId, "people")];
  const [row] = await ctx.events.query(
    z.object({ tables: z.number() }),
    { names },
    "select count() as tables from system.tables where database = currentDatabase() and name in {names:Array(String)}",
  );
  return row!.tables === names.length;
}

export async function dropTables(ctx: Context, importId: number): Promise<void> {
  const names = [
    ...roleNames.map((role) => rawTable(importId, role)),
    ...workTables.map((what) => workTable(importId, what)),
  ];
  for (const name of names) await ctx.events.command(`drop table if exists ${name} sync`);
}
