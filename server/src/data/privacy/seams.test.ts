import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { openGarden } from "../../../test/harness.ts";

const garden = await openGarden();
const { writeKey } = await garden.source("server");
const say = async (...batch: object[]) => {
  expect((await garden.send(writeKey, "/v1/batch", { batch })).status).toBe(200);
  await garden.drained();
};
const erase = async (value: string) => {
  const whom = { kind: "user_id", value };
  expect((await garden.api("POST", "/api/privacy/erasures", { whom })).status).toBe(201);
};
const erased = async () => (await garden.drops()).erased ?? 0;

test("whoever shares a browser with somebody who was erased goes on as before", async () => {
  await say({ type: "identify", userId: "ada", anonymousId: "kiosk" });
  await say({ type: "identify", userId: "ben", anonymousId: "kiosk" });
  await erase("ada");
  await say({ type: "track", event: "Lamp Seen", userId: "ben", anonymousId: "kiosk" });
  expect(await erased()).toBe(0);
  const seen = await garden.ctx.events.text(
    {},
    "select count() as n from events where name = 'Lamp Seen'",
    "JSONEachRow",
  );
  expect(JSON.parse(seen).n).toBe(1);
  await say({ type: "track", event: "Lamp Seen", userId: "ada", anonymousId: "kiosk" });
  expect(await erased()).toBe(1);
});

test("somebody who was erased is recognised by the hash of their address and by their number, too", async () => {
  const email = "cleo@example.org";
  await say({ type: "identify", userId: "cleo", traits: { email, phone: "+49 30 901820" } });
  await erase("cleo");
  const before = await erased();
  const hash = createHash("sha256").update(email).digest("hex");
  await say({ type: "identify", userId: "other-1", traits: { email_sha256: hash } });
  expect(await erased()).toBe(before + 1);
  await say({ type: "identify", userId: "other-2", traits: { email: "else@example.org" } });
  expect(await erased()).toBe(before + 1);
  await say({ type: "identify", userId: "other-3", traits: { phone: "+4930901820" } });
  expect(await erased()).toBe(before + 2);
});

test("a packed request and a Parquet file lose the person, and keep the others", async () => {
  await say({ type: "identify", userId: "dora-account" });
  const work = garden.app.work.of("test");
  await work.pause();
  const batch = Array.from({ length: 100 }, (_, at) => ({
    ...{ type: "track", event: "Chair Seen", userId: at === 7 ? "dora-account" : `guest-${at}` },
    properties: { text: "a long description ".repeat(10) },
  }));
  expect((await garden.send(writeKey, "/v1/batch", { batch })).status).toBe(200);
  const { rows } = await garden.ctx.pool.query("select unpacked from inbox");
  expect(rows[0].unpacked).toBeGreaterThan(8_192);
  const folder = join(garden.dataDir, "drop", "test", "orders", "done");
  await mkdir(folder, { recursive: true });
  const path = join(folder, "a.parquet");
  const ask = <T>(shape: z.ZodType<T>, sql: (file: string) => string) =>
    garden.ctx.events.askFile(shape, path, "Parquet", sql);
  await ask(
    z.unknown(),
    (file) =>
      `insert into function ${file} select number as line, if(number = 1, 'dora-account', 'guest') as customer from numbers(3)`,
  );
  await erase("dora-account");
  const left = await ask(z.object({ customer: z.string() }), (file) => `select customer from ${file}`);
  expect(left.map((row) => row.customer)).toEqual(["guest", "guest"]);
  work.resume();
  await garden.drained();
  const seen = await garden.ctx.events.text(
    {},
    "select count() as n from events where name = 'Chair Seen'",
    "JSONEachRow",
  );
  expect(JSON.parse(seen).n).toBe(99);
});
