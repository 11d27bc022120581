import { z } from "zod";
import type { EventDatabase } from "./client.ts";

const Table = z.object({ name: z.string() });
const Count = z.object({ n: z.number() });
const waitMsMax = 5 * 60_000;

/** How soon a part that is no longer used leaves the disk, while that is waited for. */
const atOnce = "old_parts_lifetime = 1";
const asUsual = "old_parts_lifetime";

/**
 * Takes what was deleted off the disk: parts with deleted rows are written anew, changes that wait are finished, and the
 * parts that were used before, or lie aside, are removed. Gives how many tables were rewritten, and whether no old part
 * is left. Bytes on the disk of a server's replicas go as the server says.
 */
export async function dropDeletedParts(
  events: EventDatabase,
): Promise<{ rewritten: number; removed: number; isGone: boolean }> {
  const tables = await events.query(
    Table,
    {},
    `select distinct table as name from system.parts where database = currentDatabase() and active and has_lightweight_delete order by 1`,
  );
  for (const { name } of tables)
    await events.command(
      `alter table \`${name}\` apply deleted mask settings mutations_sync = 2`,
      {},
      { lane: "work" },
    );
  await until(async () => (await count(events, "system.mutations", "not is_done")) === 0);
  const old = await events.query(
    Table,
    {},
    "select distinct table as name from system.parts where database = currentDatabase() and not active order by 1",
  );
  const removed = await count(events, "system.parts", "not active");
  for (const { name } of old) await events.command(`alter table \`${name}\` modify setting ${atOnce}`);
  const names = new Set(old.map((table) => table.name));
  let isGone = false;
  try {
    isGone = await until(async () => {
      const left = await events.query(
        Table,
        {},
        "select distinct table as name from system.parts where database = currentDatabase() and not active",
      );
      const mine = left.filter((table) => names.has(table.name));
      // An engine with little to do looks for old parts every few minutes: this wakes it, and changes nothing else.
      for (const { name } of mine) await events.command(`system start cleanup \`${name}\``);
      return mine.length === 0;
    });
  } finally {
    for (const { name } of old) await events.command(`alter table \`${name}\` reset setting ${asUsual}`);
  }
  const aside = await events.query(
    z.object({ table: z.string(), name: z.string() }),
    {},
    "select table, name from system.detached_parts where database = currentDatabase()",
  );
  for (const { table, name } of aside)
    await events.command(
      `alter table \`${table}\` drop detached part '${name.replaceAll("'", "\\'")}' settings allow_drop_detached = 1`,
    );
  return { rewritten: tables.length, removed: removed + aside.length, isGone };
}

async function count(events: EventDatabase, table: string, condition: string): Promise<number> {
  const [row] = await events.query(
    Count,
    {},
    `select count() as n from ${table} where database = currentDatabase() and ${condition}`,
  );
  return row!.n;
}

async function until(isDone: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + waitMsMax;
  while (!(await isDone())) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return true;
}
