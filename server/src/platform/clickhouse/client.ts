import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { type ClickHouseClient, ClickHouseLogLevel, createClient, parseError } from "@clickhouse/client";
import { type ZodType, z } from "zod";
import { camelCased } from "../camel.ts";
import { openLanes, type Slot } from "./lanes.ts";
import { openLocalFiles } from "./local-files.ts";
import { type Params, paramText, setParam } from "./params.ts";

export interface QueryOptions {
  /** `work` for long statements of jobs, so that screens never wait behind them. */
  lane?: "read" | "work";
}

/** One garden's database in ClickHouse. No statement names the database. */
export interface EventDatabase {
  readonly name: string;
  /** Whether the engine lives, and dies, with this process. */
  readonly embedded: boolean;
  /** Rows of a question, keys in camelCase, each parsed by `shape`. */
  query<T>(shape: ZodType<T>, params: Params, sql: string, options?: QueryOptions): Promise<T[]>;
  /** The answer as text in a ClickHouse format, for exports and large results. */
  text(
    params: Params,
    sql: string,
    format: "JSONEachRow" | "JSON" | "CSVWithNames" | "JSONCompact",
  ): Promise<string>;
  /** A statement without an answer: definitions and `insert … select`. */
  command(sql: string, params?: Params, options?: { lane?: "write" | "work" }): Promise<void>;
  /** Ready JSON lines into a table. The same token twice stores them once. */
  insertLines(table: string, lines: Uint8Array, token?: string): Promise<void>;
  /** A file, read by the engine itself, into a table. */
  insertFile(load: FileLoad, params?: Params): Promise<void>;
  /**
   * Asks a file of this machine that Rondell itself chose; `sql` is a question to what stands in for it. Where the event
   * store is a server elsewhere, the engine that Rondell brings along reads the file.
   */
  askFile<T>(shape: ZodType<T>, path: string, format: "Parquet", sql: (file: string) => string): Promise<T[]>;
  /** All rows of a table into a new file (ClickHouse's own format, gzip), and back. The server chose the path. */
  tableOut(table: string, path: string): Promise<void>;
  tableIn(table: string, path: string): Promise<void>;
}

/** How a file becomes rows. Every text but the path is of our own making, never a caller's. */
export interface FileLoad {
  /** A file that the server itself chose. */
  path: string;
  gzip: boolean;
  format: "CSV" | "LineAsString" | "Parquet";
  table: string;
  /** Names and types of the file's columns: `c1 Nullable(String), c2 …`; empty where the file itself says them. */
  structure: string;
  /** What is inserted, over those names; one output for each of `columns`. */
  select: string;
  columns: readonly string[];
  settings: string;
}

export interface ClickHouse {
  readonly embedded: boolean;
  database(name: string): EventDatabase;
  createDatabase(name: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
  /** Runs SQL that an operator wrote, on a connection that can only read; ends with an error at its limits. */
  readOnly(
    database: string,
    sql: string,
    limits: { seconds: number; bytes: number; rows: number },
  ): Promise<string>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Opens ClickHouse: the server behind `url`, or the engine in this process on the folder `path`. */
export async function openClickHouse(at: { url: string } | { path: string }): Promise<ClickHouse> {
  return "url" in at ? openServer(at.url) : openEmbedded(at.path);
}

const insertSettings = (token?: string) => ({
  type_json_skip_duplicated_paths: 1,
  input_format_parallel_parsing: 0,
  date_time_input_format: "best_effort",
  ...(token ? { insert_deduplication_token: token } : {}),
});

function insertSql(table: string, token?: string): string {
  if (!/^[a-z_0-9]+$/.test(table)) throw new Error(`Bad table name ${table}`);
  const settings = Object.entries(insertSettings(token)).map(
    ([name, value]) => `${name} = ${typeof value === "number" ? value : literal(value)}`,
  );
  return `insert into ${table} settings ${settings.join(", ")} format JSONEachRow`;
}

const stream = (lines: Uint8Array) =>
  Readable.from([Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength)], { objectMode: false });

function parseRows<T>(shape: ZodType<T>, text: string): T[] {
  const rows: T[] = [];
  for (const line of text.split("\n")) {
    if (line) rows.push(shape.parse(camelCased(JSON.parse(line) as Record<string, unknown>)));
  }
  return rows;
}

/** `insert into … select … from <source>`: the same statement over a file and over a stream. */
function loadSql(load: FileLoad, source: string): string {
  if (!/^[a-z_0-9]+$/.test(load.table)) throw new Error(`Bad table name ${load.table}`);
  return `insert into ${load.table} (${load.columns.join(", ")}) select ${load.select} from ${source} settings ${load.settings}`;
}

const quoted = (table: string) => `\`${table.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;

const literal = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

async function openEmbedded(path: string): Promise<ClickHouse> {
  const { createChdbConnection } = await import("chdb/connection");
  const connect = () => {
    const connection = createChdbConnection({ path });
    return {
      client: createClient({ connection: connection as never }),
      async insert(table: string, lines: Uint8Array, settings: Record<string, string | number>) {
        try {
          await connection.chdb.rawInsert({ table, values: lines, format: "JSONEachRow", settings });
        } catch (error) {
          // The engine's own error, as the client tells it: with its type. Any other comes back as it is.
          const told = parseError(error as Error);
          throw told === error ? told : Object.assign(told, { cause: error });
        }
      },
    };
  };
  const lanes = openLanes(connect, { write: 1, work: 2, read: 3 });

  const database = (name: string): EventDatabase => ({
    name,
    embedded: true,
    query: async (shape, params, sql, options) =>
      parseRows(
        shape,
        await lanes.run(options?.lane ?? "read", name, (slot) =>
          askEmbedded(slot, params, sql, "JSONEachRow"),
        ),
      ),
    text: (params, sql, format) => lanes.run("read", name, (slot) => askEmbedded(slot, params, sql, format)),
    command: (sql, params = {}, options) =>
      lanes.run(options?.lane ?? "write", name, async (slot) => {
        await bind(slot, params);
        await slot.client.command({ query: sql });
      }),
    insertLines: (table, lines, token) =>
      lanes.run("write", name, ({ insert }) => insert(table, lines, insertSettings(token))),
    insertFile: (load, params = {}) =>
      lanes.run("work", name, async (slot) => {
        await bind(slot, params);
        const compression = load.gzip ? "gzip" : "none";
        const structure = load.structure || "auto";
        const source = `file(${literal(load.path)}, ${literal(load.format)}, ${literal(structure)}, '${compression}')`;
        await slot.client.command({ query: loadSql(load, source) });
      }),
    askFile: async (shape, path, format, sql) => {
      const file = `file(${literal(path)}, ${literal(format)})`;
      return parseRows(
        shape,
        await lanes.run("work", name, (slot) => askEmbedded(slot, {}, sql(file), "JSONEachRow")),
      );
    },
    tableOut: (table, to) =>
      lanes.run("work", name, async ({ client }) => {
        await client.command({
          query: `select * from ${quoted(table)} into outfile ${literal(to)} compression 'gzip' level 1 format Native`,
        });
      }),
    tableIn: (table, from) =>
      lanes.run("work", name, async ({ client }) => {
        await client.command({
          query: `insert into ${quoted(table)} settings optimize_on_insert = 0 select * from file(${literal(from)}, 'Native')`,
        });
      }),
  });

  return {
    embedded: true,
    database,
    createDatabase: (name) =>
      lanes.run(
        "write",
        undefined,
        async ({ client }) =>
          void (await client.command({ query: `create database if not exists ${safeName(name)}` })),
      ),
    dropDatabase: (name) =>
      lanes.run("write", undefined, async ({ client }) => {
        await lanes.leave(name);
        await client.command({ query: `drop database if exists ${safeName(name)} sync` });
      }),
    async readOnly(name, sql, limits) {
      const connection = connect();
      const { client } = connection;
      try {
        await client.command({ query: `use ${safeName(name)}` });
        await client.command({ query: `set ${limitSettings(limits)}` });
        await client.command({ query: "set readonly = 1" });
        return await askEmbedded({ ...connection, params: new Map() }, {}, sql, "JSONEachRow");
      } finally {
        await client.close();
      }
    },
    ping: () =>
      lanes.run(
        "read",
        undefined,
        async (slot) => void (await askEmbedded(slot, {}, "select 1", "JSONEachRow")),
      ),
    close: () => lanes.close(),
  };
}

/** Longer texts are not remembered by connections. */
const paramTextMax = 1_000;

/** Sets parameters on a connection: those that it has already cost nothing, the others some 1.4 ms each. */
async function bind({ client, params }: Slot, values: Params): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    const text = paramText(value);
    if (params.get(name) === text) continue;
    params.delete(name);
    await client.command({ query: setParam(name, text) });
    if (text.length <= paramTextMax) params.set(name, text);
  }
}

async function askEmbedded(
  slot: Slot,
  params: Params,
  sql: string,
  format: "JSONEachRow" | "JSON" | "CSVWithNames" | "JSONCompact",
): Promise<string> {
  await bind(slot, params);
  const answer = await slot.client.query({ query: sql, format });
  return answer.text();
}

const Column = z.object({ name: z.string(), type: z.string() });

/** What a file says of its columns, in the words of a table. */
const structureOf = (columns: readonly z.infer<typeof Column>[]) =>
  columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(", ");

async function openServer(url: string): Promise<ClickHouse> {
  const files = openLocalFiles();
  const askFile = async <T>(
    shape: ZodType<T>,
    path: string,
    format: string,
    sql: (file: string) => string,
  ): Promise<T[]> => parseRows(shape, await files.ask(sql(`file(${literal(path)}, ${literal(format)})`)));
  const clients = new Map<string, ClickHouseClient>();
  const open = (name?: string) => {
    const key = name ?? "";
    let client = clients.get(key);
    if (!client) {
      client = createClient({
        url,
        ...(name ? { database: name } : {}),
        request_timeout: 600_000,
        // Errors are thrown, and logged once; the client would write whole statements with their parameters.
        log: { level: ClickHouseLogLevel.OFF },
        // A long list of customers does not fit into an address.
        use_multipart_params_auto: true,
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
      });
      clients.set(key, client);
    }
    return client;
  };
  // This client escapes by itself; only a point in time is written as the embedded engine gets it.
  const bound = (params: Params) =>
    Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, value instanceof Date ? paramText(value) : value]),
    );
  const insert = async (name: string, query: string, values: Readable, params: Params = {}) => {
    const { stream } = await open(name).exec({ query, values, query_params: bound(params) });
    // The answer is empty, but until it is read the connection is not free for the next insert.
    await drained(stream);
  };
  const ask = async (
    name: string,
    params: Params,
    sql: string,
    format: "JSONEachRow" | "JSON" | "CSVWithNames" | "JSONCompact",
  ) => (await open(name).query({ query: sql, format, query_params: bound(params) })).text();

  return {
    embedded: false,
    database: (name) => ({
      name,
      embedded: false,
      query: async (shape, params, sql) => parseRows(shape, await ask(name, params, sql, "JSONEachRow")),
      text: (params, sql, format) => ask(name, params, sql, format),
      command: async (sql, params = {}) =>
        void (await open(name).command({ query: sql, query_params: bound(params) })),
      insertLines: (table, lines, token) => insert(name, insertSql(table, token), stream(lines)),
      // The server cannot open files of this machine: they are sent along.
      insertFile: async (load, params = {}) => {
        const values = load.gzip ? unpacked(load.path) : createReadStream(load.path);
        // What is sent along is read as it comes: what columns there are must be said before.
        const structure =
          load.structure ||
          structureOf(await askFile(Column, load.path, load.format, (file) => `describe table ${file}`));
        const source = `input(${literal(structure)})`;
        await insert(name, `${loadSql(load, source)} format ${load.format}`, values, params);
      },
      askFile,
      async tableOut(table, to) {
        const answer = await open(name).exec({
          query: `select * from ${quoted(table)} format Native`,
          // The server begins to answer when it has everything: a failure is an error, never a short file.
          clickhouse_settings: { wait_end_of_query: 1 },
        });
        await pipeline(
          answer.stream,
          createGzip({ level: 1 }),
          createWriteStream(to, { flags: "wx", mode: 0o600 }),
        );
      },
      async tableIn(table, from) {
        await insert(
          name,
          `insert into ${quoted(table)} settings optimize_on_insert = 0 format Native`,
          unpacked(from),
        );
      },
    }),
    createDatabase: async (name) =>
      void (await open().command({ query: `create database if not exists ${safeName(name)}` })),
    dropDatabase: async (name) =>
      void (await open().command({ query: `drop database if exists ${safeName(name)} sync` })),
    async readOnly(name, sql, limits) {
      const answer = await open(name).query({
        query: sql,
        format: "JSONEachRow",
        clickhouse_settings: {
          max_execution_time: limits.seconds,
          max_memory_usage: String(limits.bytes),
          max_result_rows: String(limits.rows),
          readonly: "1",
        },
      });
      return answer.text();
    },
    ping: async () => {
      // By way of a question, so that a wrong password is found too.
      const answer = await open().ping({ select: true });
      if (!answer.success) throw answer.error;
    },
    close: async () =>
      void (await Promise.all([files.close(), ...[...clients.values()].map((client) => client.close())])),
  };
}

/** The content of a gzip file; what is wrong with the file is an error of the stream. */
function unpacked(path: string): Readable {
  const content = createGunzip();
  // The reader hears of errors through the stream it reads; without a listener here they would end the process.
  pipeline(createReadStream(path), content).catch(() => {});
  return content;
}

async function drained(answer: Readable): Promise<void> {
  for await (const _ of answer);
}

function limitSettings(limits: { seconds: number; bytes: number; rows: number }): string {
  return `max_execution_time = ${limits.seconds}, max_memory_usage = ${limits.bytes}, max_result_rows = ${limits.rows}`;
}

/** A database name of ours: it is made from a garden's id, and checked again here. */
function safeName(name: string): string {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) throw new Error(`Bad database name ${name}`);
  return name;
}
