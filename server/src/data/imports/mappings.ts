import { type Context, record } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import type { Mapping } from "./model.ts";
import { readyMappings } from "./ready.ts";
import { findSavedMapping, listSavedMappings, putMapping, removeMapping } from "./store.ts";

export interface NamedMapping {
  name: string;
  mapping: Mapping;
  /** Ships with Rondell and cannot be changed; save it under another name to change it. */
  ready: boolean;
  changedAt: Date | null;
}

/** All mappings by name: the ready ones first. */
export async function listMappings(ctx: Context): Promise<NamedMapping[]> {
  const ready = Object.entries(readyMappings).map(([name, mapping]) => ({
    name,
    mapping,
    ready: true,
    changedAt: null,
  }));
  const saved = await listSavedMappings(ctx.pool);
  return [
    ...ready,
    ...saved.map(({ name, mapping, changedAt }) => ({ name, mapping, ready: false, changedAt })),
  ];
}

/** Refuses mapping.missing. */
export async function getMapping(ctx: Context, name: string): Promise<NamedMapping> {
  if (Object.hasOwn(readyMappings, name))
    return { name, mapping: readyMappings[name]!, ready: true, changedAt: null };
  const saved = await findSavedMapping(ctx.pool, name);
  if (!saved) {
    const known = (await listMappings(ctx)).map((one) => one.name);
    refuse("missing", "mapping.missing", `There is no mapping ${name}. There are: ${known.join(", ")}.`);
  }
  return { name, mapping: saved.mapping, ready: false, changedAt: saved.changedAt };
}

/** Saves a mapping under a name. Refuses mapping.ready. */
export async function saveMapping(ctx: Context, name: string, mapping: Mapping): Promise<NamedMapping> {
  ctx.require("data:write");
  if (Object.hasOwn(readyMappings, name)) {
    refuse(
      "conflict",
      "mapping.ready",
      `The mapping ${name} ships with Rondell. Save yours under another name.`,
    );
  }
  return ctx.inTransaction(async (tx) => {
    const before = await findSavedMapping(tx, name);
    const saved = { name, mapping, changedBy: ctx.actor.name, changedAt: ctx.now() };
    await putMapping(tx, saved);
    await record(tx, ctx, "import.mapping_saved", name, before?.mapping, mapping);
    return { name, mapping, ready: false, changedAt: saved.changedAt };
  });
}

/** Refuses mapping.missing, mapping.ready. Imports that used it keep their own copy. */
export async function deleteMapping(ctx: Context, name: string): Promise<void> {
  ctx.require("data:write");
  if (Object.hasOwn(readyMappings, name))
    refuse("conflict", "mapping.ready", `The mapping ${name} ships with Rondell and stays.`);
  await ctx.inTransaction(async (tx) => {
    const before = await findSavedMapping(tx, name);
    if (!before) refuse("missing", "mapping.missing", `There is no mapping ${name}.`);
    await removeMapping(tx, name);
    await record(tx, ctx, "import.mapping_deleted", name, before.mapping, null);
  });
}
