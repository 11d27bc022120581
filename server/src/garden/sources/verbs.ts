import { refuse } from "../../platform/refusal.ts";
import { type Context, record, type Tx } from "../context.ts";
import { forgetSources } from "./find.ts";
import {
  newAddressKey,
  newWriteKey,
  type Source,
  type SourceKind,
  type StoredSource,
  sourceDefaults,
} from "./model.ts";
import { newSealedSecret, openedSecret } from "./signing-secret.ts";
import * as store from "./store.ts";

/** What an operator may say about a source. */
export type SourceInput = Partial<
  Pick<
    Source,
    "name" | "consentMode" | "consentCategories" | "statedBasis" | "provesConsent" | "origins" | "enabled"
  >
>;

/** What stands in the audit trail: keys and secrets do not. */
const shown = ({
  name,
  kind,
  consentMode,
  consentCategories,
  statedBasis,
  provesConsent,
  origins,
  enabled,
}: StoredSource) => ({
  name,
  kind,
  consentMode,
  consentCategories,
  statedBasis,
  provesConsent,
  origins,
  enabled,
});

const newKeyOf = (kind: SourceKind) => (kind === "webhook" ? newAddressKey() : newWriteKey());

/** Makes a source with a write key of its own. Refuses source.purpose_unknown. */
export async function createSource(
  ctx: Context,
  input: SourceInput & { name: string; kind: "browser" | "server" | "webhook" },
): Promise<StoredSource> {
  ctx.require("settings:write");
  return ctx.inTransaction(async (tx) => {
    const source = {
      ...sourceDefaults(input.kind),
      origins: [],
      enabled: true,
      ...given(input),
      name: input.name,
      kind: input.kind,
      writeKey: newKeyOf(input.kind),
      signingSecret: input.kind === "webhook" ? null : newSealedSecret(ctx),
    };
    await refuseUnknownPurposes(tx, source);
    const saved = await store.insertSource(tx, ctx.garden.id, source);
    await record(tx, ctx, "source.created", String(saved.id), null, shown(saved));
    return saved;
  });
}

/** Refuses source.missing, source.purpose_unknown. */
export async function changeSource(ctx: Context, id: number, input: SourceInput): Promise<StoredSource> {
  ctx.require("settings:write");
  const after = await ctx.inTransaction(async (tx) => {
    const before = await lock(tx, id);
    const changed = { ...before, ...given(input) };
    await refuseUnknownPurposes(tx, changed);
    await store.saveSource(tx, ctx.garden.id, changed);
    await record(tx, ctx, "source.changed", String(id), shown(before), shown(changed));
    return changed;
  });
  forgetSources();
  return after;
}

/**
 * Replaces a key that got into wrong hands: `write` the public one, `signing` the secret one. The old key stops at
 * once. Refuses source.missing, source.has_no_key.
 */
export async function replaceKey(ctx: Context, id: number, key: "write" | "signing"): Promise<StoredSource> {
  ctx.require("settings:write");
  const after = await ctx.inTransaction(async (tx) => {
    const before = await lock(tx, id);
    refuseOwn(before);
    if (before.kind === "webhook" && key === "signing")
      refuse(
        "conflict",
        "source.has_no_key",
        "A webhook's secret comes from its sender. Put it in at its page.",
      );
    const changed =
      key === "write"
        ? { ...before, writeKey: newKeyOf(before.kind) }
        : { ...before, signingSecret: newSealedSecret(ctx) };
    await store.saveSource(tx, ctx.garden.id, changed);
    await record(
      tx,
      ctx,
      key === "write" ? "source.write_key_replaced" : "source.signing_key_replaced",
      String(id),
      null,
      null,
    );
    return changed;
  });
  forgetSources();
  return after;
}

/** The secret by which the brand's server signs user ids; whoever reads it stands in the trail. Refuses source.missing. */
export async function readSigningSecret(ctx: Context, id: number): Promise<string | null> {
  ctx.require("settings:write");
  return ctx.inTransaction(async (tx) => {
    const signingSecret = openedSecret(ctx, await lock(tx, id));
    if (signingSecret !== null) await record(tx, ctx, "source.signing_key_read", String(id), null, null);
    return signingSecret;
  });
}

/** Removes a source that never wrote. Refuses source.missing, source.has_no_key, source.has_events. */
export async function removeSource(ctx: Context, id: number): Promise<void> {
  ctx.require("settings:write");
  await ctx.inTransaction(async (tx) => {
    const before = await lock(tx, id);
    refuseOwn(before);
    if (before.firstEventAt) {
      refuse(
        "conflict",
        "source.has_events",
        "Events came from this source, so it stays. Switch it off instead.",
      );
    }
    await store.deleteSource(tx, ctx.garden.id, id);
    await record(tx, ctx, "source.removed", String(id), shown(before), null);
  });
  forgetSources();
}

async function lock(tx: Tx, id: number): Promise<StoredSource> {
  return (await store.lockSource(tx, id)) ?? refuse("missing", "source.missing", "There is no such source.");
}

function refuseOwn(source: StoredSource): void {
  if (source.kind !== "internal" && source.kind !== "import") return;
  refuse(
    "conflict",
    "source.has_no_key",
    "Rondell itself writes as this source: it has no key and cannot be removed.",
  );
}

/** A category that leads to a purpose nobody defined would drop events without a word. */
async function refuseUnknownPurposes(
  tx: Tx,
  source: Pick<Source, "consentCategories" | "statedBasis">,
): Promise<void> {
  const purposes = (await store.purposeNames(tx)).map((purpose) => purpose.key);
  const named = [...Object.values(source.consentCategories), ...Object.keys(source.statedBasis)];
  const unknown = named.filter((purpose) => !purposes.includes(purpose));
  if (unknown.length) {
    refuse(
      "invalid",
      "source.purpose_unknown",
      `There is no purpose ${unknown.join(", ")}. There are: ${purposes.join(", ")}.`,
    );
  }
}

function given(input: SourceInput): SourceInput {
  const { name, consentMode, consentCategories, statedBasis, provesConsent, origins, enabled } = input;
  const all = { name, consentMode, consentCategories, statedBasis, provesConsent, origins, enabled };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
