import { expect, test } from "vitest";
import { openGarden } from "../../../test/harness.ts";
import { seedCustomers, seedEvents } from "../runs/testing.ts";

const { api, ctx, clock } = await openGarden({ timezone: "Europe/Berlin" });
clock.now = new Date("2026-06-01T00:00:00Z");

await seedCustomers(ctx, [1, 2, 3, 4, 5]);
await seedEvents(ctx, [
  // 1 sees, adds and buys, and buys again three days later.
  {
    customer: 1,
    at: "2026-01-01 10:00:00",
    name: "Product Viewed",
    channel: "ads",
    properties: { plan: "a", price: 10 },
  },
  { customer: 1, at: "2026-01-01 11:00:00", name: "Product Added", channel: "email" },
  { customer: 1, at: "2026-01-02 11:00:00", minor: 1000, channel: "web" },
  { customer: 1, at: "2026-01-05 11:00:00", minor: 1000, channel: "web" },
  // 2 sees and adds, never buys.
  {
    customer: 2,
    at: "2026-01-03 10:00:00",
    name: "Product Viewed",
    channel: "ads",
    properties: { plan: "b", price: 20 },
  },
  { customer: 2, at: "2026-01-04 10:00:00", name: "Product Added", channel: "ads" },
  // 3 buys only after the window, twice on one day.
  {
    customer: 3,
    at: "2026-01-05 10:00:00",
    name: "Product Viewed",
    channel: "search",
    properties: { plan: "a", price: 30 },
  },
  { customer: 3, at: "2026-01-06 10:00:00", name: "Product Added", channel: "search" },
  { customer: 3, at: "2026-03-06 10:00:00", minor: 1000, channel: "web" },
  { customer: 3, at: "2026-03-06 12:00:00", minor: 1000, channel: "web" },
  // 4 came a week ago: still within the window.
  {
    customer: 4,
    at: "2026-05-25 10:00:00",
    name: "Product Viewed",
    channel: "ads",
    properties: { plan: "b", price: 40 },
  },
  // 5 does it in the wrong order.
  { customer: 5, at: "2026-01-10 10:00:00", name: "Product Added", channel: "email" },
  {
    customer: 5,
    at: "2026-01-11 10:00:00",
    name: "Product Viewed",
    channel: "email",
    properties: { plan: "a", price: 50 },
  },
  // A row without a customer never counts.
  { customer: 0, at: "2026-01-01", name: "Product Viewed", channel: "ads" },
]);
// What customer 6 did as a visitor belongs to customer 2.
await ctx.events.insertLines(
  "customer_links",
  Buffer.from(JSON.stringify({ subject_id: 6, customer_id: 2, version: 1 })),
);
await seedEvents(ctx, [{ customer: 6, at: "2026-01-05 10:00:00", minor: 500, channel: "web" }]);
await ctx.events.command("system reload dictionary links");

const period = { from: "2026-01-01", to: "2026-06-01" };
const steps = [{ event: "Product Viewed" }, { event: "Product Added" }, { event: "Order Completed" }];
// biome-ignore lint/suspicious/noExplicitAny: answers of the API.
const funnel = async (ask: object): Promise<any> =>
  (await api("POST", "/api/insight/journeys/funnel", { ...period, steps, windowDays: 30, ...ask })).body;
const customersOf = (bars: { customers: number }[]) => bars.map((bar) => bar.customers);
const behind = async (key: string, value: object) => {
  const { body } = await api(
    "GET",
    `/api/customers?filter=${key}&value=${encodeURIComponent(JSON.stringify(value))}`,
  );
  return body.total as number;
};

test("a funnel counts steps in order and in time, over joined ids", async () => {
  const { bars } = await funnel({});
  expect(customersOf(bars)).toEqual([5, 3, 2]);
  // Customer 5 is lost, customer 4 may still come; customer 3 bought too late.
  expect(bars[0]).toMatchObject({ lost: 1, pending: 1, share: null });
  expect(bars[1]).toMatchObject({ lost: 1, pending: 0 });
  expect(bars[2].share.estimate).toBeCloseTo(2 / 3);
  expect(customersOf((await funnel({ windowDays: 90 })).bars)).toEqual([5, 3, 3]);
});

test("steps take conditions on properties, and the first step can be broken down", async () => {
  const filtered = (property: string, is: string, value: string) =>
    funnel({ steps: [{ event: "Product Viewed", filters: [{ property, is, value }] }, steps[1]] });
  expect(customersOf((await filtered("plan", "equals", "a")).bars)).toEqual([3, 2]);
  expect(customersOf((await filtered("plan", "differs", "a")).bars)).toEqual([2, 1]);
  expect(customersOf((await filtered("price", "atLeast", "25")).bars)).toEqual([3, 1]);
  expect(customersOf((await filtered("channel", "contains", "EARCH")).bars)).toEqual([1, 1]);
  expect(customersOf((await filtered("nothing", "present", "")).bars)).toEqual([0, 0]);
  const { segments } = await funnel({ breakdown: "plan" });
  expect(
    segments.map(({ value, bars }: { value: string; bars: { customers: number }[] }) => [
      value,
      ...customersOf(bars),
    ]),
  ).toEqual([
    ["a", 3, 2, 1],
    ["b", 2, 1, 1],
  ]);
  // What looks like SQL is a name that nothing carries.
  const odd = await filtered("x') or 1=1 --", "equals", "'; drop table events_stored; --");
  expect(customersOf(odd.bars)).toEqual([0, 0]);
});

test("one order is one step, also where two steps ask for an order", async () => {
  const { bars } = await funnel({ steps: [{ event: "Order Completed" }, { event: "Order Completed" }] });
  expect(customersOf(bars)).toEqual([3, 2]);
});

test("the time from step to step is the median of those who took both", async () => {
  const { body } = await api("POST", "/api/insight/journeys/funnel/times", {
    ...period,
    steps,
    windowDays: 30,
  });
  // One hour, and a day twice: the median is a day. To the order: a day, and a day.
  expect(body.medianMs).toEqual([86_400_000, 86_400_000]);
});

test("paths lead from the first contact to the first purchase and the second, or say where they end", async () => {
  const ask = { ...period, by: "channel", touches: 1, windowDays: 30 };
  const { body } = await api("POST", "/api/insight/journeys/paths", ask);
  expect(body).toMatchObject({ customers: 5, bought: 2, boughtAgain: 1, columns: 4 });
  const links = body.links.map((link: Record<string, unknown>) =>
    [link.fromColumn, link.from, link.toColumn, link.to, link.customers].join(" "),
  );
  expect(links.sort()).toEqual([
    "0 ads 1 email 1",
    "0 ads 2 bought 1",
    "0 ads 2 waiting 1",
    "0 email 2 left 1",
    "0 search 2 left 1",
    "1 email 2 bought 1",
    "2 bought 3 bought 1",
    "2 bought 3 left 1",
  ]);
  // The order on the same day is no second purchase.
  const wide = await api("POST", "/api/insight/journeys/paths", { ...ask, windowDays: 80 });
  expect(wide.body).toMatchObject({ bought: 3, boughtAgain: 1 });
  expect(await behind("journeys.path", { ask, at: { column: 0, label: "ads" } })).toBe(3);
  expect(
    await behind("journeys.path", {
      ask,
      at: { column: 0, label: "ads" },
      next: { column: 2, label: "bought" },
    }),
  ).toBe(1);
  // What small ones are folded into opens all that have no name of their own there: e-mail and search.
  const folded = { column: 0, not: ["ads"] };
  expect(await behind("journeys.path", { ask, at: folded })).toBe(2);
  expect(await behind("journeys.path", { ask, at: folded, next: { column: 2, label: "left" } })).toBe(2);
  const byEvent = await api("POST", "/api/insight/journeys/paths", { ...ask, by: "event" });
  expect(byEvent.body.nodes).toContainEqual({ column: 0, label: "Product Viewed", customers: 4 });
});

test("numbers open their customers, and questions can be kept to a set of customers", async () => {
  const ask = { ...period, steps, windowDays: 30 };
  expect(await behind("journeys.funnel", { ask, step: 1, which: "reached" })).toBe(3);
  expect(await behind("journeys.funnel", { ask, step: 0, which: "lost" })).toBe(1);
  expect(await behind("journeys.funnel", { ask, step: 0, which: "pending" })).toBe(1);
  // Each bar of a breakdown opens its own, and what is left over opens all the others.
  const broken = { ...ask, breakdown: "plan" };
  const { segments } = await funnel({ breakdown: "plan" });
  for (const { value, bars } of segments) {
    for (const [step, bar] of bars.entries()) {
      const at = { ask: broken, step, segment: { is: value } };
      expect(await behind("journeys.funnel", { ...at, which: "reached" })).toBe(bar.customers);
      // Whoever reached the last step is lost nowhere.
      if (step < bars.length - 1) {
        expect(await behind("journeys.funnel", { ...at, which: "lost" })).toBe(bar.lost);
      }
    }
  }
  const rest = { ask: broken, step: 0, which: "reached", segment: { not: ["a"] } };
  expect(await behind("journeys.funnel", rest)).toBe(2);
  const none = await funnel({ customers: { filter: "value.bought", value: "" } });
  expect(customersOf(none.bars)).toEqual([0, 0, 0]);
});

test("bad questions are refused with a reason", async () => {
  const post = (body: object) => api("POST", "/api/insight/journeys/funnel", { ...period, steps, ...body });
  expect((await post({ from: "2026-02-01", to: "2026-02-01" })).body.error.code).toBe("journeys.period");
  expect((await post({ steps: [steps[0]] })).status).toBe(400);
  expect((await post({ customers: { filter: "nope", value: "" } })).body.error.code).toBe(
    "customers.filter_unknown",
  );
  const text = { event: "Product Viewed", filters: [{ property: "price", is: "atLeast", value: "much" }] };
  expect((await post({ steps: [text, steps[1]] })).body.error.code).toBe("journeys.not_a_number");
  expect((await api("GET", "/api/customers?filter=journeys.funnel&value=nope")).body.error.code).toBe(
    "filter.value",
  );
});

test("the builder learns what happens here, and answers come as files", async () => {
  const { body } = await api("GET", "/api/insight/journeys/events");
  expect(body.events[0]).toEqual({ name: "Order Completed", events: 5 });
  expect([body.first, body.last]).toEqual(["2026-01-01", "2026-05-25"]);
  const properties = await api("GET", "/api/insight/journeys/properties?event=Product%20Viewed");
  expect(properties.body.properties.sort()).toEqual(["plan", "price"]);
  const ask = encodeURIComponent(JSON.stringify({ ...period, steps, windowDays: 30 }));
  const file = await api("GET", `/api/insight/journeys/funnel.csv?ask=${ask}`);
  expect((file.body as string).split("\r\n")[1]).toBe(",1,Product Viewed,5,,,,1,1");
});
