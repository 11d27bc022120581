import { afterAll, beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { openBatchThread } from "./batch-thread.ts";
import { holdPipeline } from "./hold.ts";

let garden: TestGarden;
let writeKey: string;
const aside: { garden: string; request: number; error: unknown }[] = [];
let thread: ReturnType<typeof openBatchThread>;

beforeAll(async () => {
  garden = await openGarden();
  ({ writeKey } = await garden.source("server"));
  thread = openBatchThread({
    connection: garden.connection,
    keys: garden.ctx.keys,
    putAside: (id, request, error) => aside.push({ garden: id, request, error }),
  });
  // The thread alone works here.
  await garden.app.work.of("test").pipeline.pause();
});
afterAll(() => thread.close());

const track = (userId: string) =>
  garden.send(writeKey, "/v1/track", { userId, event: "Product Viewed", messageId: `of ${userId}` });

test("a thread works batches through, and hands the finished rows back", async () => {
  await track("ada");
  await track("ben");
  const batch = await thread.of("test").next();
  expect(batch).toMatchObject({ requests: 2, events: 2, kept: 2, rows: { target: "events_stored" } });
  const rows = Buffer.from(batch!.rows!.lines).toString("utf8").split("\n");
  expect(rows.map((row) => JSON.parse(row).name)).toEqual(["Product Viewed", "Product Viewed"]);
  expect(await thread.of("test").next()).toBeUndefined();
});

test("what it cannot work through is put aside, and told with the reason", async () => {
  const { rows } = await garden.ctx.pool.query(
    "insert into inbox (source_id, received_at, events, body) select min(id), now(), 1, $1 from sources returning id",
    [Buffer.from('{"broken')],
  );
  await track("cleo");
  expect(await thread.of("test").next()).toMatchObject({ kept: 1 });
  expect(aside).toMatchObject([{ garden: "test", request: rows[0].id, error: { message: /JSON/ } }]);
});

test("a garden's new currency counts from the next batch on", async () => {
  const order = (messageId: string) => ({
    ...{ userId: "ada", event: "Order Completed", messageId },
    properties: { order_id: messageId, total: 10, currency: "CHF" },
  });
  const gardenMinor = async () => {
    const batch = await thread.of("test").next();
    return JSON.parse(Buffer.from(batch!.rows!.lines).toString("utf8")).amount_garden_minor;
  };
  await garden.send(writeKey, "/v1/track", order("before"));
  expect(await gardenMinor()).toBeNull();
  await garden.ctx.pool.query("update rondell.gardens set currency = 'CHF' where id = 'test'");
  await garden.send(writeKey, "/v1/track", order("after"));
  expect(await gardenMinor()).toBe(1000);
});

test("an error of Postgres comes back with its code, and the next batch is tried in peace", async () => {
  await track("dora");
  await garden.ctx.pool.query("alter table outbox rename to outbox_away");
  await expect(thread.of("test").next()).rejects.toMatchObject({ code: "42P01" });
  await garden.ctx.pool.query("alter table outbox_away rename to outbox");
  expect(await thread.of("test").next()).toMatchObject({ kept: 1 });
});

test("a thread that was closed begins again when it is asked", async () => {
  const holder = await garden.ctx.pool.connect();
  // Something waits, and somebody else holds the pipeline: the thread waits for its turn when it is closed.
  await track("emil");
  await holder.query("begin");
  await holdPipeline(holder, "test");
  const refused = expect(thread.of("test").next()).rejects.toThrow(/ended/);
  await thread.close();
  await refused;
  await holder.query("commit");
  holder.release();
  expect(await thread.of("test").next()).toMatchObject({ kept: 1 });
  await thread.of("test").close();
});
