import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLine, stored, until } from "../../src/data/collect/protocols/testing.ts";
import { openGarden, type TestGarden } from "../harness.ts";
import { visit } from "./chrome.ts";

/** The browser clients of other systems, unmodified, on a page of another origin, in a real browser. */
let garden: TestGarden;
let line: Awaited<ReturnType<typeof openLine>>;
beforeAll(async () => {
  garden = await openGarden();
  line = await openLine(await garden.app.http.listen({ port: 0, host: "127.0.0.1" }));
});
afterAll(() => line.close());

const words = 'Grüße „aus“ Köln 🌻 "100 %"';
/** What a page allows, where its address says so; without that the client says nothing of it. */
const allows = `const allowed = location.search.includes("allowed") ? { Analytics: true } : undefined;`;
const code = {
  segment: (key: string) => `
    import { AnalyticsBrowser } from "@segment/analytics-next";
    ${allows}
    const client = AnalyticsBrowser.load({ writeKey: ${key}, cdnURL: host });
    const more = allowed ? { context: { consent: { categoryPreferences: allowed } } } : {};
    client.page("Tea", "Tea", {}, more);
    client.identify("user segment", { city: words }, more);
    client.track("Order Completed", { order_id: "segment", note: words }, more);`,
  jitsu: (key: string) => `
    import { jitsuAnalytics } from "@jitsu/js";
    ${allows}
    const client = jitsuAnalytics({ host, writeKey: ${key} + ":x", ...(allowed ? { privacy: { consentCategories: allowed } } : {}) });
    client.page({ name: "Tea" })
      .then(() => client.identify("user jitsu", { city: words }))
      .then(() => client.track("Order Completed", { order_id: "jitsu", note: words }));`,
  dittofeed: (key: string) => `
    import { DittofeedSdk } from "@dittofeed/sdk-web";
    DittofeedSdk.init({ host, writeKey: "Basic " + btoa(${key} + ":") }).then(() => {
      DittofeedSdk.page({ userId: "user dittofeed", name: "Tea", properties: { path: location.pathname } });
      DittofeedSdk.identify({ userId: "user dittofeed", traits: { city: words } });
      DittofeedSdk.track({ userId: "user dittofeed", event: "Order Completed", properties: { order_id: "dittofeed", note: words } });
      return DittofeedSdk.flush();
    });`,
  rudder: (key: string) => `
    import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";
    const client = new RudderAnalytics();
    client.load(${key}, host, { configUrl: host, plugins: [] });
    client.page("Tea");
    client.identify("user rudder", { city: words });
    client.track("Order Completed", { order_id: "rudder", note: words });`,
  posthog: (key: string) => `
    import posthog from "posthog-js/dist/module.full.no-external";
    posthog.init(${key}, { api_host: host, opt_out_useragent_filter: true, disable_external_dependency_loading: true, request_batching: true });
    posthog.identify("user posthog", { city: words });
    posthog.capture("Order Completed", { order_id: "posthog", note: words });`,
  snowplow: (key: string) => `
    import { newTracker, trackPageView, setUserId, trackSelfDescribingEvent } from "@snowplow/browser-tracker";
    newTracker("shop", host, { appId: ${key} });
    trackPageView();
    setUserId("user snowplow");
    trackSelfDescribingEvent({ event: { schema: "iglu:com.acme/tea_tasted/jsonschema/1-0-0", data: { note: words } } });`,
};
const shopping = ["Customer Identified", "Order Completed", "Page Viewed"];
const expected = {
  segment: shopping,
  jitsu: shopping,
  dittofeed: shopping,
  rudder: shopping,
  posthog: shopping,
  snowplow: ["Page Viewed", "tea_tasted"],
};

test.each(Object.keys(code) as (keyof typeof code)[])(
  "%s: each event of a page once, of one person",
  async (name) => {
    const { id, writeKey } = await garden.source("browser", {
      consentMode: "basis",
      statedBasis: { measure: "legitimate_interest" },
    });
    const shop = await openPage(
      `const host = ${JSON.stringify(line.url)}; const words = ${JSON.stringify(words)};`,
      code[name](JSON.stringify(writeKey)),
    );
    const { page, faults, close } = await visit();
    const asked = new Set<string>();
    page.on("request", (request) => asked.add(new URL(request.url()).origin));
    await page.goto(`${shop.url}/tea?utm_source=google&utm_medium=cpc&utm_campaign=spring`);
    const own = async () =>
      (await stored(garden)).filter((event) => event.source === id && expected[name].includes(event.name));
    await until(async () => (await own()).length >= expected[name].length);
    await close();
    const events = await own();
    expect(events.map((event) => event.name)).toEqual(expected[name]);
    expect(new Set(events.map((event) => event.customerId)).size).toBe(1);
    expect(events.find((event) => event.properties.note)?.properties.note).toBe(words);
    expect(events.find((event) => event.name === "Page Viewed")?.properties.path).toBe("/tea");
    expect(faults).toEqual([]);
    // Nothing went to the client's vendor.
    expect([...asked].sort()).toEqual([shop.url, line.url].sort());
    shop.close();
  },
);

test.each(["segment", "jitsu"] as const)(
  "%s: without an answer nothing is stored, and with a yes everything that follows it",
  async (name) => {
    const { id, writeKey } = await garden.source("browser");
    const shop = await openPage(
      `const host = ${JSON.stringify(line.url)}; const words = ${JSON.stringify(words)};`,
      // Somebody else than above, of whom the brand has no basis yet.
      code[name](JSON.stringify(writeKey)).replace("user ", "asked "),
    );
    const before = (await garden.drops()).no_consent ?? 0;
    const { page, close } = await visit();
    const own = async () => (await stored(garden)).filter((event) => event.source === id);
    await page.goto(`${shop.url}/tea`);
    await until(async () => {
      await garden.drained();
      return ((await garden.drops()).no_consent ?? 0) >= before + 3;
    });
    expect(await own()).toEqual([]);
    await page.goto(`${shop.url}/tea?allowed`);
    await until(async () => (await own()).length >= 3);
    await close();
    expect((await own()).map((event) => event.name)).toEqual(shopping);
    expect((await garden.drops()).no_consent).toBe(before + 3);
    shop.close();
  },
);

/** A page of the brand with the client in it, as the brand's own builder makes it. */
async function openPage(constants: string, client: string) {
  const bundle = await build({
    stdin: { contents: `${constants}\n${client}`, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    logLevel: "silent",
  });
  const server = createServer((request, reply) => {
    const isScript = request.url === "/client.js";
    reply.setHeader("content-type", `${isScript ? "text/javascript" : "text/html"}; charset=utf-8`);
    reply.end(
      isScript
        ? bundle.outputFiles[0]!.text
        : `<!doctype html><html lang="en"><title>Tea</title><link rel="icon" href="data:,"><h1>Tea</h1><script src="/client.js"></script></html>`,
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
