import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { type Executor, query, queryOne, sql } from "../../platform/postgres/index.ts";
import { type TouchpointRule, TouchpointRules } from "./model.ts";

const settingKey = "touchpoints";

/** The rules in their order: the first that holds decides. */
export async function loadTouchpointRules(db: Executor): Promise<TouchpointRule[]> {
  const row = await queryOne(
    db,
    sql`select value from settings where key = ${settingKey}`,
    z.object({ value: TouchpointRules }),
  );
  return row?.value.rules ?? [];
}

export async function saveTouchpointRules(tx: Tx, rules: readonly TouchpointRule[], at: Date): Promise<void> {
  await query(
    tx,
    sql`insert into settings (key, value, changed_at) values (${settingKey}, ${sql.json({ rules })}, ${at})
      on conflict (key) do update set value = excluded.value, changed_at = excluded.changed_at`,
  );
}
