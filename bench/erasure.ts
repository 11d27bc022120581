import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, openApp } from "../server/src/app.ts";
import { readConfig } from "../server/src/config.ts";
import { createToken } from "../server/src/garden/index.ts";
import type { BenchRow } from "./row.ts";

/** Events in the store; a smaller run says so in its name. */
const events = Number(process.argv.find((arg) => arg.startsWith("--events="))?.slice(9) ?? 10_000_000);
const customers = events / 100;

/** Erasing one customer among 10 M events: until the answer, and until nothing is on the disks. */
export async function benchErasure(): Promise<BenchRow[]> {
  const dataDir = await mkdtemp(join(tmpdir(), "rondell-bench-erasure-"));
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
    await ctx.pool.query(
      `insert into customers (id, known, created_at, first_seen_at, last_seen_at, email)
        select n, true, now(), now(), now(), 'c' || n || '@example.org' from generate_series(1, $1::int) n`,
      [customers],
    );
    await ctx.pool.query(
      "insert into identifiers (kind, value, customer_id, first_seen_at) select 'email', 'c' || n || '@example.org', n, now() from generate_series(1, $1::int) n",
      [customers],
    );
    await ctx.pool.query(
      "insert into message_ids (source_id, message_id, seen_at) select 1, 'message-' || n, now() from generate_series(1, $1::int) n",
      [events / 10],
    );
    for (let start = 0; start < events; start += 1_000_000) {
      await ctx.events.command(
        `insert into events_stored (event_id, subject_id, customer_id, happened_at, received_at, source_id, name, properties)
          select generateUUIDv4(), 1 + number % ${customers}, 1 + number % ${customers}, toDateTime64('2026-01-01', 3) + number % 10000000, now64(3), 1,
            'Product Viewed', concat('{"product_id":"p', toString(number % 500), '"}')
          from numbers(${start}, ${Math.min(1_000_000, events - start)})`,
        {},
        { lane: "work" },
      );
    }
    const { token } = await createToken(ctx, { name: "bench", scopes: ["privacy:read", "privacy:erase"] });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const address = await app.http.listen({ host: "127.0.0.1", port: 0 });
    const post = async (path: string, body?: object) => {
      const answer = await fetch(`${address}${path}`, {
        method: "POST",
        headers: body ? headers : { authorization: headers.authorization },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
      return JSON.parse(text) as { jobId: string; receipt: { stores: { store: string; count: number }[] } };
    };
    const began = performance.now();
    const { receipt } = await post("/api/privacy/erasures", {
      whom: { kind: "email", value: `c${Math.floor(customers / 2)}@example.org` },
    });
    const unreachable = (performance.now() - began) / 1000;
    const erased = receipt.stores.find((one) => one.store === "events_stored")?.count;
    if (erased !== 100) throw new Error(`${erased} events were erased, and 100 were there.`);
    const swept = performance.now();
    const run = await app.jobs.ended((await post("/api/privacy/sweeps")).jobId);
    if (run.state !== "done") throw new Error(run.error ?? "The sweep failed.");
    const gone = (performance.now() - swept) / 1000;
    const among = `one customer among ${events.toLocaleString("en")} events`;
    return [
      {
        name: `erasure of ${among}, until the answer`,
        value: unreachable,
        unit: "s",
        target: "under 30 s",
        met: unreachable < 30,
      },
      {
        name: `the same, until nothing is on the disks`,
        value: gone,
        unit: "s",
        target: "within 24 h",
        met: gone < 86_400,
      },
    ];
  } finally {
    await app?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
