import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";

let garden: TestGarden;
const keys = { page: "", server: "" };
beforeAll(async () => {
  garden = await openGarden();
  keys.page = (await garden.source("browser")).writeKey;
  keys.server = (await garden.source("server")).writeKey;
});

const consent = { consent: { categoryPreferences: { measure: true } } };
const phone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1";
async function send(key: string, body: object, headers: Record<string, string> = {}) {
  expect((await garden.send(key, "/v1/batch", body, headers)).body).toMatchObject({ success: true });
  await garden.drained();
}
const Stored = z.object({
  name: z.string(),
  session_id: z.number(),
  device: z.string(),
  os: z.string(),
  channel: z.string(),
  campaign: z.string(),
  traffic: z.string(),
  customer_id: z.number(),
  happened: z.string(),
  moved: z.number(),
  amount: z.number().nullable(),
});
/** Everything in the store, set aside or not. */
async function stored(prefix: string) {
  const rows = await garden.ctx.events.query(
    z.record(z.string(), z.unknown()),
    { prefix: `${prefix}%` },
    `select name, session_id, device, os, channel, campaign, traffic, customer_id, toString(happened_at) as happened,
      toInt64(clock_moved_ms) as moved, amount_minor as amount
    from events_stored where name like {prefix:String} order by happened_at, name`,
  );
  return rows.map((row) =>
    Stored.parse(
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [
          key.replace(/[A-Z]/g, (one) => `_${one.toLowerCase()}`),
          value,
        ]),
      ),
    ),
  );
}
const counted = async (prefix: string) =>
  (
    await garden.ctx.events.query(
      z.object({ n: z.number() }),
      { prefix: `${prefix}%` },
      "select count() as n from events where name like {prefix:String}",
    )
  )[0]!.n;
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

describe("a visit", () => {
  test("has a session, a device and a channel, over several requests and for what comes late", async () => {
    const look = (event: string, minutes: number, search = "") => ({
      type: "track",
      anonymousId: "walker",
      event,
      timestamp: ago(minutes),
      context: { ...consent, userAgent: phone, page: { url: `https://shop.example/${search}` } },
    });
    await send(keys.page, { batch: [look("Walk 1", 200), look("Walk 2", 180)] });
    await send(keys.page, {
      batch: [look("Walk 4", 100), look("Walk 5", 95, "?utm_source=spring&utm_medium=email")],
    });
    await send(keys.page, { batch: [look("Walk 3", 170)] });
    const rows = await stored("Walk");
    expect(rows.map((row) => row.name)).toEqual(["Walk 1", "Walk 2", "Walk 3", "Walk 4", "Walk 5"]);
    const [one, two, three, four, five] = rows.map((row) => row.session_id);
    expect(one).toBeGreaterThan(0);
    expect([two, three]).toEqual([one, one]);
    expect(new Set([one, four, five]).size).toBe(3);
    expect(rows[0]).toMatchObject({ device: "mobile", os: "iOS", channel: "web" });
    expect(rows[4]).toMatchObject({ channel: "email" });
  });

  test("what a server tells without a visitor is in no session", async () => {
    await send(keys.server, { batch: [{ type: "track", userId: "u1", event: "Told 1" }] });
    expect(await stored("Told")).toMatchObject([{ session_id: 0, device: "" }]);
  });
});

describe("a sender's clock", () => {
  const clock = (event: string, offMinutes: number) => {
    const off = (minutes: number) => ago(minutes - offMinutes);
    return {
      sentAt: off(0),
      batch: [{ type: "track", anonymousId: `clock-${event}`, event, timestamp: off(5), context: consent }],
    };
  };
  test("that is off moves its times, and how far is kept", async () => {
    await send(keys.page, clock("Clock ahead", 120));
    await send(keys.page, clock("Clock behind", -120));
    await send(keys.page, clock("Clock right", 0));
    const rows = await stored("Clock");
    for (const row of rows) {
      const happened = Date.parse(`${row.happened.replace(" ", "T")}Z`);
      expect(Math.abs(happened - (Date.now() - 5 * 60_000))).toBeLessThan(60_000);
    }
    const moved = Object.fromEntries(rows.map((row) => [row.name, Math.round(row.moved / 60_000)]));
    expect(moved).toEqual({ "Clock ahead": -120, "Clock behind": 120, "Clock right": 0 });
  });

  test("a server's request that waited for hours keeps its times", async () => {
    await send(keys.server, clock("Waited long", -180));
    expect(await stored("Waited")).toMatchObject([{ moved: 0 }]);
  });
});

describe("traffic that is not the brand's public", () => {
  const rules = {
    bots: "drop",
    internal: "set_aside",
    datacentres: "set_aside",
    internalNetworks: [],
    internalAgents: [],
    internalDomains: [],
    internalTraits: {},
    datacentreNetworks: [],
  };
  const change = async (changes: object) => {
    const answer = await garden.api("PUT", "/api/traffic-rules", { ...rules, ...changes });
    expect(answer.status).toBe(200);
  };
  const look = (event: string, anonymousId: string, context: object = {}) => ({
    batch: [{ type: "track", anonymousId, event, context: { ...consent, ...context } }],
  });

  test("of staff is kept, counted and left out, from the moment at which somebody says who they are", async () => {
    await change({ internalDomains: ["@Brand.example"], internalTraits: { role: "staff" } });
    await send(keys.page, look("Staff before", "s1"));
    await send(keys.page, {
      batch: [
        {
          type: "identify",
          anonymousId: "s1",
          userId: "boss",
          traits: { email: "boss@brand.example" },
          context: consent,
        },
        { type: "identify", anonymousId: "s2", userId: "temp", traits: { role: "staff" }, context: consent },
        {
          type: "identify",
          anonymousId: "s3",
          userId: "guest",
          traits: { email: "a@other.example" },
          context: consent,
        },
      ],
    });
    for (const who of ["s1", "s2", "s3"]) await send(keys.page, look(`Staff after ${who}`, who));
    await send(keys.page, look("Staff says", "s4", { internal: true }));
    expect((await stored("Staff")).map((row) => [row.name, row.traffic]).sort()).toEqual([
      ["Staff after s1", "internal"],
      ["Staff after s2", "internal"],
      ["Staff after s3", ""],
      ["Staff before", ""],
      ["Staff says", "internal"],
    ]);
    expect(await counted("Staff")).toBe(2);
    expect((await garden.drops()).aside_internal).toBe(5);
    await change({ internalDomains: ["brand.example"], internal: "drop" });
    await send(keys.page, look("Staff dropped", "s1"));
    expect(await stored("Staff dropped")).toEqual([]);
    expect((await garden.drops()).internal).toBe(1);
  });

  test("nobody makes a customer who is known one of the staff with a public key", async () => {
    await change({ internalTraits: { role: "staff" } });
    await send(keys.server, { batch: [{ type: "identify", userId: "regular", traits: { plan: "gold" } }] });
    await send(keys.page, {
      batch: [
        {
          type: "identify",
          anonymousId: "evil",
          userId: "regular",
          traits: { role: "staff" },
          context: consent,
        },
      ],
    });
    await send(keys.server, { batch: [{ type: "track", userId: "regular", event: "Regular buys" }] });
    expect(await counted("Regular buys")).toBe(1);
  });

  test("is known by its network, of which only the verdict is kept", async () => {
    await change({
      internalNetworks: ["10.9.0.0/16"],
      datacentreNetworks: ["198.51.100.0/24"],
      internalAgents: ["qa-suite"],
    });
    await send(keys.server, {
      batch: ["10.9.1.2", "198.51.100.7", "203.0.113.5"].map((ip) => ({
        type: "track",
        userId: `of-${ip}`,
        event: `Net ${ip}`,
        context: { ip },
      })),
    });
    await send(keys.page, look("Net agent", "qa", { userAgent: `${phone} QA-Suite/2` }));
    expect((await stored("Net")).map((row) => [row.name, row.traffic]).sort()).toEqual([
      ["Net 10.9.1.2", "internal"],
      ["Net 198.51.100.7", "datacentre"],
      ["Net 203.0.113.5", ""],
      ["Net agent", "internal"],
    ]);
    const { body } = await garden.api("PUT", "/api/traffic-rules", {
      ...rules,
      internalNetworks: ["10.9.0.0/99"],
    });
    expect(body.error).toMatchObject({ code: "network.unreadable", details: { network: "10.9.0.0/99" } });
  });

  test("a program is set aside where that is wished, under nobody's name", async () => {
    await change({ bots: "set_aside" });
    await send(keys.page, look("Bot came", "b1", { userAgent: "Mozilla/5.0 (compatible; Googlebot/2.1)" }));
    expect(await stored("Bot came")).toMatchObject([{ traffic: "bot", customer_id: 0 }]);
    expect(await counted("Bot came")).toBe(0);
    expect((await garden.api("GET", "/api/customers?search=b1")).body.items).toEqual([]);
  });
});

test("an order below nothing is kept, and is no purchase amount", async () => {
  const order = (event: string, revenue: unknown) => ({
    type: "track",
    userId: `buyer ${event}`,
    event: "Order Completed",
    properties: { order_id: event, revenue, currency: "EUR" },
  });
  await send(keys.server, { batch: [order("1", -20), order("2", "12,50"), order("3", 30)] });
  const amounts = (await stored("Order Completed")).map((row) => row.amount).sort();
  expect(amounts).toEqual([3000, null, null]);
});
