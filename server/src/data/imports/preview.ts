import type { Context } from "../../garden/index.ts";
import { Refusal } from "../../platform/refusal.ts";
import { fitsOf } from "./choose.ts";
import { getFiles, type Staging } from "./files.ts";
import { guessListed, guessMapping, guessSource } from "./guess.ts";
import type { ImportKind } from "./kinds/index.ts";
import { lineKindOf } from "./listed.ts";
import { lookAt } from "./look.ts";
import { getMapping, listMappings } from "./mappings.ts";
import {
  type DraftMapping,
  defaultBasis,
  fieldsOfRole,
  kindOfMapping,
  type Role,
  type StatedBasis,
} from "./model.ts";
import { type ColumnKind, type FileFormat, kindOf } from "./sniff.ts";
import { type ImportFault, sourcesWithOwnNumbers } from "./store.ts";

export interface FilePreview {
  fileId: string;
  name: string;
  bytes: number;
  gzip: boolean;
  format: FileFormat;
  delimiter: string;
  encoding: "utf-8" | "windows-1252";
  bom: boolean;
  columns: ({ name: string } & ColumnKind)[];
  rows: string[][];
  /** What the file is by the mapping, and which columns it lacks for that. */
  role: Role | null;
  missing: string[];
  problem: ImportFault | null;
}

export interface Preview {
  files: FilePreview[];
  /** The mapping that was asked for, else the one that fits, else a guess. */
  mapping: { name: string | null; mapping: DraftMapping; missing: string[] } | null;
  /** What files of each kind may hold. */
  fields: typeof fieldsOfRole;
  /** Other sources whose customer numbers are taken for the brand's own, as these would be. */
  sharedWith: string[];
  needs: { currency: boolean; timezone: boolean };
  basis: StatedBasis;
  /** Of each group of fields at least one must have a column. */
  anyOf: string[][];
}

/** Looks at staged files: how they are written, their first lines, and which mapping fits them. */
export async function previewFiles(
  ctx: Context,
  staging: Staging,
  ask: { files: string[]; mapping?: string | DraftMapping; kind?: ImportKind },
): Promise<Preview> {
  const files: FilePreview[] = [];
  for (const file of await getFiles(ctx, staging, ask.files)) {
    const base = { fileId: file.id, name: file.name, bytes: file.bytes, gzip: file.gzip };
    try {
      const { header, rows, format, delimiter, encoding, bom } = await lookAt(ctx, staging, file);
      const columns = header.map((name, at) => ({ name, ...kindOf(rows.map((row) => row[at] ?? "")) }));
      files.push({
        ...base,
        format,
        delimiter,
        encoding,
        bom,
        columns,
        rows,
        role: null,
        missing: [],
        problem: null,
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const problem = { code: error.code, message: error.message, details: error.details ?? {} };
      files.push({
        ...base,
        format: "csv",
        delimiter: "",
        encoding: "utf-8",
        bom: false,
        columns: [],
        rows: [],
        role: null,
        missing: [],
        problem,
      });
    }
  }
  const readable = files.filter((file) => !file.problem);
  const chosen = readable.length ? await chosenMapping(ctx, readable, ask.mapping, ask.kind) : null;
  if (chosen) {
    for (const file of readable) {
      const [best] = fitsOf(
        file.columns.map((column) => column.name),
        chosen.mapping,
        file.format,
      );
      file.role = best?.found ? best.role : null;
      file.missing = best?.missing ?? [];
    }
  }
  const listed = chosen ? lineKindOf(chosen.mapping) : undefined;
  const sharedWith = await sharedSources(ctx, chosen?.mapping);
  return {
    files,
    mapping: chosen,
    fields: fieldsOfRole,
    sharedWith,
    needs: needsOf(chosen?.mapping, readable),
    // What a list of consents says, it says itself; costs are about nobody.
    basis: listed && (listed.kind.keeps === "answers" || listed.kind.person === "none") ? {} : defaultBasis,
    anyOf: (listed?.kind.anyOf ?? []).map((group) => [...group]),
  };
}

/** Sources that were imported with the brand's own customer numbers, where the mapping would do so too. */
async function sharedSources(ctx: Context, mapping: DraftMapping | undefined): Promise<string[]> {
  if (mapping?.rules.customerIds.kind !== "user_id") return [];
  const others = await sourcesWithOwnNumbers(ctx.pool);
  return others.filter((source) => source !== mapping.source);
}

async function chosenMapping(
  ctx: Context,
  files: readonly FilePreview[],
  asked?: string | DraftMapping,
  kind?: ImportKind,
): Promise<Preview["mapping"]> {
  if (typeof asked === "string")
    return { name: asked, mapping: (await getMapping(ctx, asked)).mapping, missing: [] };
  if (asked) return { name: null, mapping: asked, missing: [] };
  const headers = files.map((file) => file.columns.map((column) => column.name));
  for (const { name, mapping } of (await listMappings(ctx)).reverse()) {
    if (kind && kindOfMapping(mapping) !== kind) continue;
    const fits = headers.map((header, at) => fitsOf(header, mapping, files[at]!.format)[0]);
    // Of lines of JSON any key may be missing in one: only a mapping that finds all of its own is chosen unasked.
    const isWhole = (fit: (typeof fits)[number]) =>
      fit &&
      fit.found > 0 &&
      !fit.missing.length &&
      fit.found === Object.keys(mapping.files[fit.role]!).length;
    if (fits.every(isWhole)) return { name, mapping, missing: [] };
  }
  const [first] = files;
  const { mapping, missing } = guessMapping(headers[0]!, guessSource(first!.name), (column) => {
    const at = headers[0]!.indexOf(column);
    return first!.rows.map((row) => (row[at] ?? "").trim());
  });
  // Files of different columns are those of an export of orders, until a person says otherwise.
  const differ = new Set(headers.map((header) => header.join("\n"))).size > 1;
  // A file that is no orders by its columns may be records of another kind.
  const listed =
    kind === "orders" || (!kind && (!missing.length || differ))
      ? undefined
      : guessListed(headers[0]!, guessSource(first!.name), kind);
  return { name: null, ...(listed ?? { mapping, missing }) };
}

function needsOf(mapping: DraftMapping | undefined, files: readonly FilePreview[]): Preview["needs"] {
  const listed = mapping && lineKindOf(mapping);
  const role = listed?.role ?? (mapping?.files.lines ? "lines" : "orders");
  const columns = mapping?.files[role];
  const file = files.find((one) => one.role === role);
  const at = file?.columns.findIndex((column) => column.name === columns?.happenedAt) ?? -1;
  const hasZone =
    at >= 0 && file!.rows.every((row) => /(Z|[+-]\d{2}:?\d{2})$|^\d{9,16}$/.test((row[at] ?? "").trim()));
  const hasMoney = listed ? Boolean(listed.kind.amount && columns?.[listed.kind.amount]) : true;
  const hasDates = listed ? Boolean(columns?.happenedAt) : true;
  return {
    currency: hasMoney && !columns?.currency && !mapping?.rules.constants.currency,
    timezone: hasDates && !hasZone && mapping?.rules.dates !== "unix",
  };
}
