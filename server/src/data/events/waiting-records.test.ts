import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDatabase } from "../../../test/database.ts";
import { migrate, openPool } from "../../platform/postgres/index.ts";

const all = join(import.meta.dirname, "../../../migrations/postgres/garden");
const schema = "garden_old";
const event = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

test("records that older merges hid wait each under a number of its own, the best of each part", async () => {
  const database = await freshDatabase();
  const dir = await mkdtemp(join(tmpdir(), "rondell-waiting-"));
  const pool = openPool(database.connection, { max: 2, schema });
  try {
    for (const file of await readdir(all)) if (file < "0201") await cp(join(all, file), join(dir, file));
    await migrate(pool, { schema, dir });
    // By merge 7 part 11 lost three, by merge 8 the order A another time, and part 12 one that two merges hid.
    const hidden: [merge: number, part: number, key: string, event: number, trusted: boolean, at: string][] =
      [
        [7, 11, "order:A", 1, false, "2026-01-01T10:00:00Z"],
        [8, 11, "order:A", 2, true, "2026-01-02T10:00:00Z"],
        [7, 11, "order:B", 3, true, "2026-01-03T10:00:00Z"],
        [8, 11, "order:B", 4, true, "2026-01-03T09:00:00Z"],
        [7, 11, "order:C", 5, false, "2026-01-01T10:00:00Z"],
        [8, 12, "order:A", 6, false, "2026-01-01T08:00:00Z"],
        [9, 12, "order:A", 6, false, "2026-01-01T08:00:00Z"],
        [9, 12, "order:D", 7, true, "2026-01-01T08:00:00Z"],
      ];
    for (const [merge, part, key, number, trusted, at] of hidden)
      await pool.query(
        "insert into merged_records (merge_id, part_id, record_key, event_id, trusted, received_at) values ($1, $2, $3, $4, $5, $6)",
        [merge, part, key, event(number), trusted, at],
      );
    await pool.query(`insert into facts (name, payload) values
      ('identity.merged', '{"survivorId": 1, "joinedId": 2}'), ('identity.unmerged', '{"survivorId": 3, "joinedId": 4}'), ('consent.withdrawn', '{"customerIds": [1]}')`);
    const before = (await pool.query("select nextval('row_versions')::int as v")).rows[0].v;

    for (const file of await readdir(all)) await cp(join(all, file), join(dir, file));
    expect(await migrate(pool, { schema, dir })).toContain(201);

    const { rows: kept } = await pool.query(
      "select part_id::int as part, record_key as key, event_id as event, number::bigint::text as number from merged_records order by part, key",
    );
    expect(kept.map(({ number: _, ...record }) => record)).toEqual([
      // Of two the trusted one stands above, else the one that came first.
      { part: 11, key: "order:A", event: event(2) },
      { part: 11, key: "order:B", event: event(4) },
      { part: 11, key: "order:C", event: event(5) },
      { part: 12, key: "order:A", event: event(6) },
      { part: 12, key: "order:D", event: event(7) },
    ]);
    const numbers = kept.map(({ number }) => Number(number));
    expect(new Set(numbers).size).toBe(5);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(3_000_000_000);

    const { rows: sent } = await pool.query(
      "select target, convert_from(lines, 'UTF8') as lines from outbox order by id",
    );
    const linesOf = ({ lines }: { lines: string }) =>
      lines.split("\n").map((line) => JSON.parse(line) as Record<string, number | string>);
    expect(sent.map(({ target }) => target)).toEqual(["superseded", "imports_shown", "imports_shown"]);
    const [hides, shows, opens] = sent.map(linesOf);
    // Everything hidden stays so under its own number, before the numbers of the merges let go of it.
    expect(hides!.map((line) => line.event_id).sort()).toEqual(
      hidden.map(([, , , number]) => event(number)).sort(),
    );
    const numberOf = new Map(hides!.map((line) => [line.event_id, line.import_id]));
    for (const record of kept.filter((one) => one.event !== event(6)))
      expect(numberOf.get(record.event)).toBe(Number(record.number));
    expect(shows!.map((line) => line.import_id).sort()).toEqual(hides!.map((line) => line.import_id).sort());
    expect(shows!.every((line) => line.shown === 1 && Number(line.version) > before)).toBe(true);
    expect(opens!.map((line) => [line.import_id, line.shown]).sort()).toEqual(
      [7, 8, 9].map((merge) => [2_147_483_648 + merge, 0]),
    );

    // What is on its way to be told of merges is told in the new shape, and nothing else is touched.
    const { rows: facts } = await pool.query("select name, payload from facts order by id");
    expect(facts).toEqual([
      { name: "identity.merged", payload: { merges: [{ survivorId: 1, joinedId: 2 }] } },
      { name: "identity.unmerged", payload: { merges: [{ survivorId: 3, joinedId: 4 }] } },
      { name: "consent.withdrawn", payload: { customerIds: [1] } },
    ]);
    await expect(
      pool.query(
        "insert into merged_records (part_id, record_key, event_id, trusted, received_at, number) values (11, 'order:A', gen_random_uuid(), true, now(), 1)",
      ),
    ).rejects.toThrow(/merged_records_pkey/);
  } finally {
    await pool.end();
    await database.drop();
    await rm(dir, { recursive: true, force: true });
  }
});
