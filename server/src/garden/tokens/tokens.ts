import { z } from "zod";
import { type Executor, query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { type Context, record } from "../context.ts";
import type { Gardens } from "../gardens.ts";
import { type Actor, Right, rightsOf } from "../model.ts";
import { ApiToken, hashToken, newToken, newTokenId } from "./model.ts";

const columns = sql.raw("id, name, scopes, created_by, created_at, last_used_at, revoked_at");

/** The garden's tokens, newest first; the secrets are not kept. */
export function listTokens(on: Executor, garden: string): Promise<ApiToken[]> {
  return query(
    on,
    sql`select ${columns} from rondell.api_tokens where garden = ${garden} order by created_at desc, id`,
    ApiToken,
  );
}

/** A new token; the secret is in the answer and nowhere else. Refuses token.scope_exceeds. */
export async function createToken(
  ctx: Context,
  input: { name: string; scopes: Right[] },
): Promise<ApiToken & { token: string }> {
  ctx.require("settings:write");
  const exceeding = input.scopes.filter((scope) => !rightsOf(ctx.actor).includes(scope));
  if (exceeding.length) {
    refuse(
      "forbidden",
      "token.scope_exceeds",
      `You cannot give away rights that you do not have: ${exceeding.join(", ")}.`,
    );
  }
  const token = newToken();
  return ctx.inTransaction(async (tx) => {
    const saved = await queryOne(
      tx,
      sql`insert into rondell.api_tokens (id, garden, name, token_hash, scopes, created_by, created_at)
        values (${newTokenId()}, ${ctx.garden.id}, ${input.name}, ${hashToken(token)}, ${[...new Set(input.scopes)]},
          ${ctx.actor.name}, ${ctx.now()})
        returning ${columns}`,
      ApiToken,
    );
    await record(tx, ctx, "token.created", saved!.id, null, { name: saved!.name, scopes: saved!.scopes });
    return { ...saved!, token };
  });
}

/** Refuses token.missing. */
export async function revokeToken(ctx: Context, id: string): Promise<void> {
  ctx.require("settings:write");
  await ctx.inTransaction(async (tx) => {
    const revoked = await queryOne(
      tx,
      sql`update rondell.api_tokens set revoked_at = coalesce(revoked_at, ${ctx.now()})
        where id = ${id} and garden = ${ctx.garden.id} returning ${columns}`,
      ApiToken,
    );
    if (!revoked) refuse("missing", "token.missing", "There is no such token.");
    await record(tx, ctx, "token.revoked", id, { name: revoked.name, scopes: revoked.scopes }, null);
  });
  epoch++;
}

const Found = z.object({ id: z.string(), garden: z.string(), name: z.string(), scopes: z.array(Right) });
type Found = z.infer<typeof Found>;

/** How long a token that another process revoked may still work here, in ms. */
const keptMs = 5_000;
const knownMax = 1_000;
const caches = new WeakMap<Gardens, { epoch: number; known: Map<string, { token: Found; until: number }> }>();
let epoch = 0;

/** Who a secret token stands for; undefined when it was never given out or was revoked. */
export async function identifyToken(
  gardens: Gardens,
  token: string,
): Promise<{ actor: Actor; garden: string } | undefined> {
  if (!token.startsWith("rk_")) return undefined;
  const hash = hashToken(token);
  const key = hash.toString("base64");
  let cache = caches.get(gardens);
  if (!cache || cache.epoch !== epoch) {
    cache = { epoch, known: new Map() };
    caches.set(gardens, cache);
  }
  let found = cache.known.get(key);
  if (!found || found.until < performance.now()) {
    cache.known.delete(key);
    const row = await queryOne(
      gardens.platformPool,
      sql`update api_tokens set last_used_at = now() where token_hash = ${hash} and revoked_at is null
        returning id, garden, name, scopes`,
      Found,
    );
    if (!row) return undefined;
    if (cache.known.size >= knownMax) cache.known.clear();
    found = { token: row, until: performance.now() + keptMs };
    cache.known.set(key, found);
  }
  const { id, garden, name, scopes } = found.token;
  return { actor: { kind: "token", id, name, scopes }, garden };
}
