import { randomBytes } from "node:crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { isAllowed } from "../consent/index.ts";
import { findCustomer } from "../identity/index.ts";
import { openInbox } from "./inbox.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

const namesOf = async (prefix: string) =>
  (
    await garden.ctx.events.query(
      z.object({ name: z.string() }),
      { prefix },
      "select name from events where startsWith(name, {prefix:String}) order by name",
    )
  ).map((row) => row.name);

test("a list in a call that is no batch is no batch: what was not checked is not worked through", async () => {
  const { writeKey: server } = await garden.source("server");
  const { writeKey: browser } = await garden.source("browser");
  await garden.send(server, "/v1/identify", { userId: "ada", traits: { email: "ada@brand.example" } });
  await garden.drained();
  const grants = { consent: { categoryPreferences: { measure: true, personalise: true, contact: true } } };
  for (const [key, path] of [
    [browser, "/v1/track"],
    [browser, "/v1/identify"],
    [server, "/v1/page"],
  ] as const) {
    const answer = await garden.send(key, path, {
      anonymousId: "outside",
      event: "Smuggled outside",
      context: { consent: { categoryPreferences: { measure: true } } },
      batch: [
        { type: "track", event: "Smuggled 1", userId: "ada", context: grants },
        {
          type: "track",
          event: "Smuggled 2",
          anonymousId: "in",
          timestamp: "1970-01-01T00:00:00Z",
          context: grants,
        },
        { type: "identify", userId: "smuggled", anonymousId: "in", context: grants },
      ],
    });
    expect(answer.body).toMatchObject({ success: true, accepted: 1 });
  }
  await garden.drained();
  expect(await namesOf("Smuggled")).toEqual(["Smuggled outside"]);
  expect(await findCustomer(garden.ctx.pool, "user_id", "smuggled")).toBeUndefined();
  const ada = (await findCustomer(garden.ctx.pool, "user_id", "ada"))!;
  expect(await isAllowed(garden.ctx.pool, ada, "profile")).toBe(false);
});

test("long requests are packed, and come out as they came", async () => {
  const { writeKey } = await garden.source("server");
  garden.app.work.of(garden.garden.id).pipeline.pause();
  // Short, worth packing, and long enough to be packed beside this thread.
  for (const [name, events] of [
    ["Short", 1],
    ["Long", 30],
    ["Longest", 400],
  ] as const) {
    const batch = Array.from({ length: events }, (_, at) => ({
      ...{ type: "track", event: `Packed ${name}`, userId: "u", messageId: `packed-${name}-${at}` },
      properties: { text: "€ as ever ".repeat(50), at },
    }));
    expect((await garden.send(writeKey, "/v1/batch", { batch })).body).toMatchObject({ accepted: events });
  }
  const { rows } = await garden.ctx.pool.query(
    "select length(body) as kept, unpacked from inbox order by events",
  );
  expect(rows[0].unpacked).toBeNull();
  expect(rows[1].unpacked).toBeGreaterThan(8 * 1024);
  expect(rows[2].unpacked).toBeGreaterThan(128 * 1024);
  for (const { kept, unpacked } of rows.slice(1)) expect(kept).toBeLessThan(unpacked / 5);
  garden.app.work.of(garden.garden.id).pipeline.resume();
  await garden.drained();
  const stored = await garden.ctx.events.query(
    z.object({ name: z.string(), events: z.number(), last: z.number() }),
    {},
    `select name, count() as events, max(toUInt32(properties.at)) as last from events
      where startsWith(name, 'Packed') and toString(properties.text) = repeat('€ as ever ', 50) group by name order by events`,
  );
  expect(stored).toEqual([
    { name: "Packed Short", events: 1, last: 0 },
    { name: "Packed Long", events: 30, last: 29 },
    { name: "Packed Longest", events: 400, last: 399 },
  ]);
});

describe("the inbox", () => {
  beforeEach(() => garden.app.work.of(garden.garden.id).pipeline.pause());
  afterEach(async () => {
    await garden.ctx.pool.query("delete from inbox");
    garden.app.work.of(garden.garden.id).pipeline.resume();
  });

  const insert = async (body: string | Buffer, lane = 0): Promise<number> =>
    (
      await garden.ctx.pool.query(
        "insert into inbox (source_id, lane, received_at, events, body) select min(id), $2, now(), 1, $1 from sources returning id",
        [Buffer.from(body), lane],
      )
    ).rows[0].id;
  const request = (bytes: number) => ({
    sourceId: 1,
    receivedAt: new Date(),
    trust: { trusted: false },
    events: 1,
    body: randomBytes(bytes),
  });
  const sizeOf = async () =>
    Number((await garden.ctx.pool.query("select pg_total_relation_size('inbox') as n")).rows[0].n);

  test("counts what waits: neither what left it, nor what was put aside", async () => {
    for (let n = 0; n < 30; n++) await insert(randomBytes(20_000));
    await garden.ctx.pool.query("delete from inbox");
    await insert("{}");
    const emptied = await sizeOf();
    // The table has kept its size, which is just below the cap.
    await openInbox(garden.ctx.pool, emptied + 100, () => {}).accept(request(10_000));
    for (let n = 0; n < 10; n++) await insert(randomBytes(20_000), -1);
    await openInbox(garden.ctx.pool, 50_000, () => {}).accept(request(10_000));
    // What waits is counted to the byte: 2 + 10,000 + 10,000 by now.
    const full = openInbox(garden.ctx.pool, 25_000, () => {});
    await expect(full.accept(request(5_000))).rejects.toMatchObject({ code: "inbox.full" });
    await full.accept(request(4_000));
    await expect(full.accept(request(1_000))).rejects.toMatchObject({ code: "inbox.full" });
  });

  test("puts aside the request that failed, and not another one that waits before it", async () => {
    const good = await insert('{"batch":[{"type":"track","event":"Held","userId":"u","messageId":"held"}]}');
    const broken = await insert('{"broken');
    const other = await garden.ctx.pool.connect();
    try {
      // Another process has its hands on the first request.
      await other.query("begin");
      await other.query("select id from inbox where id = $1 for update", [good]);
      garden.app.work.of(garden.garden.id).pipeline.resume();
      await expect
        .poll(async () => (await other.query("select lane from inbox where id = $1", [broken])).rows[0].lane)
        .toBe(-1);
      await other.query("rollback");
    } finally {
      other.release();
    }
    await garden.drained();
    expect((await garden.ctx.pool.query("select id, lane from inbox")).rows).toEqual([
      { id: broken, lane: -1 },
    ]);
    await garden.app.work.of(garden.garden.id).pipeline.pause();
  });
});
