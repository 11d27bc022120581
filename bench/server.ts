import { z } from "zod";
import { readConfig } from "../server/src/config.ts";
import { sourceDefaults } from "../server/src/garden/sources/model.ts";
import { insertSource } from "../server/src/garden/sources/store.ts";
import { createToken } from "../server/src/garden/tokens/tokens.ts";
import { query, sql } from "../server/src/platform/postgres/index.ts";
import { startServer } from "../server/src/start.ts";

/** What the benchmarks ask of the server process, and what it answers. */
export interface Questions {
  pause: Record<string, never>;
  resume: Record<string, never>;
  drained: Record<string, never>;
  /** Throws away what waits, so that the next measurement begins empty. */
  empty: Record<string, never>;
  /** Looks every 10 ms how many events are queryable, until there are `events` more than `before`. */
  watch: { before: number; events: number; timeoutMs: number };
  count: Record<string, never>;
  /** Inserts as many rows of the event store into a table like it, as ready lines, so many at once. */
  bareInsert: { events: number; atOnce: number };
  fill: { events: number; customers: number };
  insight: Record<string, never>;
  stop: Record<string, never>;
}
export interface Answers {
  pause: object;
  resume: object;
  drained: { seconds: number };
  empty: object;
  watch: { seen: { at: number; count: number }[] };
  count: { count: number };
  bareInsert: { seconds: number };
  fill: object;
  insight: { seconds: number; state: string };
  stop: object;
}

const running = await startServer(readConfig());
const { app } = running;
if (!app.gardens.find("bench"))
  await app.gardens.create({
    id: "bench",
    brand: "Bench",
    language: "en",
    currency: "GBP",
    timezone: "Europe/London",
  });
const ctx = app.gardens.context("bench", { kind: "command", id: "command", name: "bench" });
const writeKey = "wk_bench";
if (!(await query(ctx.pool, sql`select id from sources where write_key = ${writeKey}`)).length) {
  await ctx.inTransaction((tx) =>
    insertSource(tx, "bench", {
      ...sourceDefaults("server"),
      ...{ name: "bench", kind: "server", origins: [], signingSecret: null, enabled: true, writeKey },
    }),
  );
}
const { token } = await createToken(ctx, { name: "bench", scopes: ["data:read", "data:write"] });
const work = app.work.of("bench");
const Count = z.object({ count: z.number() });
const countEvents = async () =>
  (await ctx.events.query(Count, {}, "select count() as count from events"))[0]!.count;

const handlers: { [Q in keyof Questions]: (input: Questions[Q]) => Promise<Answers[Q]> } = {
  async pause() {
    await work.pause();
    return {};
  },
  async resume() {
    work.resume();
    return {};
  },
  async drained() {
    const begun = performance.now();
    await work.drained();
    return { seconds: (performance.now() - begun) / 1000 };
  },
  async empty() {
    await query(ctx.pool, sql`truncate inbox`);
    return {};
  },
  async watch({ before, events, timeoutMs }) {
    const seen: { at: number; count: number }[] = [];
    const until = performance.now() + timeoutMs;
    let last = before;
    while (last < before + events && performance.now() < until) {
      const count = await countEvents();
      if (count > last) seen.push({ at: Date.now(), count: count - before });
      last = count;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return { seen };
  },
  count: async () => ({ count: await countEvents() }),
  async bareInsert({ events, atOnce }) {
    await ctx.events.command("create table events_bare as events_stored");
    const stored = await ctx.events.text({}, `select * from events_stored limit ${events}`, "JSONEachRow");
    const lines = stored.trimEnd().split("\n");
    if (lines.length !== events) throw new Error(`There are ${lines.length} rows, not ${events}.`);
    const blocks = Array.from({ length: Math.ceil(events / atOnce) }, (_, n) =>
      Buffer.from(lines.slice(n * atOnce, (n + 1) * atOnce).join("\n")),
    );
    const begun = performance.now();
    for (const block of blocks) await ctx.events.insertLines("events_bare", block);
    const seconds = (performance.now() - begun) / 1000;
    await ctx.events.command("drop table events_bare sync");
    return { seconds };
  },
  async fill({ events, customers }) {
    await query(
      ctx.pool,
      sql`insert into customers (id, known, created_at, first_seen_at, last_seen_at)
        select nextval('customer_ids'), true, now(), now() - interval '1 year', now() from generate_series(1, ${customers}::int)`,
    );
    await ctx.events.command(
      `insert into customers_stored (customer_id, version, known, created_at, profile) select number + 1, 1, 1, now(), 1 from numbers(${customers})`,
    );
    await ctx.events.command(
      `insert into customer_links select number * 10 + 1, number * 10 + 2, 1 from numbers(${Math.floor(customers / 10)})`,
    );
    await ctx.events.command(
      `insert into events_stored (event_id, subject_id, customer_id, happened_at, received_at, source_id, name, channel, amount_minor, currency, amount_garden_minor, properties)
      select generateUUIDv4(), person, person, at, at, 1, name, 'web', amount, 'GBP', amount, concat('{"order_id":"o', toString(n), '"}')::JSON(max_dynamic_paths = 256)
      from (select number as n, toUInt64(1 + rand(1) % ${customers}) as person,
        now64(3) - toIntervalSecond(rand(2) % 31536000) as at,
        ['Page Viewed', 'Page Viewed', 'Product Viewed', 'Product Added', 'Order Completed'][1 + rand(3) % 5] as name,
        if(name = 'Order Completed', 1000 + rand(4) % 9000, null) as amount from numbers(${events}))`,
    );
    return {};
  },
  async insight() {
    const begun = performance.now();
    const run = await app.jobs.start("insight.run", { garden: "bench", by: "bench" });
    const { state } = await app.jobs.ended(run.id);
    return { seconds: (performance.now() - begun) / 1000, state };
  },
  async stop() {
    await running.stop();
    process.exit(0);
  },
};

process.on("message", (message) => {
  const { question, input } = message as { question: keyof Questions; input: never };
  handlers[question](input).then(
    (answer) => process.send?.(answer),
    (error: Error) => process.send?.({ error: error.stack }),
  );
});
process.on("disconnect", () => process.exit(1));
process.send?.({ port: Number(new URL(running.url).port), writeKey, token });
