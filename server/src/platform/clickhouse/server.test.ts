import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type ClickHouse, openClickHouse } from "./index.ts";
import { type Params, paramText } from "./params.ts";

/*
 * What is sent to a ClickHouse server, told by a stand-in that records requests and understands no SQL. Whether a server
 * does the right thing with them is told by `clickhouse-server.test.ts`, which needs one.
 */
interface Recorded {
  sql: string;
  /** Parameters as the server is given them, without their prefix. */
  params: Record<string, string>;
  settings: Record<string, string>;
  database: string | null;
  data: Buffer;
}

let requests: Recorded[] = [];
let answer: { status: number; body: string | Buffer } = { status: 200, body: "" };
let dir: string;
let clickhouse: ClickHouse;

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** The fields of a form with several parts, which carries parameters that are too long for an address. */
async function fieldsOf(type: string, body: Buffer): Promise<[string, string][]> {
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
  return [...form].map(([name, value]) => [name, String(value)]);
}

const server = createServer(async (request, reply) => {
  const url = new URL(request.url ?? "/", "http://stand.in");
  const type = request.headers["content-type"] ?? "";
  const body = await bodyOf(request);
  const isForm = type.startsWith("multipart/");
  const fields = [...url.searchParams, ...(isForm ? await fieldsOf(type, body) : [])];
  const of = (name: string) => fields.find(([key]) => key === name)?.[1];
  const own = ["query", "database", "query_id"];
  const inForm = of("query");
  requests.push({
    sql: inForm ?? body.toString("utf8"),
    params: Object.fromEntries(
      fields.filter(([name]) => name.startsWith("param_")).map(([name, value]) => [name.slice(6), value]),
    ),
    settings: Object.fromEntries(
      fields.filter(([name]) => !name.startsWith("param_") && !own.includes(name)),
    ),
    database: of("database") ?? null,
    data: inForm !== undefined && !isForm ? body : Buffer.alloc(0),
  });
  reply.statusCode = answer.status;
  if (answer.status !== 200) reply.setHeader("x-clickhouse-exception-code", "60");
  reply.end(answer.body);
});

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "rondell-clickhouse-"));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  clickhouse = await openClickHouse({ url: `http://rondell:secret@127.0.0.1:${port}` });
});
afterAll(async () => {
  await clickhouse.close();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await rm(dir, { recursive: true, force: true });
});
afterEach(() => {
  requests = [];
  answer = { status: 200, body: "" };
});
const last = () => requests.at(-1)!;
const events = () => clickhouse.database("garden_test");

test("a question goes to the garden's database, and its rows come back in camelCase", async () => {
  answer.body = '{"weeks_later":1,"share":0.5}\n{"weeks_later":2,"share":0.25}\n';
  const Row = z.object({ weeksLater: z.number(), share: z.number() });
  const rows = await events().query(Row, { from: 3 }, "select 1 where 1 = {from:UInt8}");
  expect(rows).toEqual([
    { weeksLater: 1, share: 0.5 },
    { weeksLater: 2, share: 0.25 },
  ]);
  expect(last().database).toBe("garden_test");
  expect(last().sql).toMatch(/^select 1 where 1 = \{from:UInt8\}\s+FORMAT JSONEachRow$/);
  expect(last().settings.output_format_json_quote_64bit_integers).toBe("0");
});

test("a parameter reads the same as on the engine in this process", async () => {
  const params: Params = {
    text: "a\\b\tc\nd 'e' ü",
    day: new Date("2026-01-31T23:30:00.250Z"),
    number: 17,
    big: 9_007_199_254_740_993n,
    yes: true,
    numbers: [1, 2, 3],
    texts: ["it's", "a\\b", "c\td", "ü"],
    none: [],
  };
  await events().text(params, "select 1", "JSON");
  // A quote may be escaped in a plain text, and must be in a list.
  const read = ([name, text]: [string, string]) => [
    name,
    text.startsWith("[") ? text : text.replaceAll("\\'", "'"),
  ];
  expect(Object.fromEntries(Object.entries(last().params).map(read))).toEqual(
    Object.fromEntries(Object.entries(params).map(([name, value]) => [name, paramText(value)])),
  );
  await events().command("optimize table x", params);
  expect(last().params).toMatchObject({ texts: paramText(params.texts!), day: paramText(params.day!) });
});

test("parameters that are too long for an address go in the body", async () => {
  const ids = Array.from({ length: 200_000 }, (_, at) => at + 1);
  await events().text({ ids }, "select 1 where 1 in {ids:Array(UInt64)}", "JSON");
  expect(last().params.ids).toBe(paramText(ids));
  expect(last().sql).toContain("{ids:Array(UInt64)}");
});

test("finished lines go as they are, under their token, and as many times as one likes", async () => {
  const lines = Buffer.from('{"event_id":"é1"}\n{"event_id":"2"}');
  // More than the connections that a client keeps: each must be free again after its answer.
  for (let at = 0; at < 25; at++) await events().insertLines("events_stored", lines, `batch-${at}`);
  expect(requests).toHaveLength(25);
  expect(last().sql).toMatch(/^insert into events_stored settings .*insert_deduplication_token = 'batch-24'/);
  expect(last().sql).toMatch(/format JSONEachRow$/);
  expect(last().data.equals(lines)).toBe(true);
});

test("a file of this machine is sent along, unpacked", async () => {
  const csv = "a,1\nb,2\n";
  const path = join(dir, "orders.csv.gz");
  await writeFile(path, gzipSync(csv));
  const load = {
    path,
    gzip: true,
    table: "staged",
    format: "CSV" as const,
    structure: "c1 Nullable(String), c2 Nullable(String)",
    select: "c1, {source:String}",
    columns: ["name", "source"],
    settings: "input_format_csv_allow_variable_number_of_columns = 1",
  };
  await events().insertFile(load, { source: "it's" });
  expect(last().sql).toBe(
    "insert into staged (name, source) select c1, {source:String} from input('c1 Nullable(String), c2 Nullable(String)') settings input_format_csv_allow_variable_number_of_columns = 1 format CSV",
  );
  expect(last().data.toString()).toBe(csv);
  expect(last().params).toEqual({ source: "it\\'s" });

  await writeFile(path, csv);
  await events().insertFile({ ...load, gzip: false }, {});
  expect(last().data.toString()).toBe(csv);
  await expect(events().insertFile({ ...load, path: join(dir, "gone") }, {})).rejects.toThrow("ENOENT");
  await writeFile(path, "this is no gzip");
  await expect(events().insertFile(load, {})).rejects.toThrow(/header/);
});

test("a Parquet file is looked at here, and sent along with what it says of its columns", async () => {
  const path = join(dir, "made.parquet");
  const made = `insert into function file('${path}', 'Parquet') select 'a' as name, [1, 2]::Array(Int32) as \`two words\``;
  await events().askFile(z.unknown(), path, "Parquet", () => made);
  const Row = z.object({ name: z.string() });
  const ask = (file: string) => `select name from ${file}`;
  expect(await events().askFile(Row, path, "Parquet", ask)).toEqual([{ name: "a" }]);
  await events().insertFile({
    ...{ path, gzip: false, table: "staged", format: "Parquet", structure: "" },
    ...{ select: "name", columns: ["name"], settings: "max_threads = 1" },
  });
  expect(last().sql).toMatch(
    /from input\('`name` (Nullable\()?String\)?, `two words` Array\(.*Int32.*\)'\) settings max_threads = 1 format Parquet$/,
  );
  expect(last().data.equals(await readFile(path))).toBe(true);
});

test("a table goes out into a packed file, whole or not at all, and comes back byte for byte", async () => {
  const native = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251));
  answer.body = native;
  const path = join(dir, "table.native.gz");
  await events().tableOut("odd`name", path);
  expect(last().sql).toBe("select * from `odd\\`name` format Native");
  // The server holds the answer until it is complete, so that a failure is never a short file.
  expect(last().settings.wait_end_of_query).toBe("1");
  expect(gunzipSync(await readFile(path)).equals(native)).toBe(true);

  answer.body = "";
  await events().tableIn("events_stored", path);
  expect(last().sql).toBe("insert into `events_stored` settings optimize_on_insert = 0 format Native");
  expect(last().data.equals(native)).toBe(true);
});

test("an operator's own question is bound to its limits and can only read", async () => {
  answer.body = '{"n":1}\n';
  const lines = await clickhouse.readOnly("garden_test", "select 1 as n", {
    seconds: 30,
    bytes: 2_000_000_000,
    rows: 100,
  });
  expect(lines).toBe('{"n":1}\n');
  expect(last().database).toBe("garden_test");
  expect(last().settings).toMatchObject({
    readonly: "1",
    max_execution_time: "30",
    max_memory_usage: "2000000000",
    max_result_rows: "100",
  });
});

test("databases are made and dropped by names of ours alone", async () => {
  await clickhouse.createDatabase("garden_test");
  expect(last()).toMatchObject({ sql: "create database if not exists garden_test", database: null });
  await clickhouse.dropDatabase("garden_test");
  expect(last().sql).toBe("drop database if exists garden_test sync");
  await expect(clickhouse.createDatabase("x; drop table y")).rejects.toThrow("Bad database name");
});

test("what the server refuses is an error with its words, and the next question works", async () => {
  answer = {
    status: 404,
    body: "Code: 60. DB::Exception: Unknown table expression identifier 'nothing'. (UNKNOWN_TABLE)",
  };
  await expect(events().text({}, "select 1 from nothing", "JSON")).rejects.toThrow("Unknown table");
  await expect(events().insertLines("nothing", Buffer.from("{}"))).rejects.toThrow("Unknown table");
  // It is asked as the account that will be used later: a wrong password is no readiness.
  await expect(clickhouse.ping()).rejects.toThrow("Unknown table");
  answer = { status: 200, body: "" };
  await clickhouse.ping();
  expect(last().sql).toMatch(/^select /i);
});
