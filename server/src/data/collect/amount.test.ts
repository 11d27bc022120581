import { expect, test } from "vitest";
import { z } from "zod";
import { openGarden } from "../../../test/harness.ts";
import { convertedMinor, minorFactor } from "../../platform/money.ts";
import { gardenAmountParams, gardenAmountSql } from "../events/index.ts";

const garden = await openGarden({ currency: "EUR", timezone: "Europe/Berlin" });
const { api, app, ctx } = garden;
const rates = {
  USD: "0.5",
  GBP: "1.005",
  CHF: "0.0049",
  JPY: "0.00625",
  KWD: "3.2505",
  CLF: "41.15000000005",
};
const revenues = [0.05, 0.15, 0.25, 0.35, 1, 2.5, 3, 33.33, 99.99, 1000, 123_456.78, 4_503_599_627.37];

test("an amount is rounded in the same way when it is collected, counted anew and imported", async () => {
  const ended = async (jobId: string) => expect((await app.jobs.ended(jobId)).error).toBeNull();
  const list = Object.entries(rates).map(([currency, rate]) => ({ currency, rate, validFrom: "2020-01-01" }));
  await ended((await api("POST", "/api/exchange-rates", { rates: list })).body.jobId);
  const { writeKey } = await garden.source("server");
  const batch = list.flatMap(({ currency }) =>
    revenues.flatMap((revenue) =>
      ["Order Completed", "Order Refunded"].map((event) => ({
        type: "track",
        event,
        userId: "buyer",
        properties: { revenue, currency },
      })),
    ),
  );
  const answer = await garden.send(writeKey, "/v1/batch", { batch });
  expect(answer.body).toMatchObject({ accepted: batch.length });
  await garden.drained();

  const params = await gardenAmountParams(ctx);
  const stored = () =>
    ctx.events.query(
      z.object({ currency: z.string(), minor: z.number(), inGarden: z.number(), imported: z.number() }),
      params,
      `select currency, assumeNotNull(amount_minor) as minor, amount_garden_minor as in_garden, ${gardenAmountSql} as imported
        from events order by currency, minor`,
    );
  const collected = await stored();
  expect(collected).toHaveLength(batch.length);
  expect(collected.filter((row) => row.inGarden < 0)).not.toHaveLength(0);
  for (const { currency, minor, inGarden, imported } of collected) {
    const rate = Number(rates[currency as keyof typeof rates]);
    expect(inGarden, `${minor} ${currency}`).toBe(convertedMinor(minor, minorFactor(rate, currency, "EUR")));
    expect(imported, `${minor} ${currency}`).toBe(inGarden);
  }
  await ended((await api("POST", "/api/exchange-rates", { rates: list })).body.jobId);
  expect(await stored()).toEqual(collected);
});

test("an amount in a currency that is none is rejected with the reason", async () => {
  const { writeKey } = await garden.source("server");
  const order = (currency: unknown) => ({
    type: "track",
    event: "Order Completed",
    userId: "b",
    properties: { revenue: 5, currency },
  });
  const bad = ["ZZZ", "XXX", "€", "Euro", 978, {}, "constructor"];
  const good = ["EUR", " usd ", "CLF", "UYW", "", null];
  const { body } = await garden.send(writeKey, "/v1/batch", { batch: [...bad, ...good].map(order) });
  expect(body).toMatchObject({ accepted: good.length });
  expect((body.rejected as { code: string }[]).map((one) => one.code)).toEqual(
    bad.map(() => "event.unknown_currency"),
  );
  // Without an amount there is nothing to count.
  const view = { event: "Product Viewed", userId: "b", properties: { product_id: "p", currency: "ZZZ" } };
  expect((await garden.send(writeKey, "/v1/track", view)).status).toBe(200);

  for (const currency of ["CLF", "UYW"])
    expect(
      (
        await api("POST", "/api/exchange-rates", {
          rates: [{ currency, rate: "2", validFrom: "2019-01-01" }],
        })
      ).status,
    ).toBe(201);
  expect((await api("PATCH", "/api/settings", { currency: "ZZZ" })).status).toBe(400);
});
