import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { enqueueLines } from "../../platform/outbox/index.ts";
import { findCustomer, idsOf } from "../identity/index.ts";

let garden: TestGarden;
let writeKey: string;
beforeAll(async () => {
  garden = await openGarden();
  writeKey = (await garden.source("server")).writeKey;
});

const waiting = async () =>
  (
    await garden.ctx.pool.query(
      "select (select count(*)::int from inbox) as inbox, (select count(*)::int from outbox) as outbox",
    )
  ).rows[0];

/** Text as senders have it when something is wrong with them. */
const oddText = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 10 }),
  fc.constantFrom(
    "a\u0000b",
    "\ud83d",
    "x\udc00",
    "\u0000",
    "__proto__",
    "__pro\u0000to__",
    "constructor",
    "a.b",
    "a.b.c",
    "",
    "'; drop table events; --",
    "\\",
    "\t\n",
    "{id:UInt64}",
    "NaN",
    "1e400",
    "\u202e",
    "😀".repeat(5),
    "x".repeat(3_000),
  ),
);
const oddNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1e308, -1e308, 5e-324, 2 ** 53, -(2 ** 53), 2 ** 64, 1e21, 0.1 + 0.2, 2 ** 63),
);
const oddValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    oddText,
    oddNumber,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.dictionary(oddText, tie("value"), { maxKeys: 5 }),
})).object as fc.Arbitrary<Record<string, unknown>>;

const oddCall = fc.record(
  {
    type: fc.constantFrom("track", "identify", "page", "screen", "group", "alias"),
    event: fc.oneof(fc.constant("Order Completed"), oddText),
    userId: fc.oneof(fc.constantFrom("u1", "u2"), oddText),
    anonymousId: fc.oneof(fc.constantFrom("a1", "a2"), oddText),
    previousId: oddText,
    groupId: oddText,
    messageId: oddText,
    timestamp: fc.constantFrom("2026-05-14T09:30:00Z", "1999-12-31", 1_780_000_000_000, undefined),
    sentAt: fc.constantFrom(
      "2026-05-14T09:30:00Z",
      "9999-01-01T00:00:00Z",
      "+275000-01-01T00:00:00Z",
      "soon",
      undefined,
    ),
    customerId: oddNumber,
    properties: fc.oneof(
      oddValue,
      fc.record({
        revenue: fc.oneof(oddNumber, oddText),
        currency: fc.constantFrom("EUR", "USD", "JPY", "XXX", "ZZZ"),
        order_id: fc.oneof(oddText, oddNumber, oddValue),
        products: fc.array(oddValue, { maxLength: 3 }),
      }),
    ),
    traits: fc.oneof(
      oddValue,
      fc.record({
        email: fc.oneof(oddText, fc.constantFrom("a\u0000@b.de", `${"x".repeat(5_000)}@b.de`)),
        name: oddText,
      }),
    ),
    context: fc.record(
      {
        campaign: fc.dictionary(fc.constantFrom("name", "source", "medium"), oddText),
        page: fc.dictionary(fc.constantFrom("url", "referrer", "search", "title"), oddText),
        userAgent: oddText,
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["type"] },
);

test("whatever is accepted is worked through", async () => {
  await garden.ctx.pool.query(
    "insert into exchange_rates (currency, valid_from, rate) values ('USD', '1990-01-01', 1e9)",
  );
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(oddCall, { minLength: 1, maxLength: 40 }), async (batch) => {
      const answer = await garden.send(writeKey, "/v1/batch", { batch });
      expect([200, 400]).toContain(answer.status);
      accepted += Number(answer.body.accepted ?? 0);
      await garden.drained();
      expect(await waiting()).toEqual({ inbox: 0, outbox: 0 });
    }),
    {
      numRuns: 25,
      endOnFailure: true,
      seed: Number(process.env.RONDELL_TEST_SEED ?? Date.now() % 1_000_000),
    },
  );
  expect(accepted).toBeGreaterThan(50);
});

describe("hostile senders", () => {
  test("ids with characters that no store keeps name the same person as without", async () => {
    for (const [n, userId] of ["od\u0000d", "odd", " odd\u0000 "].entries())
      await garden.send(writeKey, "/v1/track", { userId, event: `Odd\u0000 ${n}`, messageId: `odd-${n}` });
    for (const messageId of ["m\ud83d", "m\ud83d"])
      await garden.send(writeKey, "/v1/track", { userId: "half\ud83d", event: "Half", messageId });
    await garden.drained();
    expect(await waiting()).toEqual({ inbox: 0, outbox: 0 });
    const rows = await garden.ctx.events.query(
      z.object({ name: z.string(), customerId: z.number() }),
      {},
      "select name, customer_id from events where startsWith(name, 'Odd ') or name = 'Half' order by name",
    );
    expect(rows.map((row) => row.name)).toEqual(["Half", "Odd 0", "Odd 1", "Odd 2"]);
    expect(new Set(rows.slice(1).map((row) => row.customerId)).size).toBe(1);
  });

  test("a clock that is off by millennia moves no event out of the world", async () => {
    await garden.send(writeKey, "/v1/track", {
      userId: "clock",
      event: "Clock",
      timestamp: "2026-05-14T09:30:00Z",
      sentAt: "9999-01-01T00:00:00Z",
    });
    await garden.drained();
    const [row] = await garden.ctx.events.query(
      z.object({ seconds: z.number() }),
      {},
      "select abs(dateDiff('second', happened_at, received_at)) as seconds from events where name = 'Clock'",
    );
    expect(row?.seconds).toBe(0);
  });

  test("a request that cannot be worked through is put aside, and holds up no other", async () => {
    const broken = await garden.ctx.pool.query(
      `insert into inbox (source_id, received_at, events, body) select id, now(), 1, '{"broken' from sources limit 1 returning id`,
    );
    for (let n = 0; n < 5; n++)
      await garden.send(writeKey, "/v1/track", { userId: "after", event: "After", messageId: `after-${n}` });
    await garden.drained();
    const [row] = await garden.ctx.events.query(
      z.object({ n: z.number() }),
      {},
      "select count() as n from events where name = 'After'",
    );
    expect(row?.n).toBe(5);
    const { rows } = await garden.ctx.pool.query("delete from inbox returning id, lane");
    expect(rows).toEqual([{ id: broken.rows[0].id, lane: -1 }]);
  });

  test("an event that the event store cannot read is kept as text, and holds up no other", async () => {
    const line = (n: number, properties: string) =>
      `{"event_id":"00000000-0000-4000-8000-00000000000${n}","subject_id":1,"customer_id":1,"happened_at":"2026-05-14T09:30:00.000Z",` +
      `"received_at":"2026-05-14T09:30:00.000Z","source_id":1,"name":"Unreadable","properties":${properties}}`;
    const lines = [line(1, '{"a":1}'), line(2, '{"a":18446744073709552000}'), line(3, '{"a":3}')];
    await garden.ctx.inTransaction((tx) => enqueueLines(tx, "events_stored", Buffer.from(lines.join("\n"))));
    await garden.drained();
    const rows = await garden.ctx.events.query(
      z.object({ text: z.string() }),
      {},
      "select toString(properties) as text from events where name = 'Unreadable' order by event_id",
    );
    expect(rows.map((row) => JSON.parse(row.text))).toEqual([
      { a: 1 },
      { unreadable: '{"a":18446744073709552000}' },
      { a: 3 },
    ]);
  });

  test("visitors that were joined to each other all come along to the customer", async () => {
    const pool = garden.ctx.pool;
    const tell = async (path: string, call: object) => {
      await garden.send(writeKey, path, call);
      await garden.drained();
    };
    for (const anonymousId of ["v-a", "v-b", "v-x"]) await tell("/v1/page", { anonymousId });
    await tell("/v1/alias", { anonymousId: "v-b", previousId: "v-a" });
    await tell("/v1/alias", { anonymousId: "v-b", previousId: "v-x" });
    await tell("/v1/identify", { userId: "v-user" });
    // The event names only one of the joined visitors; the other two stand behind the same survivor.
    await tell("/v1/identify", { userId: "v-user", anonymousId: "v-a" });
    const customer = (await findCustomer(pool, "user_id", "v-user"))!;
    for (const anonymousId of ["v-a", "v-b", "v-x"])
      expect(await findCustomer(pool, "anonymous_id", anonymousId)).toBe(customer);
    expect(await idsOf(pool, customer)).toHaveLength(4);
  });

  test("traits of several visitors who join at once are all kept", async () => {
    await garden.send(writeKey, "/v1/batch", {
      batch: [
        { type: "identify", anonymousId: "t-1", traits: { size: "M" } },
        { type: "identify", anonymousId: "t-2", traits: { colour: "red" } },
        { type: "identify", userId: "t-user", traits: { plan: "gold" } },
      ],
    });
    await garden.drained();
    await garden.send(writeKey, "/v1/batch", {
      batch: [
        { type: "identify", anonymousId: "t-1", userId: "t-user" },
        { type: "identify", anonymousId: "t-2", userId: "t-user" },
      ],
    });
    await garden.drained();
    const { rows } = await garden.ctx.pool.query("select traits from customers where id = $1", [
      await findCustomer(garden.ctx.pool, "user_id", "t-user"),
    ]);
    expect(rows[0].traits).toEqual({ size: "M", colour: "red", plan: "gold" });
  });
});
