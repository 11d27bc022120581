import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, openApp } from "../server/src/app.ts";
import { readConfig } from "../server/src/config.ts";
import type { Context } from "../server/src/garden/index.ts";
import { createToken } from "../server/src/garden/tokens/tokens.ts";
import type { BenchRow } from "./row.ts";

const people = 500_000;
const eventCount = 5_000_000;
const rounds = 7;
const windowMs = 90 * 86_400_000;

/**
 * Fills a garden with a year of events. Three in ten customers were visitors first, with an id of their
 * own that a link joins to them, and four in ten of their events stand under it.
 */
async function fill(ctx: Context): Promise<void> {
  await ctx.events.command(
    `insert into customer_links select number + 1 + ${people}, number + 1, 1 from numbers(${people}) where number % 10 < 3`,
  );
  await ctx.events.command(
    `insert into events_stored (event_id, subject_id, customer_id, happened_at, received_at, source_id, name, channel, amount_minor, currency, amount_garden_minor, properties)
    select generateUUIDv4(), subject, subject, at, at, 1, name, channel,
      if(name = 'Order Completed', amount, null), 'EUR', if(name = 'Order Completed', amount, null),
      concat('{"order_id":"o', toString(n), '"}')::JSON(max_dynamic_paths = 256)
    from (
      select
        number as n,
        toUInt64(1 + floor(${people} * pow(randCanonical(1), 1.5))) as person,
        if((person - 1) % 10 < 3 and randCanonical(2) < 0.4, person + ${people}, person) as subject,
        toDateTime64('2025-01-01 00:00:00', 3, 'UTC') + toIntervalSecond(toUInt32(randCanonical(3) * 86400 * 365)) as at,
        ['Page Viewed', 'Page Viewed', 'Page Viewed', 'Product Viewed', 'Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed'][1 + rand(4) % 8] as name,
        ['search', 'ads', 'email', 'direct', 'social', 'shop'][1 + cityHash64(person, rand(5) % 3) % 6] as channel,
        1000 + rand(6) % 9000 as amount
      from numbers(${eventCount})
    )`,
  );
  await ctx.events.command("system reload dictionary links");
  // The ceiling's table: the ids are resolved already, the order and the parts are the same.
  await ctx.events.command(
    "create table resolved engine = MergeTree order by (customer_id, happened_at) as select * from events",
  );
  await ctx.events.command("optimize table events_stored final");
  await ctx.events.command("optimize table resolved final");
}

const funnelByHand = `
  select level, count() from (
    select customer_id,
      windowFunnel(${windowMs})(toUInt64(toUnixTimestamp64Milli(happened_at)),
        name = 'Product Viewed' and happened_at < '2026-01-01 00:00:00', name = 'Product Added', name = 'Order Completed') as level
    from resolved
    where name in ('Product Viewed', 'Product Added', 'Order Completed') and customer_id > 0
      and happened_at >= '2025-01-01 00:00:00' and happened_at < '2026-04-01 00:00:00'
    group by customer_id
  ) where level > 0 group by level`;

/** First contact, one further channel, first purchase in time, second one in time: with packed numbers too. */
const pathsByHand = `
  with ['search', 'ads', 'email', 'direct', 'social', 'shop'] as labels
  select link, count() from (
    select arrayJoin(arrayZip(arrayPopBack(nodes), arrayPopFront(nodes))) as link from (
      select
        arrayConcat(arrayMap((p, i) -> (toUInt8(i - 1), labels[p]), places, arrayEnumerate(places)), [(toUInt8(2), first)],
          if(first = 'bought', [(toUInt8(3), second)], [])) as nodes
      from (
        select
          customer_id,
          arraySort(groupArray(toUInt64(toUnixTimestamp64Milli(happened_at)) * 16 + indexOf(labels, channel) * 2 + (name = 'Order Completed'))) as touched,
          intDiv(touched[1], 16) as first_at,
          arrayFirst(touch -> bitTest(touch, 0), touched) as purchase,
          toUInt64(toUnixTimestamp(toStartOfDay(fromUnixTimestamp64Milli(toInt64(intDiv(purchase, 16))), 'UTC') + toIntervalDay(1))) * 16000 as next_day,
          if(purchase = 0, 0, arrayFirst(touch -> touch >= next_day and bitTest(touch, 0), touched)) as again,
          if(purchase > 0 and intDiv(purchase, 16) <= first_at + ${windowMs}, 'bought', 'left') as first,
          if(again > 0 and intDiv(again, 16) <= intDiv(purchase, 16) + ${windowMs}, 'bought', 'left') as second,
          least((first_at + ${windowMs}) * 16, if(purchase = 0, 18446744073709551615, purchase)) as until,
          arraySlice(arrayDistinct(arrayMap(touch -> intDiv(touch % 16, 2), arrayConcat([touched[1]], arrayFilter(touch -> touch < until and not bitTest(touch, 0), touched)))), 1, 2) as places
        from resolved where customer_id > 0 group by customer_id
      )
    )
  ) group by link`;

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Asks by API and by hand in turns, so that whatever else the machine does meets both alike. */
async function compare(
  name: string,
  byApi: () => Promise<unknown>,
  byHand: () => Promise<unknown>,
): Promise<BenchRow> {
  const api: number[] = [];
  const hand: number[] = [];
  await byApi();
  await byHand();
  for (let round = 0; round < rounds; round++) {
    hand.push(await timed(byHand));
    api.push(await timed(byApi));
  }
  const value = median(api);
  const ceiling = median(hand);
  return {
    name,
    value,
    unit: "ms",
    ceiling,
    ratio: value / ceiling,
    target: "within 1.3 of hand-written SQL over resolved ids, plus 10 ms",
    met: value <= 1.3 * ceiling + 10,
  };
}

/** Funnel and paths through the API over 5 M events, three in ten customers having two ids. */
export async function benchJourneys(): Promise<BenchRow[]> {
  const dataDir = await mkdtemp(join(tmpdir(), "rondell-bench-journeys-"));
  let app: App | undefined;
  try {
    app = await openApp(
      readConfig({ RONDELL_DATA_DIR: dataDir, RONDELL_PORT: "0", RONDELL_LOG_LEVEL: "error" }),
    );
    await app.gardens.create({
      id: "bench",
      brand: "Bench",
      language: "en",
      currency: "EUR",
      timezone: "UTC",
    });
    const ctx = app.gardens.context("bench", { kind: "command", id: "command", name: "bench" });
    await fill(ctx);
    const { token } = await createToken(ctx, { name: "bench", scopes: ["insight:read"] });
    const address = await app.http.listen({ host: "127.0.0.1", port: 0 });
    const ask = async (path: string, body: object) => {
      const answer = await fetch(`${address}/api/insight/journeys/${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
      return JSON.parse(text) as { customers?: number; bars?: { customers: number }[] };
    };
    const period = { from: "2025-01-01", to: "2026-01-01", windowDays: 90 };
    const steps = ["Product Viewed", "Product Added", "Order Completed"].map((event) => ({ event }));
    const funnel = () => ask("funnel", { ...period, steps });
    const paths = () => ask("paths", { ...period, by: "channel", touches: 1 });
    const byHand = (text: string) => () => ctx.events.text({}, text, "JSONCompact");
    // Both ways must answer the same question before their times mean anything.
    const [answer] = [await funnel()];
    const levels = JSON.parse(await byHand(funnelByHand)()) as { data: [number, string | number][] };
    const reached = levels.data.reduce((sum, [, customers]) => sum + Number(customers), 0);
    if (answer.bars?.[0]?.customers !== reached) {
      throw new Error(
        `The API counted ${answer.bars?.[0]?.customers} customers, the hand-written SQL ${reached}.`,
      );
    }
    return [
      await compare("funnel of 3 steps, 5 M events, through the API", funnel, byHand(funnelByHand)),
      await compare(
        "paths to the first and second purchase, 5 M events, through the API",
        paths,
        byHand(pathsByHand),
      ),
    ];
  } finally {
    await app?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
