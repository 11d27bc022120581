import { expect, test } from "vitest";
import { openGarden } from "../../../test/harness.ts";
import { type SeededEvent, seedCustomers, seedEvents } from "../runs/testing.ts";
import type { AttributionAnswer } from "./model.ts";

const { api, ctx, clock } = await openGarden({ timezone: "Europe/Berlin" });
clock.now = new Date("2026-06-01T00:00:00Z");

const view = (customer: number, at: string, channel: string): SeededEvent => ({
  ...{ customer, at, channel },
  name: "Page Viewed",
});
const order = (customer: number, at: string, minor: number): SeededEvent => ({ customer, at, minor });

await seedCustomers(ctx, [1, 2, 3, 4, 6, 7]);
// Customer 5 does not allow conclusions.
await seedCustomers(ctx, [5], { profile: false });
await seedEvents(ctx, [
  // 1: search, email, order; then an order with nothing before it.
  view(1, "2026-01-10 10:00:00", "search"),
  view(1, "2026-01-12 10:00:00", "email"),
  // The same channel a minute later is the same touch.
  view(1, "2026-01-12 10:01:00", "email"),
  order(1, "2026-01-12 11:00:00", 6000),
  order(1, "2026-01-20 11:00:00", 1000),
  // 2: too long ago to count, then the brand's own page.
  view(2, "2026-01-01 10:00:00", "social"),
  view(2, "2026-03-01 10:00:00", "web"),
  order(2, "2026-03-01 12:00:00", 2000),
  // 3: a shop, without the web; 4 never buys; 5 comes from nowhere; 6 was here only last week.
  view(3, "2026-02-01 10:00:00", "shop"),
  order(3, "2026-02-02 12:00:00", 4000),
  view(4, "2026-02-01 10:00:00", "search"),
  order(5, "2026-02-01 10:00:00", 500),
  view(6, "2026-05-28 10:00:00", "search"),
  // What the brand sends touches nobody before it is opened.
  { customer: 7, at: "2026-02-01 10:00:00", name: "Email Delivered", channel: "email" },
  view(0, "2026-01-01 10:00:00", "search"),
]);

const period = { from: "2026-01-01", to: "2026-06-01" };
const ask = async (more: object = {}): Promise<AttributionAnswer> => {
  const { status, body } = await api("POST", "/api/insight/attribution", { ...period, ...more });
  expect(status).toBe(200);
  // Nothing that is no number comes out as null in the place of one.
  for (const { channels } of body.models)
    for (const { conversions, value } of channels)
      for (const one of [...Object.values(conversions), ...Object.values(value)])
        expect(one).toBeTypeOf("number");
  return body;
};
const credit = (answer: AttributionAnswer, model: string, of: "conversions" | "value" = "conversions") =>
  Object.fromEntries(
    answer.models
      .find((one) => one.model === model)!
      .channels.filter((one) => Math.abs(one[of].estimate) > 1e-9)
      .map((one) => [one.channel, Math.round(one[of].estimate * 1000) / 1000]),
  );

test("journeys end with a conversion or a silence, and conversions without a touch are named", async () => {
  const { journeys, valueMinor, untouchedMinor, remarks, channels } = await ask();
  // Social in January by customer 2 is a journey of its own that led nowhere.
  expect(journeys).toMatchObject({ converted: 3, null: 2, waiting: 1, untouched: 2, untouchedPrivate: 1 });
  expect([valueMinor, untouchedMinor]).toEqual([12_000, 1500]);
  expect(remarks).toEqual(["few_conversions", "consent"]);
  expect(channels.find((one) => one.channel === "search")).toMatchObject({ journeys: 2, converted: 1 });
});

test("each model divides all conversions and all value", async () => {
  const answer = await ask();
  expect(answer.models.map((one) => one.model)).toHaveLength(8);
  expect(credit(answer, "first")).toEqual({ search: 1, web: 1, shop: 1 });
  expect(credit(answer, "last", "value")).toEqual({ email: 6000, web: 2000, shop: 4000 });
  expect(credit(answer, "linear")).toEqual({ search: 0.5, email: 0.5, web: 1, shop: 1 });
  // Two days lie between the touches of customer 1.
  const early = 2 ** (-2 / 7);
  expect(credit(answer, "time-decay").search).toBeCloseTo(early / (1 + early), 3);
  for (const { model, channels, failed } of answer.models) {
    expect(failed).toBeNull();
    const sum = channels.reduce((all, one) => all + one.conversions.estimate, 0);
    expect(sum, model).toBeCloseTo(3, 9);
    for (const { conversions } of channels) expect(conversions.low).toBeLessThanOrEqual(conversions.high);
  }
  expect((await ask()).models).toEqual(answer.models);
});

test("the window, another conversion and a set of customers change the question", async () => {
  expect(credit(await ask({ windowDays: 90 }), "first")).toEqual({ search: 1, social: 1, shop: 1 });
  const viewed = await ask({ conversion: "Page Viewed" });
  expect(viewed.remarks).toContain("no_touches");
  expect(viewed.models).toEqual([]);
  const { journeys } = await ask({ order: 2, customers: { filter: "value.bought" } });
  expect(journeys.converted).toBe(0);
  const second = await ask({ order: 2 });
  expect(second.models.find((one) => one.model === "markov")!.order).toBe(2);
});

test("bad questions are told, and a period without conversions says so", async () => {
  expect(
    await api("POST", "/api/insight/attribution", { from: "2026-02-01", to: "2026-02-01" }),
  ).toMatchObject({
    status: 400,
    body: { error: { code: "attribution.period" } },
  });
  expect(await api("GET", "/api/insight/attribution.csv?ask=no")).toMatchObject({
    body: { error: { code: "attribution.ask" } },
  });
  const nothing = await ask({ conversion: "Nothing" });
  expect(nothing).toMatchObject({ models: [], remarks: ["no_conversions"] });
});

test("a path of ten thousand touches counts by its first and its latest ones", async () => {
  const start = Date.parse("2020-01-01T00:00:00Z");
  await seedEvents(ctx, [
    ...Array.from({ length: 10_000 }, (_, at) =>
      view(
        8,
        new Date(start + at * 60_000).toISOString().slice(0, 19).replace("T", " "),
        at === 0 ? "shop" : at % 2 ? "web" : "search",
      ),
    ),
    order(8, "2020-01-08 12:00:00", 100),
  ]);
  const answer = await ask({ from: "2020-01-01", to: "2020-02-01" });
  expect(answer.journeys).toMatchObject({ converted: 1, long: 1 });
  expect(answer.remarks).toContain("long_journeys");
  expect(credit(answer, "first")).toEqual({ shop: 1 });
  expect(credit(answer, "linear").shop).toBeCloseTo(0.01, 3);
});

test("each number leads to its customers", async () => {
  const behind = async (kind: string, channel?: string) => {
    const value = JSON.stringify({ ask: period, kind, channel });
    const { body } = await api(
      "GET",
      `/api/customers?filter=attribution.journeys&value=${encodeURIComponent(value)}`,
    );
    return body.total as number;
  };
  expect(await behind("converted")).toBe(3);
  expect(await behind("converted", "search")).toBe(1);
  expect(await behind("untouched")).toBe(2);
});

test("the file says what the answer says", async () => {
  const { body } = await api(
    "GET",
    `/api/insight/attribution.csv?ask=${encodeURIComponent(JSON.stringify(period))}`,
  );
  expect(String(body).split(/\r?\n/)[0]).toMatch(/^model,order,channel,conversions,/);
  expect(String(body)).toContain("first,,search,1,");
});
