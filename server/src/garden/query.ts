import { z } from "zod";
import type { ClickHouse } from "../platform/clickhouse/index.ts";
import { refuse } from "../platform/refusal.ts";
import type { Context } from "./context.ts";
import type { Route } from "./route.ts";

/** What one question of an operator may cost. */
const limits = { seconds: 30, bytes: 2_000_000_000, rows: 100_000 };

/**
 * The rows of an operator's own SQL over the garden's events and insight, as JSON lines. It runs on a connection that
 * can only read and stands in the garden's database. Refuses query.foreign_garden, query.failed.
 */
export async function askSql(ctx: Context, clickhouse: ClickHouse, sql: string): Promise<string> {
  ctx.require("sql:read");
  const statement = sql.trim().replace(/;\s*$/, "");
  refuseForeignPlaces(statement, ctx.events.name);
  try {
    return await clickhouse.readOnly(ctx.events.name, statement, limits);
  } catch (error) {
    refuse("invalid", "query.failed", messageOf(error));
  }
}

const tableFunctions =
  /\b(merge|remote|remoteSecure|cluster|clusterAllReplicas|file|url|s3|hdfs|mysql|postgresql|sqlite|odbc|jdbc|mongodb|redis|executable|input|azureBlobStorage|deltaLake|iceberg|hudi|gcs|dictionary|loop|python|fileCluster|urlCluster|s3Cluster|mergeTreeIndex|mergeTreeProjection)\s*\(/i;

/**
 * A reader can name any database of the engine, and one process holds several gardens: what is not the caller's own garden
 * is out of reach, and so is every function that leads out of the database.
 */
function refuseForeignPlaces(sql: string, own: string): void {
  const text = withoutComments(sql);
  const names = text.replace(literals, "''");
  if (!/^\s*(select|with|explain|describe|desc|show|exists|\()/i.test(names)) {
    refuse("invalid", "query.not_reading", "Only questions can be asked here: begin with SELECT or WITH.");
  }
  // A quoted name may hide letters behind a backslash.
  const hidden = names.includes("\\") ? "a name with a backslash" : undefined;
  const garden = [...names.matchAll(/(?<![a-z0-9_])garden_[a-z0-9_]+/gi)]
    .map((match) => match[0]!)
    .find((name) => name !== own);
  const way = tableFunctions.exec(names)?.[1];
  const system = /\b["`]?(system|information_schema)["`]?\s*\./i.exec(names)?.[1];
  // These take the name of what they read as text, so it must stand there plainly.
  const looked = [...text.matchAll(/\b((?:dict|joinGet)\w*)\s*\(\s*(?:'([^'\\]*)'(?=\s*,))?/gi)].find(
    ([, , name]) =>
      name === undefined ||
      !/^[a-z_0-9]+$/i.test(name.startsWith(`${own}.`) ? name.slice(own.length + 1) : name),
  )?.[1];
  const named = hidden ?? garden ?? way ?? system ?? looked;
  if (named) {
    refuse(
      "forbidden",
      "query.foreign_place",
      `The question uses ${named}, which may lead out of this garden.`,
    );
  }
}

const literals = /'(?:[^'\\]|\\.|'')*'/gs;

/** The text without comments; a literal that looks like a comment stays. */
function withoutComments(sql: string): string {
  return sql.replace(/'(?:[^'\\]|\\.|'')*'|--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?\*\//gs, (part) =>
    part.startsWith("'") ? part : " ",
  );
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
    refusals: ["query.failed", "query.not_reading", "query.foreign_place"],
    handler: async ({ ctx, body, reply }) => {
      const lines = (await askSql(ctx, deps.clickhouse, body.sql)).split("\n").filter(Boolean);
      // The rows are JSON already: they go past the serializer as they are.
      return reply.type("application/json; charset=utf-8").send(`[${lines.join(",\n")}]`);
    },
  });
}
