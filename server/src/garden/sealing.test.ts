import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openGarden } from "../../test/harness.ts";
import { ringOf } from "../platform/keys/index.ts";
import { sealedColumns } from "../sealed-columns.ts";
import { findSource } from "./index.ts";
import { sealAll, waitsToBeSealed } from "./sealing.ts";

const garden = await openGarden({}, { webhookAllowPrivate: true });
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

test("secrets are sealed where they lie, go with a rotation, and are what they were to whom they are told", async () => {
  const made = await garden.api("POST", "/api/sources", { name: "Shop server", kind: "server" });
  const { id, writeKey } = made.body;
  const target = await garden.api("POST", "/api/webhook-targets", {
    ...{ name: "CRM", url: "https://127.0.0.1:9/hear", events: [] },
  });
  const hook = await garden.api("POST", "/api/webhooks", {
    ...{ name: "Calls", provider: "calls", secret: "what only the sender knows" },
  });
  expect([made.status, target.status, hook.status], JSON.stringify([target.body, hook.body])).toEqual([
    201, 201, 201,
  ]);
  const kept = async () =>
    (
      await pool.query<{ secret: string }>(
        `select signing_secret as secret from sources where write_key = $1 union all select secret from webhook_targets
          union all select secret from webhooks where secret is not null`,
        [writeKey],
      )
    ).rows.map((row) => row.secret);
  const tell = async () => (await garden.api("GET", `/api/sources/${id}/signing-secret`)).body.signingSecret;
  const secret = await tell();
  expect(secret).toMatch(/^sg_/);
  expect(target.body.secret).toMatch(/^whsec_/);
  const before = await kept();
  expect(before).toHaveLength(3);
  expect(before.every((text) => text.startsWith(`sealed:${keys.ring().currentId}:`))).toBe(true);

  const { body } = await garden.api("POST", "/api/keys/rotate");
  expect((await garden.app.jobs.ended(body.jobId)).error).toBeNull();
  expect((await kept()).every((text) => text.startsWith(`sealed:${keys.ring().currentId}:`))).toBe(true);
  expect((await kept()).some((text) => before.includes(text))).toBe(false);
  expect(await tell()).toBe(secret);

  // A secret that stands there from before is still one, and is sealed by the next start.
  await pool.query("update sources set signing_secret = $1 where write_key = $2", [secret, writeKey]);
  expect(await tell()).toBe(secret);
  await sealAll(pool, keys.ring(), sealedColumns);
  expect((await kept()).every((text) => text.startsWith("sealed:"))).toBe(true);

  // A signature by it is believed as ever.
  const found = await findSource(garden.app.gardens, writeKey);
  expect(found?.source.signingSecret).toBe(secret);
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
