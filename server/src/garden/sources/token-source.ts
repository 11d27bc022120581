import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { type Context, record } from "../context.ts";
import type { Gardens } from "../gardens.ts";
import { sourcesEpoch } from "./find.ts";
import { newWriteKey, type Source, sourceDefaults } from "./model.ts";
import { newSealedSecret, openedSecret } from "./signing-secret.ts";
import { findSourceById, insertSource } from "./store.ts";

/** How long another process may go on with a source that was changed here, in ms. */
const keptMs = 5_000;
const caches = new WeakMap<Gardens, Map<string, { source: Source; epoch: number; until: number }>>();

/**
 * The source for which events count that come with a secret API token and no write key: a server source like others, with
 * its own rules of consent, made at the first such event. Answers from memory for some seconds.
 */
export async function tokenSource(gardens: Gardens, ctx: Context): Promise<Source> {
  const cache = caches.get(gardens) ?? new Map();
  caches.set(gardens, cache);
  const before = cache.get(ctx.garden.id);
  if (before && before.epoch === sourcesEpoch() && before.until > performance.now()) return before.source;
  const epoch = sourcesEpoch();
  const kept = await findOrCreate(ctx);
  const source = { ...kept, signingSecret: openedSecret(ctx, kept) };
  cache.set(ctx.garden.id, { source, epoch, until: performance.now() + keptMs });
  return source;
}

async function findOrCreate(ctx: Context): Promise<Source> {
  const find = async (on: Parameters<typeof findSourceById>[0]) => {
    const row = await queryOne<{ id: number }>(on, sql`select id from sources where for_tokens`);
    return row && findSourceById(on, row.id);
  };
  const found = await find(ctx.pool);
  if (found) return found;
  return ctx.inTransaction(async (tx) => {
    await query(tx, sql`select pg_advisory_xact_lock(hashtext('token source'), hashtext(current_schema()))`);
    const quicker = await find(tx);
    if (quicker) return quicker;
    const source = await insertSource(tx, ctx.garden.id, {
      ...sourceDefaults("server"),
      name: ctx.garden.language === "de" ? "API-Token" : "API tokens",
      kind: "server",
      origins: [],
      enabled: true,
      writeKey: newWriteKey(),
      signingSecret: newSealedSecret(ctx),
    });
    await query(tx, sql`update sources set for_tokens = true where id = ${source.id}`);
    const { name, kind } = source;
    await record(tx, ctx, "source.created", String(source.id), null, { name, kind });
    return source;
  });
}
