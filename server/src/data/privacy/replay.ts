import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { hashesOf, ownKind } from "../suppression/index.ts";
import { type ErasureParts, erasePerson } from "./erase.ts";
import { ErasureMode } from "./model.ts";

/** One erasure as the list keeps it: whom it meant can be matched with the key, and not read. */
export const ErasureLine = z.object({
  garden: z.string(),
  id: z.uuid(),
  mode: ErasureMode,
  at: z.iso.datetime(),
  /** Of a text that is always the same: tells whether the list was made with the keys that are here. */
  key: z.string(),
  hashes: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
});
export type ErasureLine = z.infer<typeof ErasureLine>;

const listPath = (dataDir: string) => join(dataDir, "erasures.jsonl");
const keyCheck = (ctx: Context) => ctx.keys.ring().hash("rondell erasure list").toString("hex");

/** Identifiers that are hashed in one go. */
const atOnce = 20_000;

/** Writes an erasure into the list beside the databases: a backup that is older than it knows nothing of it. */
export async function noteErasure(ctx: Context, dataDir: string, id: string): Promise<void> {
  const known = await readErasures(listPath(dataDir)).catch(() => [] as ErasureLine[]);
  if (known.some((line) => line.id === id)) return;
  const [row] = await query(
    ctx.pool,
    sql`select mode, unreachable_at, hashes from erasures where id = ${id}`,
    z.object({ mode: ErasureMode, unreachableAt: z.date(), hashes: z.array(z.instanceof(Buffer)) }),
  );
  if (!row) return;
  const line: ErasureLine = {
    ...{ garden: ctx.garden.id, id, mode: row.mode, key: keyCheck(ctx) },
    at: row.unreachableAt.toISOString(),
    hashes: row.hashes.map((hash) => hash.toString("hex")),
  };
  await mkdir(dataDir, { recursive: true });
  await appendFile(listPath(dataDir), `${JSON.stringify(line)}\n`, { mode: 0o600, flush: true });
}

/** Reads a list of erasures. Refuses erasures.unreadable. */
export async function readErasures(path: string): Promise<ErasureLine[]> {
  const text = await readFile(path, "utf8").catch(() =>
    refuse("missing", "erasures.unreadable", `There is no list of erasures at ${path}.`, { path }),
  );
  try {
    const lines = text
      .split("\n")
      .filter(Boolean)
      .map((line) => ErasureLine.parse(JSON.parse(line)));
    // The verb and the fact that follows it may both have written it down.
    return [...new Map(lines.map((line) => [line.id, line])).values()];
  } catch {
    refuse("invalid", "erasures.unreadable", `${path} is no list of erasures.`, { path });
  }
}

/**
 * Erases again, in a garden that was restored, whoever was erased after the backup was made. Gives how many people were
 * found. Refuses erasures.other_key.
 */
export async function replayErasures(
  ctx: Context,
  parts: ErasureParts,
  lines: readonly ErasureLine[],
): Promise<number> {
  const own = lines.filter((line) => line.garden === ctx.garden.id);
  if (own.some((line) => line.key !== keyCheck(ctx)))
    refuse(
      "conflict",
      "erasures.other_key",
      "The list of erasures was made with another key. Put secrets/encryption.keys of the former data folder here first, and restore again.",
    );
  for (const line of own) {
    await query(
      ctx.pool,
      sql`insert into suppressions (hash, erasure_id, since)
        select decode(hash, 'hex'), ${line.id}, ${new Date(line.at)} from unnest(${line.hashes}::text[]) as h (hash) on conflict do nothing`,
    );
  }
  const modes = new Map(own.flatMap((line) => line.hashes.map((hash) => [hash, line.mode] as const)));
  const found = await findByHash(ctx, modes);
  for (const [customerId, mode] of found) {
    // Of one person several ids may be found; the first erases them all.
    await erasePerson(ctx, parts, { customerId, mode }).catch((error) => {
      if ((error as { code?: string }).code !== "customer.missing") throw error;
    });
  }
  return found.size;
}

const Named = z.object({ kind: z.string(), value: z.string(), customerId: z.number() });

/** Customers of whom an identifier, an address or the number stands in the list. */
async function findByHash(
  ctx: Context,
  modes: ReadonlyMap<string, ErasureMode>,
): Promise<Map<number, ErasureMode>> {
  const found = new Map<number, ErasureMode>();
  if (!modes.size) return found;
  const match = (rows: readonly z.infer<typeof Named>[]) => {
    hashesOf(ctx, rows).forEach((hash, at) => {
      const mode = modes.get(hash.toString("hex"));
      if (mode) found.set(rows[at]!.customerId, mode);
    });
  };
  for (let after: [string, string] = ["", ""]; ; ) {
    const rows = await query(
      ctx.pool,
      sql`select kind, value, customer_id from identifiers where (kind, value) > (${after[0]}, ${after[1]}) order by kind, value limit ${atOnce}`,
      Named,
    );
    match(rows);
    if (rows.length < atOnce) break;
    after = [rows.at(-1)!.kind, rows.at(-1)!.value];
  }
  for (let after = 0; ; ) {
    const rows = await query(
      ctx.pool,
      sql`select id as customer_id, email from customers where id > ${after} order by id limit ${atOnce}`,
      z.object({ customerId: z.number(), email: z.string().nullable() }),
    );
    match(rows.map((row) => ({ kind: ownKind, value: String(row.customerId), customerId: row.customerId })));
    match(
      rows.flatMap(({ email, customerId }) => (email ? [{ kind: "email", value: email, customerId }] : [])),
    );
    if (rows.length < atOnce) return found;
    after = rows.at(-1)!.customerId;
  }
}
