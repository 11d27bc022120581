import { expect, test } from "vitest";
import { z } from "zod";
import { writeHistories } from "../src/insight/value/histories.ts";
import { refreshOffers } from "../src/offer/placements/index.ts";
import { openGarden } from "./harness.ts";

const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day).toISOString();

test("an order that a page and a server tell is one to every question", async () => {
  const { api, ctx, drained, send, source } = await openGarden();
  const statedBasis = { measure: "contract", personalise: "legitimate_interest" } as const;
  const tellers = { page: await source("browser"), server: await source("server", { statedBasis }) };
  const told = (days: number) => ({
    type: "track",
    event: "Order Completed",
    userId: "ada",
    timestamp: ago(days),
    context: { consent: { categoryPreferences: { measure: true, personalise: true } } },
    properties: {
      order_id: "q1",
      currency: "EUR",
      revenue: 20,
      products: [{ product_id: "tea", quantity: 2 }],
    },
  });
  for (const [teller, days] of [
    ["page", 3],
    // Clocks differ: the second telling must not look like a second purchase.
    ["server", 2],
  ] as const) {
    expect((await send(tellers[teller].writeKey, "/v1/track", told(days))).status).toBe(200);
    await drained();
  }

  const [row] = (await api("GET", "/api/customers?search=ada")).body.items;
  expect(row).toMatchObject({ orders: 1, valueMinor: 2000 });
  expect((await api("GET", `/api/customers/${row.id}/orders`)).body.total).toBe(1);

  await refreshOffers(ctx);
  const products = (await api("GET", "/api/offer/products")).body;
  expect(products.products).toMatchObject([{ productId: "tea", orders: 1, repeatCustomers: 0, quantity: 2 }]);

  const steps = [{ event: "Order Completed" }, { event: "Order Completed" }];
  const period = { from: ago(10).slice(0, 10), to: ago(-2).slice(0, 10), windowDays: 30 };
  const funnel = (await api("POST", "/api/insight/journeys/funnel", { ...period, steps })).body;
  expect(funnel.bars.map((bar: { customers: number }) => bar.customers)).toEqual([1, 0]);
  const paths = (await api("POST", "/api/insight/journeys/paths", period)).body;
  expect(paths).toMatchObject({ customers: 1, bought: 1, boughtAgain: 0 });

  const until = ago(0).slice(0, 10);
  await writeHistories(ctx, { runId: 1, until, calibrationEnd: until });
  const histories = await ctx.events.query(
    z.object({ orders: z.number(), days: z.number(), minor: z.number() }),
    {},
    "select orders, length(days) as days, value_minor as minor from value_histories",
  );
  expect(histories).toEqual([{ orders: 1, days: 1, minor: 2000 }]);
});
