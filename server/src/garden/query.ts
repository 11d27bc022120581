import { z } from "zod";
import type { ClickHouse } from "../platform/clickhouse/index.ts";
import { refuse } from "../platform/refusal.ts";
import type { Context } from "./context.ts";
import type { Route } from "./route.ts";
import { type Token, tokensOf } from "./sql-tokens.ts";

/** What one question of an operator may cost. */
const limits = { seconds: 30, bytes: 2_000_000_000, rows: 100_000 };

/**
 * The rows of an operator's own SQL over the garden's events and insight, as JSON lines. It runs on a connection that
 * can only read and stands in the garden's database.
 * Refuses query.not_reading, query.several, query.foreign_place, query.failed.
 */
export async function askSql(ctx: Context, clickhouse: ClickHouse, sql: string): Promise<string> {
  ctx.require("sql:read");
  let statement = sql.trim();
  while (statement.endsWith(";")) statement = statement.slice(0, -1).trimEnd();
  refuseForeignPlaces(statement, ctx.events.name, await placesOf(ctx));
  try {
    return await clickhouse.readOnly(ctx.events.name, statement, limits);
  } catch (error) {
    refuse("invalid", "query.failed", messageOf(error));
  }
}

/** What the engine has beside the garden: databases, and functions that stand for a table from somewhere. */
interface Places {
  databases: string[];
  tableFunctions: string[];
}

async function placesOf(ctx: Context): Promise<Places> {
  const [places] = await ctx.events.query(
    z.object({ databases: z.array(z.string()), tableFunctions: z.array(z.string()) }),
    {},
    `select (select groupArray(name) from system.databases) as databases,
      (select groupArray(name) from system.table_functions) as table_functions`,
  );
  return places!;
}

/** Functions that make their table from nothing but the statement itself. */
const harmless = new Set([
  "numbers",
  "numbers_mt",
  "zeros",
  "zeros_mt",
  "generate_series",
  "generateseries",
  "generaterandom",
  "values",
  "view",
  "null",
  // A function of text, too, and as a table it reads only the text it is given.
  "format",
]);

/** Ways out that are no table functions, or only in some builds of the engine. */
const waysOut =
  /^(file|url|s3|hdfs|mysql|postgresql|sqlite|odbc|jdbc|mongodb|redis|python|executable|input|merge|remote|cluster|dictionary|loop|hasColumnInTable|catboostEvaluate|modelEvaluate|showCertificate)$/i;

/**
 * A reader can name any database of the engine, and one process holds several gardens: what is not the caller's own garden
 * is out of reach, and so is every function that leads out of the database. Whatever is not surely read as the engine
 * reads it is refused.
 */
function refuseForeignPlaces(sql: string, own: string, places: Places): void {
  const { tokens, fault } = tokensOf(sql);
  const first = tokens[0];
  const begins = first?.kind === "name" ? first.value.toLowerCase() : first?.value;
  if (!/^(select|with|explain|describe|desc|show|exists|\()$/.test(begins ?? "")) {
    refuse("invalid", "query.not_reading", "Only questions can be asked here: begin with SELECT or WITH.");
  }
  // The engine would answer all of them, and a second one may leave the garden by USE.
  if (tokens.some((token) => isSign(token, ";")))
    refuse(
      "invalid",
      "query.several",
      "Ask one question at a time: leave out what stands after the semicolon.",
    );
  const named = fault ?? foreignPlace(tokens, own, places);
  if (named) {
    refuse(
      "forbidden",
      "query.foreign_place",
      `The question uses ${named}, which may lead out of this garden.`,
    );
  }
}

/** The first thing in a statement that is not of the own garden. */
function foreignPlace(tokens: readonly Token[], own: string, places: Places): string | undefined {
  const foreign = new Set(
    ["system", "information_schema", ...places.databases]
      .filter((name) => name !== own)
      .map((name) => name.toLowerCase()),
  );
  const functions = new Set(places.tableFunctions.map((name) => name.toLowerCase()));
  // Of what can be shown, these tell of tables; the rest tells of other gardens, and of who asks what.
  const shown = isWord(tokens[0], "show") ? tokens.slice(1, 3).map((token) => token.value.toLowerCase()) : [];
  const isOfTables =
    shown[0] === "create"
      ? /^(table|view)$/.test(shown[1] ?? "")
      : /^(tables|columns|full|fields)$/.test(shown[0] ?? "tables");
  if (!isOfTables) return `show ${shown.join(" ")}`;
  const describes = /^(show|exists|describe|desc)$/i.test(tokens[0]!.value);
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    // A parameter in place of a name.
    if (token.value === "{" && token.kind === "sign" && next?.kind === "name") return "{ before a name";
    if (token.kind !== "name") continue;
    if (token.hidden) return "a name with a hidden character";
    const isCall = isSign(next, "(");
    const before = tokens[at - 2];
    const goesOn =
      isSign(tokens[at - 1], ".") && (before?.kind === "name" || isSign(before, ")") || isSign(before, "]"));
    const isHead = isSign(next, ".") && !goesOn;
    // Within quotes the dots of a path may stand as well.
    const parts = token.value.split(".");
    for (const [level, part] of parts.entries()) {
      if (part === own) continue;
      if (/^garden_/i.test(part)) return part;
      const mayBeDatabase = describes || isHead || (level === 0 && parts.length > 1 && !goesOn);
      if (mayBeDatabase && foreign.has(part.toLowerCase())) return part;
    }
    if (isWord(token, "outfile") || isWord(token, "infile")) return token.value;
    if (!isCall) continue;
    const called = token.value.toLowerCase();
    if (waysOut.test(called) || (functions.has(called) && !harmless.has(called))) return token.value;
    if (/^(dict|joinget)/.test(called) && !isOwnTable(tokens[at + 2], tokens[at + 3], own))
      return token.value;
  }
  return undefined;
}

const isSign = (token: Token | undefined, sign: string) => token?.kind === "sign" && token.value === sign;
const isWord = (token: Token | undefined, word: string) =>
  token?.kind === "name" && token.value.toLowerCase() === word;

/** Functions that take the name of what they read as text: it must stand there plainly, and alone. */
function isOwnTable(name: Token | undefined, after: Token | undefined, own: string): boolean {
  if (name?.kind !== "text" || name.hidden || !isSign(after, ",")) return false;
  const table = name.value.startsWith(`${own}.`) ? name.value.slice(own.length + 1) : name.value;
  return /^[a-z_0-9]+$/i.test(table);
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\(version [^)]*\)\s*$/, "").slice(0, 2_000);
}

export function queryRoutes(route: Route, deps: { clickhouse: ClickHouse }): void {
  route({
    method: "POST",
    url: "/api/query",
    access: { right: "sql:read" },
    tag: "SQL",
    summary: "Ask the garden's events and insight in read-only SQL",
    description: `The answer is an array of row objects: at most ${limits.rows} rows, ${limits.seconds} seconds and ${limits.bytes / 1e9} GB of memory.`,
    body: z.object({ sql: z.string().min(1).max(100_000) }),
    refusals: ["query.failed", "query.not_reading", "query.several", "query.foreign_place"],
    handler: async ({ ctx, body, reply }) => {
      const lines = (await askSql(ctx, deps.clickhouse, body.sql)).split("\n").filter(Boolean);
      // The rows are JSON already: they go past the serializer as they are.
      return reply.type("application/json; charset=utf-8").send(`[${lines.join(",\n")}]`);
    },
  });
}
