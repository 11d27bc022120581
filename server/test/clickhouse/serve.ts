import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ClickHouseError } from "@clickhouse/client";
import { type ChdbConnection, createChdbConnection } from "chdb/connection";

/*
 * ClickHouse as a server: the engine itself, in this process, behind the part of its HTTP interface that Rondell speaks.
 * Every request gets a connection with its own database, settings and parameters, as a server gives it.
 * Started by `startClickHouse` with the folder to work in and the port, 0 for a free one.
 */
const dir = process.argv[2]!;
const port = Number(process.argv[3]);
const own = new Set(["query", "database", "query_id", "session_id", "enable_http_compression"]);
/** Settings of the HTTP interface, which the engine behind it does not know. */
const ofHttp = new Set(["wait_end_of_query", "default_format"]);
let stored = 0;

const text = (value: string) => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

interface Asked {
  query: string;
  fields: [string, string][];
  /** What is inserted, where the query stands in the address. */
  data?: string;
}

async function asked(request: IncomingMessage): Promise<Asked> {
  const { searchParams } = new URL(request.url ?? "/", "http://server");
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("multipart/")) {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = new Response(new Uint8Array(Buffer.concat(parts)), { headers: { "content-type": type } });
    const fields = [...(await body.formData())].map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    const query = fields.find(([name]) => name === "query")?.[1];
    return { query: query ?? searchParams.get("query") ?? "", fields: [...searchParams, ...fields] };
  }
  const query = searchParams.get("query");
  if (query === null || request.method === "GET")
    return { query: query ?? (await textOf(request)), fields: [...searchParams] };
  const data = join(dir, `sent-${++stored}`);
  await pipeline(request, createWriteStream(data));
  return { query, fields: [...searchParams], data };
}

/** The statement with what was sent along as a file: the engine in a process takes no stream. */
function withData(query: string, data: string): string {
  const format = /\s+format\s+(\w+)\s*$/i.exec(query)!;
  const statement = query.slice(0, format.index);
  const file = (structure: string) =>
    `file(${text(data)}, '${format[1]}'${structure ? `, ${structure}` : ""})`;
  const streamed = /input\(('(?:[^'\\]|\\.)*')\)/.exec(statement);
  if (streamed) return statement.replace(streamed[0], () => file(streamed[1]!));
  const [, head, settings] = /^(insert into \S+)\s*(settings .*)?$/is.exec(statement)!;
  return format[1] === "Native"
    ? `${head} ${settings ?? ""} select * from ${file("")}`
    : `${head} from infile ${text(data)} ${settings ?? ""} format ${format[1]}`;
}

async function answer(connection: ChdbConnection, { query, fields, data }: Asked): Promise<string> {
  const run = async (sql: string) => {
    const { stream } = await connection.exec({ query: sql } as never);
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(Buffer.from(part as Buffer));
    return Buffer.concat(parts).toString("latin1");
  };
  for (const [name, value] of fields) {
    if (name === "database") await run(`use ${value}`);
    else if (name.startsWith("param_")) await run(`set ${name} = ${text(value)}`);
  }
  // Last of all: after `readonly` nothing can be set any more.
  const settings = fields.filter(
    ([name]) => !own.has(name) && !ofHttp.has(name) && !name.startsWith("param_"),
  );
  for (const [name, value] of settings.sort(([a]) => (a === "readonly" ? 1 : -1)))
    await run(`set ${name} = ${/^-?\d+$/.test(value) ? value : text(value)}`);
  return run(data ? withData(query, data) : query);
}

async function serve(request: IncomingMessage, reply: ServerResponse): Promise<void> {
  if (request.url === "/ping") {
    reply.end("Ok.\n");
    return;
  }
  const ask = await asked(request);
  const connection = createChdbConnection({ path: join(dir, "store") });
  try {
    reply.end(Buffer.from(await answer(connection, ask), "latin1"));
  } catch (error) {
    // In the words of a server, of which the connection has told apart what it is.
    const { code = "1001", type = "STD_EXCEPTION", message } = error as ClickHouseError;
    reply.statusCode = 500;
    reply.setHeader("x-clickhouse-exception-code", code);
    reply.end(`Code: ${code}. DB::Exception: ${message.trim()} (${type}) (version 26.1.1.1)`);
  } finally {
    await connection.close();
    if (ask.data) await rm(ask.data, { force: true });
  }
}

// One connection stays: with the last one the engine would close its store.
const kept = createChdbConnection({ path: join(dir, "store") });
await kept.ping({ select: true });
const server = createServer((request, reply) => void serve(request, reply));
server.listen(port, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.once("disconnect", () => process.exit(0));
