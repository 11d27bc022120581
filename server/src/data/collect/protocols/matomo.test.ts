// @ts-expect-error: this client has no types.
import MatomoTracker from "matomo-tracker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../../test/harness.ts";
import { createToken } from "../../../garden/index.ts";
import { callsOf } from "./matomo.ts";
import { listening, oddText, openLine, stored, until } from "./testing.ts";

let garden: TestGarden;
let line: Awaited<ReturnType<typeof openLine>>;
beforeAll(async () => {
  garden = await openGarden();
  line = await openLine(await listening(garden));
});
afterAll(() => line.close());

const own = async (id: number) => (await stored(garden)).filter((event) => event.source === id);
const url = "https://shop.example/tea?mtm_campaign=spring&mtm_source=google&mtm_medium=cpc";
const order = {
  idgoal: 0,
  ec_id: "o1",
  revenue: 19.9,
  ec_st: 16.72,
  ec_tx: 3.18,
  ec_sh: 0,
  ec_dt: "false",
  ec_items: JSON.stringify([["sku1", oddText, ["drinks", "hot"], 9.95, 2]]),
};

describe("matomo-tracker", () => {
  test.each(["/matomo.php", "/piwik.php"])(
    "one by one at %s, also over a line that delivers twice",
    async (path) => {
      const { id, writeKey } = await garden.source("server");
      line.breaks("twice", "twice", "twice");
      const client = new MatomoTracker(writeKey, `${line.url}${path}`);
      const errors: unknown[] = [];
      client.on("error", (error: unknown) => errors.push(error));
      const visitor = { _id: `7b7bf91197d4d${path.length}`, cdt: "2024-01-02 03:04:05" };
      client.track({ ...visitor, url, action_name: oddText });
      await until(async () => (await own(id)).length >= 1);
      client.track({ ...visitor, uid: `u ${path}`, url, ...order, ec_id: `o ${path}` });
      client.track({ ...visitor, uid: `u ${path}`, url, e_c: "Videos", e_a: "Played", e_n: oddText, e_v: 3 });
      await until(async () => (await own(id)).length >= 3 && line.seen.length >= 3);
      const events = await own(id);
      expect(events.map((event) => event.name)).toEqual(["Order Completed", "Page Viewed", "Played"]);
      expect(events.map((event) => event.at)).toEqual(Array(3).fill("2024-01-02T03:04:05.000Z"));
      expect(events[0]!.properties).toMatchObject({
        order_id: `o ${path}`,
        revenue: 19.9,
        products: [{ product_id: "sku1", name: oddText, category: "drinks / hot", price: 9.95, quantity: 2 }],
      });
      expect(events[0]!.properties).not.toHaveProperty("discount");
      expect(events[1]!.properties).toMatchObject({ title: oddText, path: "/tea" });
      expect(events[2]!.properties).toMatchObject({ category: "Videos", label: oddText, event_value: 3 });
      // The page before and the order after are one person's.
      expect(new Set(events.map((event) => event.customerId)).size).toBe(1);
      expect(errors).toEqual([]);
    },
  );

  test("in bulk, and one bad request loses no other", async () => {
    const { id, writeKey } = await garden.source("server");
    line.breaks("twice");
    const client = new MatomoTracker(writeKey, `${line.url}/matomo.php`);
    const answer = await new Promise<string>((done) =>
      client.trackBulk(
        [
          { uid: "b1", url, cdt: "2024-01-02 03:04:05", action_name: oddText },
          { url, cdt: "2024-01-02 03:04:05" },
          { uid: "b1", url, search: oddText, cdt: 1_704_164_645 },
        ],
        done,
      ),
    );
    expect(JSON.parse(answer)).toEqual({ status: "success", tracked: 2, invalid: 1, invalid_indices: [1] });
    const events = await own(id);
    expect(events.map((event) => [event.name, event.at])).toEqual([
      ["Page Viewed", "2024-01-02T03:04:05.000Z"],
      ["Products Searched", "2024-01-02T03:04:05.000Z"],
    ]);
    expect(events[1]!.properties.query).toBe(oddText);
  });

  test("hears of an unknown site as an error", async () => {
    line.breaks();
    const client = new MatomoTracker("wk_nobody", `${line.url}/matomo.php`);
    const error = new Promise((done) => client.on("error", done));
    client.track({ url, uid: "u" });
    expect(await error).toBe(401);
  });
});

describe("matomo.js", () => {
  const query = (site: string, more: Record<string, string> = {}) =>
    new URLSearchParams({
      idsite: site,
      rec: "1",
      r: "720717",
      h: "15",
      m: "32",
      s: "35",
      _id: "7b7bf91197d4d358",
      url,
      ...more,
    }).toString();
  const headers = {
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    origin: "https://shop.example",
  };

  test("with everything in the address, in the body or in an image", async () => {
    const { id, writeKey } = await garden.source("server");
    const send = (method: "GET" | "POST", address: string, payload = "") =>
      garden.app.http.inject({ method, url: address, headers, ...(payload ? { payload } : {}) });
    const beacon = await send(
      "POST",
      `/matomo.php?${query(writeKey, { send_image: "0", action_name: "A" })}`,
    );
    const again = await send("POST", "/matomo.php", query(writeKey, { send_image: "0", action_name: "A" }));
    const image = await send("GET", `/matomo.php?${query(writeKey, { action_name: "B" })}`);
    // Where the site keeps its number, the address carries the key.
    const numbered = await send("POST", `/matomo.php?writeKey=${writeKey}`, query("1", { action_name: "C" }));
    const notRecorded = await send("GET", `/matomo.php?${query(writeKey, { rec: "0", action_name: "D" })}`);
    expect([beacon, again, image, numbered, notRecorded].map((one) => one.statusCode)).toEqual([
      204, 204, 200, 200, 200,
    ]);
    expect(image.headers["content-type"]).toBe("image/gif");
    expect(image.headers["cache-control"]).toBe("no-store");
    expect(image.rawPayload.subarray(0, 6).toString()).toBe("GIF89a");
    expect(beacon.headers["access-control-allow-origin"]).toBe("https://shop.example");
    expect((await own(id)).map((event) => event.properties.title).sort()).toEqual(["A", "B", "C"]);
    for (const site of ["1", "wk_nobody", ""])
      expect((await send("GET", `/matomo.php?${query(site)}`)).statusCode).toBe(401);
    expect((await send("GET", `/matomo.php?idsite=${writeKey}&rec=1&url=x`)).statusCode).toBe(400);
  });

  test("writes only from pages that the source allows, also by an image", async () => {
    const { id, writeKey } = await garden.source("server", { origins: ["https://shop.example"] });
    const get = (referer: string) =>
      garden.app.http.inject({ url: `/matomo.php?${query(writeKey, { r: referer })}`, headers: { referer } });
    expect((await get("https://shop.example/tea")).statusCode).toBe(200);
    expect((await get("https://evil.example/tea")).statusCode).toBe(403);
    expect(await own(id)).toHaveLength(1);
  });
});

test("a time of more than a day ago is believed of the brand alone: by its server's key or its token", async () => {
  const { id, writeKey } = await garden.source("browser", {
    consentMode: "basis",
    statedBasis: { measure: "contract" },
  });
  const { token } = await createToken(garden.ctx, { name: "matomo", scopes: ["collect:write"] });
  const send = (name: string, more: object) =>
    garden.app.http.inject({
      method: "POST",
      url: "/matomo.php",
      payload: JSON.stringify({
        requests: [{ idsite: writeKey, rec: 1, uid: "t", action_name: name, cdt: "2024-01-02 03:04:05" }],
        ...more,
      }),
    });
  await send("nothing", {});
  await send("another's token", { token_auth: "33dc3f2536d3025974cccb4b4d2d98f4" });
  await send("a token", { token_auth: token });
  expect((await send("no token", { token_auth: "rk_nobody" })).statusCode).toBe(401);
  const believed = (await own(id)).filter((event) => event.at.startsWith("2024-01-02"));
  expect(believed.map((event) => event.properties.title)).toEqual(["a token"]);
  expect(await own(id)).toHaveLength(3);
});

describe("in our words", () => {
  const now = new Date("2026-05-14T09:30:00Z");
  const calls = (told: Record<string, string>, trusted = false) =>
    callsOf({ rec: "1", _id: "7b7bf91197d4d358", ...told }, { writer: { trusted }, now });

  test.each<[string, Record<string, string>, object[]]>([
    [
      "a page",
      { url, action_name: "Tea" },
      [
        {
          type: "page",
          name: "Tea",
          context: { campaign: { name: "spring", source: "google", medium: "cpc" } },
        },
      ],
    ],
    [
      "a cart",
      { idgoal: "0", revenue: "5", ec_items: '[["s","n","c",5,1]]' },
      [{ event: "Cart Updated", properties: { value: 5, products: [{ product_id: "s" }] } }],
    ],
    [
      "a goal",
      { idgoal: "3", revenue: "5" },
      [{ event: "Goal Reached", properties: { goal_id: "3", revenue: 5 } }],
    ],
    [
      "a product",
      { url, _pks: "s", _pkn: "Tea", _pkp: "9.95", _pkc: '["a","b"]' },
      [
        { type: "page" },
        {
          event: "Product Viewed",
          properties: { product_id: "s", name: "Tea", price: 9.95, category: "a / b" },
        },
      ],
    ],
    [
      "a product as variables",
      { url, cvar: '{"2":["_pkp","9.95"],"3":["_pks","s"],"1":["size","M"]}' },
      [
        { type: "page", properties: { size: "M" } },
        { event: "Product Viewed", properties: { product_id: "s", price: 9.95 } },
      ],
    ],
    [
      "an outlink",
      { link: "https://x.example", url },
      [{ event: "Link Clicked", properties: { url: "https://x.example" } }],
    ],
    ["a download", { download: "https://x.example/a.pdf", url }, [{ event: "File Downloaded" }]],
    ["content seen", { c_n: "Ad", url }, [{ event: "Content Viewed" }]],
    ["content used", { c_n: "Ad", c_i: "click", url }, [{ event: "Content Clicked" }]],
    ["a heartbeat", { ping: "1", url }, [{ event: "Page Pinged" }]],
    ["an action", { ca: "1", url }, [{ event: "Action Recorded" }]],
    ["dimensions", { url, dimension2: "x" }, [{ properties: { dimension2: "x" } }]],
    [
      "odd items",
      { idgoal: "0", ec_id: "o", ec_items: '[1,null,["s",{},[{}],"x","y"]]' },
      [{ properties: { products: [{ product_id: "s" }] } }],
    ],
  ])("%s", (_name, told, expected) => {
    const made = calls(told);
    expect(made).toHaveLength(expected.length);
    expect(made).toMatchObject(expected);
  });

  test("a time of the last day is anyone's to say; an address on the net is not", () => {
    expect(calls({ cdt: "2026-05-14 03:00:00" })[0]).toHaveProperty("timestamp", "2026-05-14T03:00:00.000Z");
    expect(calls({ cdt: "2026-05-12 03:00:00", cip: "203.0.113.5" })[0]).not.toHaveProperty("timestamp");
    expect(calls({ cip: "203.0.113.5" })[0]).not.toHaveProperty("context.ip");
    expect(calls({ cip: "203.0.113.5" }, true)[0]).toHaveProperty("context.ip", "203.0.113.5");
  });

  test("an id follows from the words of a request, where these tell it from the next", () => {
    const id = (told: Record<string, string>) => calls(told)[0]!.messageId;
    expect(id({ url, rand: "1" })).toBe(id({ rand: "1", url, send_image: "0" }));
    expect(id({ url, rand: "1" })).not.toBe(id({ url, rand: "2" }));
    expect(id({ url })).toBeUndefined();
  });
});
