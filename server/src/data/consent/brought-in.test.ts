import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { freshDatabase } from "../../../test/database.ts";
import type { Context, Garden } from "../../garden/index.ts";
import { migrate, openPool } from "../../platform/postgres/index.ts";
import { openAnchors } from "./anchors.ts";
import { recordAnswers } from "./record.ts";
import { verifyLedger } from "./verify.ts";

const all = join(import.meta.dirname, "../../../migrations/postgres/garden");

test("answers of before the ledger are brought into it, and it goes on from them", async () => {
  const database = await freshDatabase();
  const dir = await mkdtemp(join(tmpdir(), "rondell-ledger-"));
  const pool = openPool(database.connection, { max: 2, schema: "garden_old" });
  try {
    for (const file of await readdir(all))
      if (!/^01[789]/.test(file)) await cp(join(all, file), join(dir, file));
    await migrate(pool, { schema: "garden_old", dir });
    await pool.query(`insert into consent_answers (customer_id, purpose, granted, basis, origin, wording_version, at, source_id, import_id)
      select c, p, c % 3 <> 0, 'consent', 'event „ä“', 1, now() - make_interval(secs => c + n * 0.1234567), nullif(c % 2, 0), nullif(c % 5, 0)
      from generate_series(1, 40) c, unnest(array['measure', 'contact']) p, generate_series(1, 1 + c % 4) n`);
    await pool.query(`insert into consent_current (customer_id, purpose, granted, basis, at)
      select distinct on (customer_id, purpose) customer_id, purpose, granted, basis, at from consent_answers order by 1, 2, at desc`);
    for (const file of await readdir(all)) await cp(join(all, file), join(dir, file));
    await migrate(pool, { schema: "garden_old", dir });

    const ctx = {
      pool,
      garden: { id: "old", salt: "salt" } as Garden,
      now: () => new Date(),
      log: pino({ level: "silent" }),
    } as Context;
    const anchors = openAnchors(dir);
    const brought = await verifyLedger(ctx, anchors);
    expect(brought).toMatchObject({ fault: null, entries: 200, chains: 80 });
    const client = await pool.connect();
    await recordAnswers(client, [
      { customerId: 7, purpose: "contact", granted: false, basis: "consent", origin: "form", at: new Date() },
    ]);
    client.release();
    expect(await verifyLedger(ctx, anchors)).toMatchObject({ fault: null, entries: 201, chains: 80 });
    await pool.query("alter table consent_answers disable trigger user");
    await pool.query("update consent_answers set granted = not granted where id = 11");
    expect((await verifyLedger(ctx, anchors)).fault).toMatchObject({ kind: "entry_changed", entry: 11 });
  } finally {
    await pool.end();
    await database.drop();
    await rm(dir, { recursive: true, force: true });
  }
});
