import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import type { Context } from "../../garden/index.ts";
import type { JobContext } from "../../platform/jobs/index.ts";
import { Staging } from "./files.ts";
import { readyMappings } from "./ready.ts";
import { runImport } from "./run.ts";
import { type ImportFile, insertImport } from "./store.ts";
import { sendFile } from "./testing.ts";

const header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const lines = Array.from({ length: 400 }, (_, at) => {
  const order = Math.floor(at / 3);
  const price = (1 + (at % 7) / 10).toFixed(2);
  return `${at % 11 === 0 ? "C" : ""}${order},P${at % 13},Cup,${at % 11 === 0 ? -1 : 2},2011-01-${String(1 + (order % 28)).padStart(2, "0")} 10:00:00,${price},${order % 5 === 0 ? "" : `c${order % 17}`},UK`;
});

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden({ currency: "GBP", timezone: "Europe/London" });
});

/** A job of which the process ends when it reports for the `at`th time. */
function job(stop: { at: number }): JobContext {
  const abort = new AbortController();
  let told = 0;
  return {
    // The run itself is not looked at by the work.
    run: undefined as never,
    signal: abort.signal,
    progress: async () => {
      if (++told === stop.at) abort.abort(new Error("The process ends."));
    },
  };
}

async function prepare(ctx: Context, source: string, person = "c"): Promise<number> {
  const body = [header, ...lines.map((line) => line.replace(/,c(\d+),/, `,${person}$1,`)), ""].join("\n");
  const fileId = await sendFile(garden, `${source}.csv`, body);
  const file: ImportFile = {
    fileId,
    name: `${source}.csv`,
    bytes: 1,
    gzip: false,
    format: "csv",
    role: "lines",
    delimiter: ",",
    oldLineEnds: false,
    header: header.split(","),
  };
  const one = await ctx.inTransaction((tx) =>
    insertImport(tx, {
      kind: "orders",
      mappingName: null,
      mapping: { ...readyMappings["uci-online-retail"]!, source },
      files: [file],
      currency: "GBP",
      timezone: "Europe/London",
      basis: { measure: "contract", personalise: "legitimate_interest", contact: null },
      dryRun: false,
      createdBy: "test",
      createdAt: new Date(),
    }),
  );
  return one.id;
}

const Sum = z.object({
  name: z.string(),
  events: z.number(),
  keys: z.number(),
  minor: z.number(),
  digest: z.string(),
});
const stateOf = (ctx: Context, source: string) =>
  ctx.events.query(
    Sum,
    { like: `%:${source}:%` },
    `select name, count() as events, uniqExact(record_key) as keys, sum(amount_minor) as minor,
        toString(groupBitXor(sipHash64(customer_id, happened_at, amount_minor, toString(properties)))) as digest
      from events where record_key like {like:String} group by name order by name`,
  );

test("cut short at any step and begun again, an import comes to the same, once", {
  timeout: 240_000,
}, async () => {
  const { ctx } = garden;
  const staging = new Staging(garden.dataDir);
  const never = async () => false;
  const whole = await prepare(ctx, "whole");
  await runImport(ctx, staging, job({ at: 0 }), whole, never);
  const expected = await stateOf(ctx, "whole");
  expect(expected.map((row) => row.events)).toEqual(expected.map((row) => row.keys));
  expect(expected.reduce((sum, row) => sum + row.events, 0)).toBeGreaterThan(100);

  for (const at of [1, 2, 3, 4, 5]) {
    const source = `cut-${at}`;
    const id = await prepare(ctx, source);
    await expect(runImport(ctx, staging, job({ at }), id, never)).rejects.toThrow("The process ends.");
    expect(await stateOf(ctx, source), `nothing may be seen after a stop at step ${at}`).toEqual([]);
    const result = await runImport(ctx, staging, job({ at: 0 }), id, never);
    expect(await stateOf(ctx, source)).toEqual(expected);
    expect(result).toMatchObject({ read: 400, rejected: 0 });
    // Once it is shown, taking the job up again finds it done.
    await ctx.pool.query("update imports set state = 'running' where id = $1", [id]);
    await runImport(ctx, staging, job({ at: 0 }), id, never);
    expect(await stateOf(ctx, source)).toEqual(expected);
  }
  const [left] = await ctx.events.query(
    z.object({ n: z.number() }),
    {},
    "select count() as n from system.tables where database = currentDatabase() and name like 'import\\_%\\_%'",
  );
  expect(left).toEqual({ n: 0 });
  const { rows } = await ctx.pool.query(
    "select count(*)::int as n, count(distinct (customer_id, purpose))::int as answers from consent_answers",
  );
  expect(rows[0].n).toBe(rows[0].answers);
});

/** Everything that says something about people whose number begins so, or about an import. */
async function traces(ctx: Context, person: string, importId: number) {
  const { rows: people } = await ctx.pool.query(
    "select value, customer_id::int as id from identifiers where kind = 'user_id' and value ~ ('^' || $1 || '[0-9]+$') order by value",
    [person],
  );
  const { rows } = await ctx.pool.query(
    `select (select count(*) from import_customers where import_id = $1)::int as named,
      (select coalesce(sum(case act when 'answer' then 1 else -1 end), 0) from consent_answers where import_id = $1)::int as stated,
      (select count(*) from consent_current where import_id = $1)::int as standing,
      (select count(*) from consent_answers a where a.erased_at is null and not exists (select 1 from customers c where c.id = a.customer_id))::int as orphans,
      (select count(*) from review_texts where import_id = $1)::int as texts,
      (select count(*) from customers c where not exists (select 1 from identifiers i where i.customer_id = c.id))::int as nameless`,
    [importId],
  );
  const [stored] = await ctx.events.query(
    z.object({ events: z.number() }),
    { id: importId },
    "select count() as events from events_stored where import_id = {id:UInt32}",
  );
  return { people: people.map((row: { value: string }) => row.value), ...rows[0], ...stored };
}

const nothing = { named: 0, stated: 0, standing: 0, orphans: 0, texts: 0, nameless: 0, events: 0 };

test("a cancelled import leaves nothing, and nobody whom nothing else knows", async () => {
  const { ctx } = garden;
  const { writeKey } = await garden.source("server");
  await garden.send(writeKey, "/v1/track", { userId: "x3", event: "Product Viewed", messageId: "seen-3" });
  await garden.drained();
  const counted = async () => {
    const [row] = await ctx.events.query(
      z.object({ n: z.number() }),
      {},
      "select count() as n from customers where known = 1",
    );
    return row!.n;
  };
  const before = await counted();
  const id = await prepare(ctx, "cancelled", "x");
  await expect(
    runImport(ctx, new Staging(garden.dataDir), job({ at: 5 }), id, async () => true),
  ).rejects.toThrow();
  const { rows } = await ctx.pool.query("select state from imports where id = $1", [id]);
  expect(rows[0].state).toBe("cancelled");
  expect(await traces(ctx, "x", id)).toEqual({ people: ["x3"], ...nothing });
  expect(await counted()).toBe(before);
  // Whom the shop's server names keeps the basis that was stated for it.
  const { rows: kept } = await ctx.pool.query(
    "select a.purpose from consent_current a join identifiers i on i.customer_id = a.customer_id where i.value = 'x3' and a.granted order by 1",
  );
  expect(kept.length).toBeGreaterThan(0);
});

test("an import that fails after its customers were made leaves none of them", async () => {
  const { ctx } = garden;
  const id = await prepare(ctx, "failing", "y");
  const failing = {
    ...job({ at: 0 }),
    progress: async (share: number | null) => {
      if (share !== null && share > 0.9) throw new Error("The step fails.");
    },
  };
  await expect(runImport(ctx, new Staging(garden.dataDir), failing, id, async () => false)).rejects.toThrow(
    "The step fails.",
  );
  const { rows } = await ctx.pool.query("select state, error ->> 'code' as code from imports where id = $1", [
    id,
  ]);
  expect(rows[0]).toEqual({ state: "failed", code: "import.failed" });
  expect(await traces(ctx, "y", id)).toEqual({ people: [], ...nothing });
});
