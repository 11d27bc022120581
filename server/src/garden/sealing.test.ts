import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openGarden } from "../../test/harness.ts";
import { ringOf } from "../platform/keys/index.ts";
import { sealedColumns } from "../sealed-columns.ts";
import { sealAll, waitsToBeSealed } from "./sealing.ts";

const garden = await openGarden();
const { pool, keys } = garden.ctx;
const stored = async () =>
  (await pool.query<{ body: string }>("select body from review_texts order by record_key")).rows.map(
    (row) => row.body,
  );
const read = async () => (await stored()).map((text) => keys.ring().open(text, "review_texts.body"));
const file = join(garden.dataDir, "secrets", "encryption.keys");

/** Texts as they stood before there were keys. */
async function write(count: number): Promise<string[]> {
  await pool.query(
    `insert into review_texts (record_key, customer_id, import_id, title, body, written_at)
      select 'r' || to_char(n, 'FM00000'), 1, 1, '', 'Words ' || n, now() from generate_series(1, $1::int) n`,
    [count],
  );
  return Array.from({ length: count }, (_, at) => `Words ${at + 1}`);
}

test("free text is sealed, and a rotation that is cut short goes on and loses nothing", async () => {
  const words = await write(1_200);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await sealAll(pool, keys.ring(), sealedColumns);
  const first = keys.ring().currentId;
  expect((await stored()).every((text) => text.startsWith(`sealed:${first}:`))).toBe(true);
  expect(await read()).toEqual(words);

  await keys.add();
  const second = keys.ring().currentId;
  expect(second).not.toBe(first);
  await expect(
    sealAll(pool, keys.ring(), sealedColumns, async (done) => {
      if (done >= 1_700) throw new Error("the power goes");
    }),
  ).rejects.toThrow("the power goes");
  const half = await stored();
  expect(half.some((text) => text.includes(first)) && half.some((text) => text.includes(second))).toBe(true);
  expect(await read()).toEqual(words);

  const { status, body } = await garden.api("POST", "/api/keys/rotate");
  expect(status).toBe(202);
  expect((await garden.app.jobs.ended(body.jobId)).error).toBeNull();
  const third = keys.ring().currentId;
  expect((await stored()).every((text) => text.startsWith(`sealed:${third}:`))).toBe(true);
  expect(await read()).toEqual(words);
  // The newest seals; the first keys the hashes and stays; what stood between them is gone.
  expect(keys.ring().ids).toEqual([third, first]);
  expect((await readFile(file, "utf8")).trim().split("\n")).toHaveLength(2);
});

test("without its key a garden says which one is missing, and a text that was moved is not opened", async () => {
  const [text] = await stored();
  expect(() => keys.ring().open(text!, "survey_answers.reason")).toThrow("was changed");
  const other = ringOf(Buffer.alloc(32, 3).toString("base64"));
  expect(() => other.open(text!, "review_texts.body")).toThrow("encryption.keys");
  await expect(waitsToBeSealed(pool, other, sealedColumns)).rejects.toMatchObject({ code: "key.missing" });
});

test("keys that are changed at the same time are all kept, and none is dropped that texts still need", async () => {
  const before = keys.ring();
  await Promise.all([keys.add(), keys.add(), keys.add()]);
  expect(keys.ring().ids.slice(3)).toEqual(before.ids);
  expect(ringOf(await readFile(file, "utf8")).ids).toEqual(keys.ring().ids);

  // All texts were sealed with one ring, and a newer key came before the former ones were dropped.
  const words = await read();
  const ring = keys.ring();
  await sealAll(pool, ring, sealedColumns);
  await keys.add();
  expect((await keys.dropOld(ring)).ids).toContain(ring.currentId);
  expect(await read()).toEqual(words);
  await sealAll(pool, keys.ring(), sealedColumns);
  expect((await keys.dropOld(keys.ring())).ids).toHaveLength(2);
  expect(await read()).toEqual(words);
});
