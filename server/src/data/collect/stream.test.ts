import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { createToken, revokeToken } from "../../garden/tokens/tokens.ts";
import { query, sql } from "../../platform/postgres/index.ts";

let garden: TestGarden;
let url: string;
const keys = { page: "", server: "" };
const open: AbortController[] = [];
beforeAll(async () => {
  garden = await openGarden();
  url = await garden.app.http.listen({ host: "127.0.0.1", port: 0 });
  keys.page = (await garden.source("browser")).writeKey;
  keys.server = (await garden.source("server")).writeKey;
});
afterAll(() => {
  for (const one of open) one.abort();
});

// biome-ignore lint/suspicious/noExplicitAny: what a stream carries is looked at by each test.
type Message = { id: number; kind: string; data: any };
const tokenFor = async (...scopes: Parameters<typeof createToken>[1]["scopes"]) =>
  createToken(garden.ctx, { name: "reader", scopes });

/** A reader of the stream: `next` waits for the next message that fits. */
async function read(query: Record<string, string>, token: string, headers: Record<string, string> = {}) {
  const controller = new AbortController();
  open.push(controller);
  const answer = await fetch(`${url}/api/events/stream?${new URLSearchParams(query)}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: controller.signal,
  });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const seen: Message[] = [];
  async function next(fits: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const at = text.indexOf("\n\n");
      if (at >= 0) {
        const lines = text.slice(0, at).split("\n");
        text = text.slice(at + 2);
        const of = (field: string) =>
          lines.find((line) => line.startsWith(`${field}: `))?.slice(field.length + 2);
        if (!of("event")) continue;
        const message = { id: Number(of("id")), kind: of("event")!, data: JSON.parse(of("data")!) };
        seen.push(message);
        if (fits(message)) return message;
        continue;
      }
      const { done, value } = await reader.read();
      if (done) throw new Error("The stream is over.");
      text += value;
    }
  }
  return { status: answer.status, headers: answer.headers, next, seen, close: () => controller.abort() };
}
const named = (name: string) => (message: Message) => message.data.name === name;
const send = async (key: string, ...batch: object[]) => {
  expect((await garden.send(key, "/v1/batch", { batch })).status).toBe(200);
  await garden.drained();
};
const call = (event: string, more: object = {}) => ({ type: "track", userId: "ada", event, ...more });

describe("the debugger's stream", () => {
  test("shows an event as it came and as it became, and why one was let go", async () => {
    const { token } = await tokenFor("data:read", "customers:read");
    const stream = await read({}, token);
    expect(stream.headers.get("content-type")).toMatch("text/event-stream");
    await send(
      keys.server,
      call("Tea Poured", {
        properties: { grams: 4, email: "ada@brand.example" },
        context: { ip: "203.0.113.9" },
      }),
      call("Tea Crawled", { context: { userAgent: "Googlebot/2.1" } }),
      call("Order Completed", {
        properties: { order_id: "1", revenue: "12,50" },
        context: { groupId: "tea-house" },
      }),
    );
    const poured = (await stream.next(named("Tea Poured"))).data;
    expect(poured).toMatchObject({
      outcome: "kept",
      source: "server",
      raw: { userId: "ada", properties: { grams: 4, email: "ada@brand.example" } },
      enriched: { properties: { grams: 4 }, name: "Tea Poured" },
    });
    expect(poured.customer).toMatch(/^cus_/);
    expect(poured.enriched.customer_id).toBe(poured.customer);
    expect(poured.enriched).toMatchObject({ subject_id: poured.customer, visitor_id: 0, account_id: 0 });
    expect(JSON.stringify(poured)).not.toContain("203.0.113.9");
    expect(JSON.stringify(poured.enriched)).not.toContain("ada@");
    expect((await stream.next(named("Tea Crawled"))).data).toMatchObject({ outcome: "bot", customer: null });
    const order = (await stream.next(named("Order Completed"))).data;
    expect(order.violations).toEqual([{ path: "revenue", reason: "amount", example: "12,50" }]);
    expect(order.enriched.account_id).toMatch(/^acc_/);
    stream.close();
  });

  test("shows nothing of a person to who may not read customers, nor to anybody of who did not agree", async () => {
    const { token } = await tokenFor("data:read");
    const stream = await read({}, token);
    await send(
      keys.server,
      call("Tea Told", {
        properties: { note: "x", email: "ada@brand.example" },
        context: { traits: { plan: "Ada" }, userAgent: "Firefox" },
      }),
      { type: "identify", userId: "ada", traits: { email: "ada@brand.example", name: "Ada", plan: "gold" } },
    );
    await send(keys.page, {
      ...call("Tea Refused", { properties: { secret: "Ada was here", list: [{ a: 1 }] } }),
      userId: undefined,
      anonymousId: "silent-one",
    });
    const told = (await stream.next(named("Tea Told"))).data;
    expect(told.raw).toMatchObject({ properties: { note: "x" }, context: { userAgent: "Firefox" } });
    expect((await stream.next(named("Customer Identified"))).data.raw.traits).toEqual({ plan: "gold" });
    const refused = (await stream.next(named("Tea Refused"))).data;
    expect(refused).toMatchObject({ outcome: "no_consent", messageId: null, customer: null, enriched: null });
    expect(refused.raw.properties).toEqual({ secret: "text", list: [{ a: "number" }] });
    // As a word: the hexadecimal of some random id spells the name now and then.
    expect(JSON.stringify(stream.seen)).not.toMatch(/\bada\b|silent-one/i);
    const { rows } = await garden.ctx.pool.query(
      "select to_jsonb(r)::text as row from recent_events r where outcome <> 'kept'",
    );
    expect(JSON.stringify(rows)).not.toMatch(/Ada was here|silent-one|brand\.example/);
    stream.close();
  });

  test("goes on where its reader left off, and keeps to what was asked for", async () => {
    const { token } = await tokenFor("data:read", "customers:read");
    const first = await read({ name: "step" }, token);
    await send(keys.server, call("Step 1"), call("Other"));
    const { id, data } = await first.next(named("Step 1"));
    first.close();
    await send(keys.server, call("Step 2"), call("Step 3"));
    const again = await read({ name: "step" }, token, { "last-event-id": String(id) });
    await again.next(named("Step 3"));
    expect(again.seen.map((message) => message.data.name)).toEqual(["Step 2", "Step 3"]);
    again.close();
    // Numbers that are ahead of all come from before a crash.
    const ahead = await read({ name: "step" }, token, { "last-event-id": "999999999" });
    await ahead.next(named("Step 3"));
    ahead.close();

    await send(
      keys.server,
      { ...call("Step 4"), userId: "bob" },
      call("Step 5", { context: { userAgent: "GPTBot" } }),
    );
    const ada = await read({ customer: data.customer, after: String(id) }, token);
    await ada.next(named("Step 3"));
    expect(ada.seen.map((message) => message.data.name)).not.toContain("Step 4");
    ada.close();
    const dropped = await read({ outcome: "dropped", after: "0" }, token);
    await dropped.next(named("Step 5"));
    expect(dropped.seen.every((message) => message.data.outcome !== "kept")).toBe(true);
    dropped.close();
  });

  test("of a flood a few of each kind are shown, and the rare one among them", async () => {
    const { token } = await tokenFor("data:read");
    const stream = await read({ name: "flood" }, token);
    await send(keys.server, ...Array.from({ length: 400 }, () => call("Flood")), call("Flood's end"));
    await stream.next(named("Flood's end"));
    expect(stream.seen.length).toBeLessThanOrEqual(6);
    stream.close();
  });

  test("is for those with the right alone, in their own garden, and ends for who has too many open", async () => {
    const { token } = await tokenFor("data:read");
    expect((await fetch(`${url}/api/events/stream`)).status).toBe(401);
    const { token: other } = await tokenFor("decide:read");
    expect((await read({}, other)).status).toBe(403);
    expect((await read({ customer: "cus_nobody!" }, token)).status).toBe(404);
    const many = [];
    for (let n = 0; n < 8; n++) many.push(await read({}, token));
    const refused = await read({}, token);
    expect(refused.status).toBe(429);
    for (const one of many) one.close();
    await expect
      .poll(async () => (await read({}, token)).status, { timeout: 10_000, interval: 200 })
      .toBe(200);
  });
});

test("a token that is revoked hears that it is over", { timeout: 40_000 }, async () => {
  const made = await tokenFor("data:read");
  const stream = await read({}, made.token);
  await revokeToken(garden.ctx, made.id);
  expect((await stream.next((message) => message.kind === "over")).data).toEqual({ reason: "session" });
});

test("a reader who takes nothing is cut off, and nothing is gathered for it", {
  timeout: 60_000,
}, async () => {
  const { token } = await tokenFor("data:read");
  // More than the buffers of both ends hold, so that the server has to wait for the reader.
  const [rows, bytes] = [6_000, 14_000];
  await query(
    garden.ctx.pool,
    sql`insert into recent_events (at, source_id, type, name, outcome, customer_id, raw)
      select now(), 0, 'track', 'Wide ' || n, 'kept', 0, jsonb_build_object('note', repeat('x', ${bytes}))
      from generate_series(1, ${rows}) n`,
  );
  const { hostname, port } = new URL(url);
  const accepted = once(garden.app.http.server, "connection");
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  const [theirs] = (await accepted) as [Socket];
  const before = process.memoryUsage().rss;
  socket.write(
    `GET /api/events/stream?after=0&name=Wide HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  socket.pause();
  await expect.poll(() => theirs.destroyed, { timeout: 40_000, interval: 250 }).toBe(true);
  expect(theirs.bytesWritten).toBeGreaterThan(0);
  expect(theirs.bytesWritten).toBeLessThan(rows * bytes);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  socket.destroy();
});
