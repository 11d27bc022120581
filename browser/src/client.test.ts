import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openClient } from "./client.ts";
import { openKept } from "./kept.ts";
import { defaults, type Options, optionsOfTag } from "./options.ts";

vi.stubGlobal("VERSION", "test");
vi.stubGlobal("PARTS", "test");

interface Sent {
  type: string;
  event?: string;
  anonymousId: string;
  userId?: string;
  previousId?: string;
  name?: string;
  category?: string;
  properties?: Record<string, unknown>;
  context: { consent: { categoryPreferences: Record<string, boolean> } };
}
let sent: Sent[];

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  vi.stubGlobal("fetch", async (_url: string, { body }: { body: string }) => {
    sent.push(...JSON.parse(body).batch);
    return new Response("{}");
  });
});
afterEach(() => {
  // biome-ignore lint/suspicious/noDocumentCookie: as the script does it.
  document.cookie = "rondell=; path=/; max-age=0";
  localStorage.clear();
});

const open = (options: Partial<Options> = {}) =>
  openClient("wk_test", {
    ...defaults,
    server: "http://rondell.test",
    consent: "off",
    pages: false,
    ...options,
  });
const passed = () => vi.advanceTimersByTimeAsync(1000);
const yes = { measure: true, personalise: true };
const kinds = () => sent.map((call) => call.event ?? call.type);

test("who somebody is, said before the yes, is told with it; what they did is not", async () => {
  const client = open();
  client.identify("ada");
  client.track("Product Viewed");
  await passed();
  expect(sent).toEqual([]);
  client.consent(yes);
  await passed();
  expect(kinds()).toEqual(["identify", "Consent Granted", "Consent Granted"]);
  expect(sent[0]).toMatchObject({ userId: "ada", context: { consent: { categoryPreferences: yes } } });
});

test("in the mode `implied` measuring begins at once, but no answer is made up", async () => {
  const client = open({ consent: "implied" });
  client.track("Product Viewed");
  await passed();
  expect(sent[0]?.context.consent.categoryPreferences).toEqual({});
  client.consent({ measure: false });
  client.track("Product Viewed");
  await passed();
  expect(kinds()).toEqual(["Product Viewed", "Consent Withdrawn"]);
  expect(sent[1]).toMatchObject({
    anonymousId: sent[0]!.anonymousId,
    context: { consent: { categoryPreferences: { measure: false } } },
  });
});

test("a new yes after a withdrawal begins with another id", async () => {
  const client = open();
  for (const measure of [true, false, true]) {
    client.consent({ measure });
    client.track("Product Viewed");
    await passed();
  }
  const ids = sent.filter((call) => call.event === "Product Viewed").map((call) => call.anonymousId);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(2);
});

test("a purpose that is withdrawn while measuring stays is told with an event", async () => {
  const client = open();
  client.consent(yes);
  await passed();
  client.consent({ personalise: false });
  await passed();
  expect(sent.at(-1)).toMatchObject({
    event: "Consent Withdrawn",
    properties: { purpose: "personalise" },
    context: { consent: { categoryPreferences: { measure: true, personalise: false } } },
  });
});

test("the words of the Segment calls mean the same here", async () => {
  const client = open();
  client.consent({ measure: true });
  client.page("Home");
  client.page("Shop", "Teas", { season: "spring" });
  client.identify({ town: "Leipzig" });
  client.identify("ada", { plan: "gold" });
  client.group("g1", { name: "Tea club" });
  client.alias("ada-2");
  await passed();
  expect(sent.slice(1)).toMatchObject([
    { type: "page", name: "Home", properties: { name: "Home", path: location.pathname } },
    { type: "page", name: "Teas", category: "Shop", properties: { season: "spring" } },
    { type: "identify", traits: { town: "Leipzig" } },
    { type: "identify", userId: "ada", traits: { plan: "gold" } },
    { type: "group", groupId: "g1", userId: "ada" },
    { type: "alias", userId: "ada-2", previousId: "ada" },
  ]);
});

test("somebody else on the same browser is another visitor, whose answers stand", async () => {
  const client = open();
  client.consent(yes);
  client.identify("ada");
  client.identify("bo");
  client.reset();
  client.track("Product Viewed");
  await passed();
  const ids = new Set(sent.map((call) => call.anonymousId));
  expect(ids.size).toBe(3);
  expect(sent.at(-1)).toMatchObject({ context: { consent: { categoryPreferences: yes } } });
  expect(sent.at(-1)).not.toHaveProperty("userId");
});

test.each([
  ["Do Not Track", "doNotTrack", "1"],
  ["Global Privacy Control", "globalPrivacyControl", true],
])("%s, switched on since the last visit, withdraws and leaves nothing", async (_name, key, value) => {
  open().consent(yes);
  await passed();
  const { anonymousId } = sent[0]!;
  Object.defineProperty(navigator, key, { value, configurable: true });
  const client = open();
  client.consent(yes);
  client.track("Product Viewed");
  await passed();
  Object.defineProperty(navigator, key, { value: undefined, configurable: true });
  expect(kinds().slice(2)).toEqual(["Consent Withdrawn", "Consent Withdrawn"]);
  expect(sent.at(-1)).toMatchObject({
    anonymousId,
    context: { consent: { categoryPreferences: { measure: false, personalise: false } } },
  });
  expect(document.cookie).toBe("");
});

test("the cookie is of the brand's own site, lax, and secure where the page is", () => {
  const written = vi.spyOn(document, "cookie", "set");
  const { cookieDays } = defaults;
  openKept({ cookieDays }).write({ anonymousId: "a" });
  const home = location.href;
  Reflect.get(window, "happyDOM").setURL("https://www.shop.example/");
  openKept({ cookieDays: 30, cookieDomain: ".shop.example" }).write({ anonymousId: "a" });
  Reflect.get(window, "happyDOM").setURL(home);
  const value = "rondell=%7B%22anonymousId%22%3A%22a%22%7D; path=/";
  expect(written.mock.calls.map(([text]) => text)).toEqual([
    `${value}; max-age=15552000; samesite=lax`,
    `${value}; max-age=2592000; samesite=lax; domain=.shop.example; secure`,
  ]);
  written.mockRestore();
});

test("options stand at the tag of the script", () => {
  const tag = {
    writeKey: "wk",
    consent: "implied",
    purposes: "measure, contact",
    scroll: "off",
    cookieDays: "30",
  };
  expect(optionsOfTag(tag)).toEqual({
    ...{ writeKey: "wk", consent: "implied", purposes: ["measure", "contact"] },
    ...{ scroll: false, cookieDays: 30 },
  });
});
