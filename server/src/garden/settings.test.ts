import { expect, test } from "vitest";
import { z } from "zod";
import { openGarden } from "../../test/harness.ts";
import { alone, findSource, importSource, internalSource } from "./index.ts";

const garden = await openGarden({ currency: "EUR", timezone: "Europe/Berlin" });
const { api, app, ctx } = garden;

async function ended(jobId: string) {
  const run = await app.jobs.ended(jobId);
  expect(run.error).toBeNull();
  return run;
}

test("a source is made, found by its key, changed and switched off at once", async () => {
  const made = await api("POST", "/api/sources", { name: "Shop", kind: "browser" });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    kind: "browser",
    consentMode: "ask",
    consentCategories: { Analytics: "measure" },
    statedBasis: {},
    hasSigningSecret: true,
    enabled: true,
  });
  const { id, writeKey, snippet, segmentSnippet } = made.body;
  expect(snippet).toContain(`data-write-key="${writeKey}"`);
  expect(segmentSnippet).toContain(writeKey);
  expect(segmentSnippet).toContain('"Analytics": false');
  expect(JSON.stringify(made.body)).not.toContain("sg_");

  const found = await findSource(app.gardens, writeKey);
  expect(found).toMatchObject({ garden: { id: "test" }, source: { name: "Shop", consentMode: "ask" } });
  expect(await findSource(app.gardens, "wk_unknown")).toBeUndefined();

  const changed = await api("PATCH", `/api/sources/${id}`, {
    name: "Web shop",
    origins: ["https://shop.example"],
    consentCategories: { Statistik: "measure", Marketing: "contact" },
  });
  expect(changed.body).toMatchObject({ name: "Web shop", origins: ["https://shop.example"] });
  expect((await findSource(app.gardens, writeKey))?.source.consentCategories).toEqual({
    Statistik: "measure",
    Marketing: "contact",
  });

  const replaced = await api("POST", `/api/sources/${id}/keys`, { key: "write" });
  expect(replaced.body.source.writeKey).not.toBe(writeKey);
  expect(await findSource(app.gardens, writeKey)).toBeUndefined();
  const secret = (await api("GET", `/api/sources/${id}/signing-secret`)).body.signingSecret;
  const next = await api("POST", `/api/sources/${id}/keys`, { key: "signing" });
  expect(next.body.signingSecret).toMatch(/^sg_/);
  expect(next.body.signingSecret).not.toBe(secret);

  await api("PATCH", `/api/sources/${id}`, { enabled: false });
  expect(await findSource(app.gardens, replaced.body.source.writeKey)).toBeUndefined();
  expect((await api("DELETE", `/api/sources/${id}`)).status).toBe(200);
  expect((await api("GET", `/api/sources/${id}`)).body.error.code).toBe("source.missing");
});

test("what a source cannot be is refused with the reason", async () => {
  const bad = await api("POST", "/api/sources", {
    name: "x",
    kind: "browser",
    consentCategories: { Ads: "marketing" },
  });
  expect(bad.body.error).toMatchObject({
    code: "source.purpose_unknown",
    message: expect.stringContaining("measure"),
  });
  expect((await api("POST", "/api/sources", { name: "x", kind: "internal" })).status).toBe(400);
  expect(
    (await api("POST", "/api/sources", { name: "x", kind: "server", origins: ["https://a.example/path"] }))
      .status,
  ).toBe(400);
  const own = await internalSource(ctx);
  const list = (await api("GET", "/api/sources")).body.sources as { id: string; kind: string }[];
  const internal = list.find((source) => source.kind === "internal")!;
  expect((await api("DELETE", `/api/sources/${internal.id}`)).body.error.code).toBe("source.has_no_key");
  expect(own.statedBasis).toEqual({ measure: "contract" });
  expect((await api("POST", "/api/sources", { name: "x", kind: "server" }, "analyst")).body.error.code).toBe(
    "right.missing",
  );
  expect((await api("GET", "/api/sources", undefined, "service")).body.error.code).toBe("right.missing");
});

test("the garden's own sources are made once, also by two callers at once", async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, async () => (await importSource(ctx)).id));
  expect(new Set(ids).size).toBe(1);
  expect(await importSource(ctx)).toMatchObject({
    kind: "import",
    statedBasis: { measure: "contract", personalise: "legitimate_interest" },
  });
});

test("the connect page hears of a page view that was dropped for lack of consent, then of one that was kept", async () => {
  const { id, writeKey } = (await api("POST", "/api/sources", { name: "Site", kind: "browser" })).body;
  const live = async () => (await api("GET", `/api/sources/${id}/live`)).body;
  expect(await live()).toMatchObject({ state: "waiting", lastEvent: null, lastDrop: null });

  const page = (preferences: object, messageId: string) => ({
    type: "page",
    name: "Home",
    messageId,
    anonymousId: "visitor-1",
    context: { consent: { categoryPreferences: preferences } },
  });
  expect((await garden.send(writeKey, "/v1/page", page({ Analytics: false }, "p1"))).status).toBe(200);
  await garden.drained();
  expect(await live()).toMatchObject({
    state: "dropped",
    lastDrop: { reason: "withdrawn" },
    missingConsent: ["Analytics"],
  });
  expect((await garden.send(writeKey, "/v1/page", page({ Analytics: true }, "p2"))).status).toBe(200);
  await garden.drained();
  expect(await live()).toMatchObject({
    state: "kept",
    lastEvent: { name: expect.any(String) },
    missingConsent: [],
  });
  expect((await api("DELETE", `/api/sources/${id}`)).body.error.code).toBe("source.has_events");
});

test("an amount in another currency waits for a rate of its day, and a change of currency counts everything anew", async () => {
  const { writeKey } = await garden.source("server");
  const order = (id: string, revenue: number, currency: string, timestamp: string) => ({
    type: "track",
    event: "Order Completed",
    messageId: id,
    userId: "buyer",
    timestamp,
    properties: { order_id: id, revenue, currency },
  });
  const batch = [
    order("o1", 100, "EUR", "2026-01-10T12:00:00Z"),
    order("o2", 100, "USD", "2026-01-10T12:00:00Z"),
    // 00:30 of 1 February in Berlin: the rate of that day counts.
    order("o3", 100, "USD", "2026-01-31T23:30:00Z"),
    order("o4", 1000, "JPY", "2026-02-02T12:00:00Z"),
  ];
  expect((await garden.send(writeKey, "/v1/batch", { batch })).status).toBe(200);
  await garden.drained();
  const amounts = async () => {
    const text = await ctx.events.text(
      {},
      "select properties.order_id::String as id, amount_minor, currency, amount_garden_minor as minor from events where name = 'Order Completed' order by id",
      "JSONEachRow",
    );
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).minor as number | null);
  };
  expect(await amounts()).toEqual([10_000, null, null, null]);

  const rates = [
    { currency: "USD", validFrom: "2026-01-01", rate: "0.9" },
    { currency: "USD", validFrom: "2026-02-01", rate: "0.8" },
  ];
  const added = await api("POST", "/api/exchange-rates", { rates });
  expect(added.body.added).toBe(2);
  expect((await ended(added.body.jobId)).result).toMatchObject({ counted: 3, withoutRate: 1 });
  expect(await amounts()).toEqual([10_000, 9_000, 8_000, null]);

  const csv = "currency;valid_from;rate\nJPY;2026-01-01;0,0062\nUSD;2026-02-01;0.85\n";
  await ended((await api("POST", "/api/exchange-rates/csv", { csv })).body.jobId);
  // A yen has no decimals: 1000 JPY are 6.20 EUR.
  expect(await amounts()).toEqual([10_000, 9_000, 8_500, 620]);
  expect((await api("GET", "/api/exchange-rates")).body).toMatchObject({
    base: "EUR",
    rates: [
      { currency: "JPY" },
      { currency: "USD", validFrom: "2026-02-01", rate: "0.85" },
      { currency: "USD", validFrom: "2026-01-01" },
    ],
  });
  // An event that comes when the rates are there is counted in the same way.
  const late = { batch: [{ ...order("o5", 100, "USD", "2026-01-31T23:30:00Z") }] };
  expect((await garden.send(writeKey, "/v1/batch", late)).status).toBe(200);
  await garden.drained();
  expect((await amounts()).at(-1)).toBe(8_500);
  const broken = await api("POST", "/api/exchange-rates/csv", {
    csv: "currency,valid_from,rate\nUSD,01.02.2026,0.9\n",
  });
  expect(broken.body.error).toMatchObject({
    code: "rate.line_day",
    details: { line: 2, value: "01.02.2026", lines: [expect.stringContaining("line 2")] },
  });
  expect(
    (
      await api("POST", "/api/exchange-rates", {
        rates: [{ currency: "EUR", validFrom: "2026-01-01", rate: "2" }],
      })
    ).body.error.code,
  ).toBe("rate.own_currency");

  const zone = await api("PATCH", "/api/settings", { timezone: "America/New_York" });
  await ended(zone.body.jobId);
  // In New York it is still 31 January.
  expect(await amounts()).toEqual([10_000, 9_000, 9_000, 620, 9_000]);

  const currency = await api("PATCH", "/api/settings", { currency: "USD", brand: "Renamed" });
  expect(currency.body.garden).toMatchObject({ currency: "USD", brand: "Renamed" });
  await ended(currency.body.jobId);
  // Rates against the euro say nothing of the dollar, but they are kept.
  expect(await amounts()).toEqual([null, 10_000, 10_000, null, 10_000]);
  expect((await api("GET", "/api/exchange-rates")).body).toEqual({ base: "USD", rates: [] });
  const { rates: former } = (await api("GET", "/api/exchange-rates/history")).body;
  // Three were in use until now; one of them had replaced another.
  expect(former).toHaveLength(4);
  expect(new Set(former.map((one: { base: string }) => one.base))).toEqual(new Set(["EUR"]));

  const name = await api("PATCH", "/api/settings", { brand: "Only a name" });
  expect(name.body.jobId).toBeNull();
  expect((await api("PATCH", "/api/settings", { timezone: "Nowhere/City" })).status).toBe(400);
  expect((await api("PATCH", "/api/settings", { brand: "x" }, "editor")).body.error.code).toBe(
    "right.missing",
  );
});

test("what arrives after a change of currency or zone counts by the new one, without a restart", async () => {
  await ended((await api("PATCH", "/api/settings", { currency: "CHF", timezone: "UTC" })).body.jobId);
  const rates = [
    { currency: "NOK", validFrom: "2026-01-01", rate: "0.1" },
    { currency: "NOK", validFrom: "2026-02-01", rate: "0.2" },
  ];
  await ended((await api("POST", "/api/exchange-rates", { rates })).body.jobId);
  const { writeKey } = await garden.source("server");
  let sent = 0;
  /** The amounts of an order without a currency, and of one in kroner whose day depends on the zone. */
  const counted = async () => {
    const orders = [
      { order_id: `live-${++sent}`, revenue: 50 },
      { order_id: `live-${++sent}`, revenue: 50, currency: "NOK" },
    ];
    const timestamp = "2026-01-31T23:30:00Z";
    const batch = orders.map((properties) => ({
      type: "track",
      event: "Order Completed",
      userId: "live",
      timestamp,
      properties,
    }));
    expect((await garden.send(writeKey, "/v1/batch", { batch })).status).toBe(200);
    await garden.drained();
    const ids = orders.map((order) => order.order_id);
    return ctx.events.query(
      z.object({ currency: z.string(), minor: z.number().nullable() }),
      { ids },
      "select currency, amount_garden_minor as minor from events where properties.order_id::String in {ids:Array(String)} order by currency",
    );
  };
  const before = [
    { currency: "CHF", minor: 5_000 },
    { currency: "NOK", minor: 500 },
  ];
  expect(await counted()).toEqual(before);
  await ended((await api("PATCH", "/api/settings", { timezone: "Europe/Zurich" })).body.jobId);
  // In Zurich it was February already.
  expect(await counted()).toEqual([before[0], { currency: "NOK", minor: 1_000 }]);
  await ended((await api("PATCH", "/api/settings", { currency: "NOK" })).body.jobId);
  expect(await counted()).toEqual([
    { currency: "NOK", minor: 5_000 },
    { currency: "NOK", minor: 5_000 },
  ]);
});

test("amounts are counted anew after a running import, so that it leaves none by the former currency", async () => {
  let jobId = "";
  await alone(ctx, async () => {
    jobId = (await api("PATCH", "/api/settings", { currency: "SEK" })).body.jobId;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await app.jobs.get(jobId)).state).toBe("running");
    // What an import does that read the settings before.
    await ctx.events.command(
      `insert into events_stored (event_id, subject_id, customer_id, happened_at, received_at, source_id, import_id, name, amount_minor, currency, amount_garden_minor)
        select generateUUIDv4(), 1, 1, now64(3), now64(3), 1, 0, 'Stale', amount, currency, amount
        from values('amount Int64, currency String', (700, 'NOK'), (800, 'SEK'))`,
    );
  });
  await ended(jobId);
  const rows = await ctx.events.query(
    z.object({ currency: z.string(), minor: z.number().nullable() }),
    {},
    "select currency, amount_garden_minor as minor from events where name = 'Stale' order by currency",
  );
  expect(rows).toEqual([
    { currency: "NOK", minor: null },
    { currency: "SEK", minor: 800 },
  ]);
});

test("a brand's own garden cannot be dropped, a synthetic one can", async () => {
  expect((await api("DELETE", "/api/gardens/test")).body.error.code).toBe("garden.not_synthetic");
  await app.gardens.create({
    id: "sample",
    brand: "Sample",
    language: "en",
    currency: "EUR",
    timezone: "UTC",
    synthetic: true,
  });
  // A token stands in one garden and does not reach another.
  expect((await api("DELETE", "/api/gardens/sample")).body.error.code).toBe("garden.missing");
  const { openCommandSocket } = await import("../platform/command-socket.ts");
  const { connect } = await import("../cli/connection.ts");
  const socket = await openCommandSocket(garden.dataDir, (request, reply) =>
    app.http.routing(request, reply),
  );
  await connect(garden.dataDir, undefined).call("DELETE", "/api/gardens/sample");
  await socket.close();
  expect(app.gardens.find("sample")).toBeUndefined();
  const { changes } = (await api("GET", "/api/audit?max=1")).body;
  expect(changes[0]).toMatchObject({ action: "garden.dropped", subject: "sample", actorKind: "command" });
});

test("a rate that is replaced is kept as history, however many there are at once", async () => {
  const days = Array.from({ length: 150 }, (_, at) =>
    new Date(Date.UTC(2020, 0, 1 + at)).toISOString().slice(0, 10),
  );
  const upload = (rate: string) =>
    api("POST", "/api/exchange-rates/csv", {
      csv: `currency,valid_from,rate\n${days.map((day) => `CAD,${day},${rate}`).join("\n")}`,
    });
  const history = async (before?: number) =>
    (await api("GET", `/api/exchange-rates/history?max=100${before ? `&before=${before}` : ""}`)).body;
  const kept = async () => {
    const first = await history();
    const second = first.next ? await history(first.next) : { rates: [] };
    return [...first.rates, ...second.rates].filter((one) => one.currency === "CAD");
  };
  const { currency: base } = (await api("GET", "/api/settings")).body;
  await ended((await upload("0.7")).body.jobId);
  expect(await kept()).toEqual([]);
  // The same file again replaces nothing.
  await ended((await upload("0.70")).body.jobId);
  expect(await kept()).toEqual([]);
  await ended((await upload("0.8")).body.jobId);
  const replaced = await kept();
  expect(replaced).toHaveLength(150);
  expect(replaced.map((one) => one.validFrom).sort()).toEqual(days);
  expect(replaced[0]).toMatchObject({ base, currency: "CAD", rate: "0.7", replacedBy: "owner" });
  expect(Date.parse(replaced[0].replacedAt)).toBeGreaterThan(Date.parse(replaced[0].addedAt));
  const { rates } = (await api("GET", "/api/exchange-rates")).body;
  expect(
    new Set(
      rates
        .filter((one: { currency: string }) => one.currency === "CAD")
        .map((one: { rate: string }) => one.rate),
    ),
  ).toEqual(new Set(["0.8"]));
});
