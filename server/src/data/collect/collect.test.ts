import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

const Row = z.object({
  name: z.string(),
  customerId: z.number(),
  subjectId: z.number(),
  visitorId: z.number(),
});
const rowsOf = (orderBy = "happened_at") =>
  garden.ctx.events.query(
    Row,
    {},
    `select name, customer_id, subject_id, visitor_id from events order by ${orderBy}`,
  );

describe("an event's way to the store", () => {
  test("what was answered with 200 can be asked for, and a repeated message counts once", async () => {
    const { writeKey } = await garden.source("server");
    const call = { userId: "u1", event: "Product Viewed", messageId: "m1", properties: { product_id: "p1" } };
    expect((await garden.send(writeKey, "/v1/track", call)).status).toBe(200);
    expect((await garden.send(writeKey, "/v1/t", call)).status).toBe(200);
    await garden.drained();
    const rows = await rowsOf();
    expect(rows.filter((row) => row.name === "Product Viewed")).toHaveLength(1);
    expect(await garden.drops()).toEqual({ duplicate: 1 });
  });

  test("anonymous history joins the customer at identify", async () => {
    const { writeKey } = await garden.source("server");
    await garden.send(writeKey, "/v1/page", { anonymousId: "a-77", messageId: "p1" });
    await garden.send(writeKey, "/v1/identify", { anonymousId: "a-77", userId: "u-77", messageId: "i1" });
    await garden.send(writeKey, "/v1/page", { anonymousId: "a-78", messageId: "p2" });
    await garden.send(writeKey, "/v1/identify", { anonymousId: "a-78", userId: "u-77", messageId: "i2" });
    await garden.drained();
    const page = await garden.api("GET", "/api/customers?search=u-77");
    expect(page.body.total).toBe(1);
    const timeline = await garden.api("GET", `/api/customers/${page.body.items[0].id}/timeline`);
    expect(timeline.body.items.map((item: { name: string }) => item.name).sort()).toEqual([
      "Customer Identified",
      "Customer Identified",
      "Page Viewed",
      "Page Viewed",
    ]);
  });

  test("an event of a browser is dropped until a preference grants it", async () => {
    const { writeKey } = await garden.source("browser");
    const before = await garden.drops();
    await garden.send(writeKey, "/v1/p", { anonymousId: "b-1", messageId: "b1" });
    await garden.send(writeKey, "/v1/p", {
      anonymousId: "b-1",
      messageId: "b2",
      context: { consent: { categoryPreferences: { Analytics: true } } },
    });
    await garden.drained();
    expect((await garden.drops()).no_consent ?? 0).toBe((before.no_consent ?? 0) + 1);
    const live = await garden.api("GET", "/api/events/live");
    expect(live.body.items.filter((item: { outcome: string }) => item.outcome === "no_consent")).toHaveLength(
      1,
    );
    expect(
      live.body.items.map(({ outcome, customer }: { outcome: string; customer: string | null }) => [
        outcome,
        customer,
      ]),
    ).toContainEqual(["kept", expect.stringMatching(/^cus_[0-9a-z]{6,}$/)]);
    for (const { customer } of live.body.items)
      if (customer !== null) expect(customer).toMatch(/^cus_[0-9a-z]{6,}$/);
    const { rows } = await garden.ctx.pool.query("select count(*)::int as n from inbox");
    expect(rows[0].n).toBe(0);
  });

  test("good events of a batch are kept, and bad ones are named", async () => {
    const { writeKey } = await garden.source("server");
    const answer = await garden.send(writeKey, "/v1/batch", {
      batch: [
        { type: "track", userId: "u2", event: "Good", messageId: "g1" },
        { type: "dance", userId: "u2", messageId: "bad1" },
        { type: "track", userId: "u2", event: "Old", messageId: "bad2", timestamp: "1970-01-01T00:00:00Z" },
        { type: "track", event: "Nobody", messageId: "bad3" },
      ],
    });
    expect(answer.status).toBe(200);
    expect(answer.body.accepted).toBe(1);
    expect((answer.body.rejected as { messageId: string }[]).map((one) => one.messageId)).toEqual([
      "bad1",
      "bad2",
      "bad3",
    ]);
    const rejected = await garden.api("GET", "/api/events/rejected");
    expect(rejected.body.items.map((one: { code: string }) => one.code).sort()).toEqual([
      "event.absurd_timestamp",
      "event.no_id",
      "event.unknown_type",
    ]);
  });

  test("gzip, text/plain and hostile text arrive whole", async () => {
    const { writeKey } = await garden.source("server");
    const body = JSON.stringify({
      userId: "u3",
      event: "Odd",
      messageId: "o1",
      properties: { text: "a\u0000b\ud83d", nested: { a: [1, { b: 2 }] } },
    }).replace('"nested"', '"__proto__":{"x":1},"nested"');
    expect(
      (
        await garden.send(writeKey, "/v1/track", gzipSync(body), {
          "content-type": "text/plain",
          "content-encoding": "gzip",
        })
      ).status,
    ).toBe(200);
    await garden.drained();
    const [row] = await garden.ctx.events.query(
      z.object({ properties: z.record(z.string(), z.unknown()) }),
      {},
      "select properties from events where name = 'Odd'",
    );
    expect(row?.properties.text).toBe("ab\ufffd");
    expect(Object.keys(row?.properties ?? {}).sort()).toEqual(["nested", "text"]);
  });
});

describe("bad input", () => {
  test.each([
    ["malformed JSON", "{", 400, "body.bad_json"],
    ["a list", "[]", 400, "body.not_an_object"],
    [
      "ten thousand levels",
      JSON.stringify({ userId: "u", event: "x", properties: {} }).replace(
        "{}",
        `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`,
      ),
      400,
      "event.too_deep",
    ],
    [
      "a hundred levels",
      JSON.stringify({ userId: "u", event: "x", properties: {} }).replace(
        "{}",
        `${'{"a":'.repeat(100)}1${"}".repeat(100)}`,
      ),
      400,
      "event.too_deep",
    ],
    [
      "an event of 40 KB",
      JSON.stringify({ userId: "u", event: "x", properties: { a: "x".repeat(40_000) } }),
      413,
      "event.too_large",
    ],
    ["a body of 600 KB", JSON.stringify({ batch: [], pad: "x".repeat(600_000) }), 413, "body.too_large"],
    ["a gzip bomb", gzipSync(Buffer.alloc(50_000_000, 32)), 413, "body.too_large"],
    [
      "the year 3000",
      JSON.stringify({ userId: "u", event: "x", timestamp: "3000-01-01T00:00:00Z" }),
      400,
      "event.absurd_timestamp",
    ],
  ])("%s gets a clear answer", async (_name, body, status, code) => {
    const { writeKey } = await garden.source("server");
    const answer = await garden.send(writeKey, "/v1/track", body);
    expect(answer.status).toBe(status);
    expect((answer.body.error as { code: string }).code).toBe(code);
  });

  test("an unknown key is refused", async () => {
    const answer = await garden.send("wk_nobody", "/v1/track", { userId: "u", event: "x" });
    expect(answer.status).toBe(401);
  });
});
