import { beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { readyMappings } from "../imports/ready.ts";
import { importFiles, sendFile } from "../imports/testing.ts";
import { takeBatch } from "./pipeline.ts";

let garden: TestGarden;
const keys: Record<"page" | "server" | "till", string> = { page: "", server: "", till: "" };
type Teller = keyof typeof keys;
const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day).toISOString();

beforeAll(async () => {
  garden = await openGarden();
  const statedBasis = { measure: "contract", personalise: "legitimate_interest" } as const;
  keys.page = (await garden.source("browser")).writeKey;
  keys.server = (await garden.source("server", { statedBasis })).writeKey;
  keys.till = (await garden.source("server", { statedBasis })).writeKey;
});

let sent = 0;
interface Who {
  userId?: string;
  anonymousId?: string;
}
/** A call of a message id of its own. */
const call = <More extends object>(who: Who, more: More) => ({
  messageId: `m${++sent}`,
  ...who,
  context: { consent: { categoryPreferences: { measure: true, personalise: true } } },
  ...more,
});
const order = (who: Who, number: string | number, revenue: number, days = 1) =>
  call(who, {
    type: "track",
    event: "Order Completed",
    timestamp: ago(days),
    properties: { order_id: number, currency: "EUR", revenue, products: [{ product_id: `tea-${number}` }] },
  });
const refund = (who: Who, number: string, revenue: number, properties: object = {}) =>
  call(who, {
    type: "track",
    event: "Order Refunded",
    properties: { order_id: number, currency: "EUR", revenue, ...properties },
  });
const identify = (who: Who) => call(who, { type: "identify" });

async function send(teller: Teller, ...batch: object[]) {
  const answer = await garden.send(keys[teller], "/v1/batch", { batch });
  expect(answer.body).toMatchObject({ accepted: batch.length });
  await garden.drained();
}
const idOf = async (userId: string) => {
  const { body } = await garden.api("GET", `/api/customers?search=${userId}`);
  expect(body.items).toHaveLength(1);
  return body.items[0].id as string;
};
/** Number and amount of each order, as the customer's page lists them, smallest first. */
async function listed(userId: string): Promise<string[]> {
  const id = await idOf(userId);
  const { body } = await garden.api("GET", `/api/customers/${id}/orders`);
  const lines = body.items.map(
    (one: { number: string; amountMinor: number }) => `${one.number} ${one.amountMinor}`,
  );
  expect(body.total).toBe(lines.length);
  return lines.sort();
}
const toldBefore = async () => (await garden.drops()).told_before ?? 0;

describe("an order that a page and a server tell", () => {
  test.each([
    ["the page first", ["page", "server"]],
    ["the server first", ["server", "page"]],
  ] as const)("counts once, with what the server says: %s", async (name, tellers) => {
    const userId = `both-${tellers[0]}`;
    for (const teller of tellers)
      await send(teller, order({ userId }, `${name}-1`, teller === "server" ? 30 : 29));
    expect(await listed(userId)).toEqual([`${name}-1 3000`]);
    const id = await idOf(userId);
    expect((await garden.api("GET", `/api/customers/${id}`)).body.orders).toMatchObject({
      orders: 1,
      valueMinor: 3000,
      touchpoints: 1,
    });
    const [row] = (await garden.api("GET", `/api/customers?search=${userId}`)).body.items;
    expect(row).toMatchObject({ orders: 1, valueMinor: 3000 });
    const points = (await garden.api("GET", `/api/customers/${id}/timeline`)).body.items;
    expect(points.map((point: { amountMinor: number }) => point.amountMinor)).toEqual([3000]);
  });

  test("counts once also where one batch, or one server, tells it twice", async () => {
    const before = await toldBefore();
    await send("server", order({ userId: "twice" }, 1001, 10), order({ userId: "twice" }, "1001", 10));
    await send("till", order({ userId: "twice" }, "1001", 11));
    expect(await listed("twice")).toEqual(["1001 1000"]);
    expect(await toldBefore()).toBe(before + 2);
    const shown = (await garden.api("GET", "/api/events/live")).body;
    expect(JSON.stringify(shown)).toContain("told_before");
  });

  test("keeps what the second event says of its customer", async () => {
    await send("server", order({ userId: "linker" }, "l1", 10));
    await send("page", order({ userId: "linker", anonymousId: "linker-browser" }, "l1", 10));
    await send("page", call({ anonymousId: "linker-browser" }, { type: "page" }));
    const points = (await garden.api("GET", `/api/customers/${await idOf("linker")}/timeline`)).body.items;
    expect(points.map((point: { name: string }) => point.name).sort()).toEqual([
      "Order Completed",
      "Page Viewed",
    ]);
  });

  test("is not changed by whoever holds the public key", async () => {
    await send("server", order({ userId: "victim" }, "v1", 80));
    await send("page", order({ userId: "victim" }, "v1", 0.01), order({ userId: "victim" }, "v1", 9_999));
    expect(await listed("victim")).toEqual(["v1 8000"]);
  });

  test("stays on its day when the page is opened again later", async () => {
    const first = order({ userId: "reload" }, "r1", 10, 20);
    await send("page", first);
    await send("page", order({ userId: "reload" }, "r1", 10, 0));
    const id = await idOf("reload");
    const { body } = await garden.api("GET", `/api/customers/${id}/orders`);
    expect(body.items).toMatchObject([{ number: "r1", at: `${first.timestamp.slice(0, 19)}Z` }]);
  });

  test("counts once after a batch that had to be worked through again", async () => {
    const before = await toldBefore();
    await garden.app.work.of("test").pause();
    for (const teller of ["page", "server"] as const)
      await garden.send(keys[teller], "/v1/batch", { batch: [order({ userId: "again" }, "a1", 10)] });
    const cut = garden.ctx.inTransaction(async (tx) => {
      expect((await takeBatch(tx, garden.ctx))?.kept).toBe(1);
      throw new Error("the power is cut");
    });
    await expect(cut).rejects.toThrow("the power is cut");
    garden.app.work.of("test").resume();
    await garden.drained();
    expect(await listed("again")).toEqual(["a1 1000"]);
    expect(await toldBefore()).toBe(before + 1);
  });
});

describe("a browser that is known only later", () => {
  const visitor = (name: string) => ({ anonymousId: `visitor-${name}` });
  const steps: Record<string, (name: string) => Promise<void>> = {
    page: (name) => send("page", order(visitor(name), `${name}-1`, 29)),
    server: (name) => send("server", order({ userId: name }, `${name}-1`, 30)),
    identify: (name) => send("page", identify({ userId: name, ...visitor(name) })),
  };
  test.each([
    ["page", "server", "identify"],
    ["server", "page", "identify"],
    ["page", "identify", "server"],
    ["identify", "page", "server"],
    ["identify", "server", "page"],
    ["server", "identify", "page"],
  ])("told its order with the server's as one: %s, %s, %s", async (...names) => {
    const name = `later-${names.join("-")}`;
    for (const step of names) await steps[step]!(name);
    expect(await listed(name)).toEqual([`${name}-1 3000`]);
  });

  test("does so in one batch, and over two browsers", async () => {
    const who = { userId: "batched" };
    await send("page", order(visitor("b1"), "b-1", 28), order(visitor("b2"), "b-2", 28));
    await send(
      "server",
      order(visitor("b2"), "b-1", 30),
      identify({ ...who, ...visitor("b1") }),
      order(who, "b-2", 30),
      identify({ ...who, ...visitor("b2") }),
    );
    expect(await listed("batched")).toEqual(["b-1 3000", "b-2 3000"]);
  });
});

describe("what is not the same order", () => {
  test("is one of another customer with the same number, nor one without a number", async () => {
    const nameless = () =>
      call(
        { userId: "one" },
        { type: "track", event: "Order Completed", properties: { currency: "EUR", revenue: 1 } },
      );
    await send("server", order({ userId: "one" }, "same", 10), nameless(), nameless());
    await send("till", order({ userId: "other" }, "same", 20));
    expect(await listed("one")).toEqual(["null 100", "null 100", "same 1000"]);
    expect(await listed("other")).toEqual(["same 2000"]);
  });

  test("is a part that was paid back: it counts each time, unless it has a number of its own", async () => {
    const who = { userId: "refunded" };
    await send("server", order(who, "p1", 50), refund(who, "p1", 5), refund(who, "p1", 5));
    await send("server", refund(who, "p1", 7, { refund_id: 1 }), refund(who, "p2", 3, { refund_id: 1 }));
    await send("till", refund(who, "p1", 7, { refund_id: "1" }));
    const { body } = await garden.api("GET", `/api/customers/${await idOf("refunded")}/orders`);
    expect(body.items).toMatchObject([
      { number: "p2", state: "refund", amountMinor: -300 },
      { number: "p1", state: "partly_refunded", refundedMinor: -1700 },
    ]);
  });

  test("is what else happens to an order", async () => {
    const who = { userId: "updated" };
    const update = () =>
      call(who, { type: "track", event: "Order Updated", properties: { order_id: "u1", revenue: 10 } });
    await send("server", order(who, "u1", 10), update(), update());
    expect(await listed("updated")).toEqual(["u1 1000"]);
    const points = (await garden.api("GET", `/api/customers/${await idOf("updated")}/timeline`)).body.items;
    expect(points).toHaveLength(3);
  });

  test("is one of an import: numbers of two systems may mean two orders", async () => {
    await send("server", order({ userId: "9001" }, "i1", 4));
    const file = await sendFile(
      garden,
      "till.csv",
      "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\ni1,T,Tea,1,2011-01-01 10:00:00,4.00,9001,UK\n",
    );
    const ready = readyMappings["uci-online-retail"]!;
    const customerIds = { ...ready.rules.customerIds, kind: "user_id" };
    const done = await importFiles(garden, {
      mapping: { ...ready, source: "till", rules: { ...ready.rules, customerIds } },
      files: [file],
      currency: "EUR",
      timezone: "Europe/Berlin",
    });
    await send("page", order({ userId: "9001" }, "i1", 5));
    expect(await listed("9001")).toEqual(["i1 400", "i1 400"]);
    expect((await garden.api("POST", `/api/imports/${done.id}/undo`)).status).toBe(200);
    expect(await listed("9001")).toEqual(["i1 400"]);
  });
});
