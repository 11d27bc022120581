import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { importFiles, sendFile } from "./testing.ts";

const folder = join(import.meta.dirname, "../../../../../shared/data/online-retail-uci");
const there = existsSync(folder);
if (!there) console.warn(`Skipped: the UCI Online Retail files are not at ${folder}.`);

/** Beside these numbers of real data, `rules.test.ts` holds each rule by itself on files of its own. */
describe.skipIf(!there)("the UCI Online Retail files", () => {
  let garden: TestGarden;
  let files: string[];
  const ask = { mapping: "uci-online-retail", currency: "GBP", timezone: "Europe/London" };

  beforeAll(async () => {
    garden = await openGarden({ currency: "GBP", timezone: "Europe/London" });
    files = [];
    for (const name of readdirSync(folder).sort()) {
      files.push(await sendFile(garden, name, readFileSync(join(folder, name))));
    }
  });

  test("come in as orders and refunds, and every line is accounted for", { timeout: 240_000 }, async () => {
    const { result } = await importFiles(garden, { ...ask, files });
    expect(result).toMatchObject({
      read: 245_903,
      // All but those of a price of 0 or below.
      accepted: 244_425,
      leftOut: 1_478,
      leftOutBy: { price_not_positive: 1_478 },
      rejected: 0,
      lookup: 0,
      orders: 9_659,
      refunds: 2_006,
      customers: 3_002,
      newCustomers: 3_002,
      linesWithoutCustomer: 69_014,
      withoutRate: 0,
    });

    const Sums = z.object({ name: z.string(), events: z.number(), minor: z.number(), nobody: z.number() });
    const sums = await garden.ctx.events.query(
      Sums,
      {},
      `select name, count() as events, sum(amount_garden_minor) as minor, countIf(customer_id = 0) as nobody
        from events group by name order by name`,
    );
    // Sums of round(quantity × price) by line, reckoned apart from the product with exact decimals.
    expect(sums[0]).toMatchObject({
      name: "Order Completed",
      events: 9_659,
      minor: 482_646_649,
      nobody: 857,
    });
    expect(sums[1]).toMatchObject({ name: "Order Refunded", events: 2_006, minor: -42_851_573 });

    const [known] = await garden.ctx.events.query(
      z.object({ n: z.number(), profiled: z.number(), contact: z.number() }),
      {},
      "select count() as n, sum(profile) as profiled, sum(length(contact)) as contact from customers where known = 1",
    );
    expect(known).toEqual({ n: 3_002, profiled: 3_002, contact: 0 });
  });

  test("and change nothing when they come again", { timeout: 240_000 }, async () => {
    const Everything = z.object({ n: z.number(), digest: z.string() });
    const digest =
      "select count() as n, toString(groupBitXor(sipHash64(event_id, customer_id, toString(properties)))) as digest from events";
    const before = await garden.ctx.events.query(Everything, {}, digest);
    const { result } = await importFiles(garden, { ...ask, files });
    expect(result).toMatchObject({
      accepted: 0,
      updated: 0,
      unchanged: 244_425,
      leftOut: 1_478,
      rejected: 0,
      newCustomers: 0,
    });
    expect(await garden.ctx.events.query(Everything, {}, digest)).toEqual(before);
  });
});
