import { parse } from "csv-parse/sync";
import type { Context } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { importConsents } from "../consent/index.ts";
import { resolveMany } from "../identity/index.ts";
import { isEmail } from "./personal.ts";
import { patchTraits, queueCustomerRows } from "./store.ts";

export interface ConsentsImported {
  read: number;
  recorded: number;
  /** Was taken over before, word for word. */
  unchanged: number;
  rejected: { line: number; code: string }[];
}

const yes = new Set(["yes", "true", "1", "ja", "granted", "subscribed", "opt-in"]);
const no = new Set(["no", "false", "0", "nein", "denied", "unsubscribed", "opt-out"]);

interface Row {
  line: number;
  kind: "user_id" | "email";
  value: string;
  purpose: string;
  granted: boolean;
  at: Date;
  proof?: string;
  place?: string;
  wordingVersion?: number;
}

/**
 * Takes over answers from CSV with a header: `user_id` or `email`, `purpose`, `granted`, `at`, and where there are `proof`, `place`
 * and `wording_version`. `name` is the file's, and `firstLine` where this part of it begins. Lines that cannot be read are
 * told with what is wrong, and the others are taken. Refuses: consents.columns_missing, consents.not_csv.
 */
export async function importConsentsCsv(
  ctx: Context,
  file: { name: string; csv: string; firstLine: number },
): Promise<ConsentsImported> {
  ctx.require("data:write");
  const lines = readLines(file.csv);
  const rejected: ConsentsImported["rejected"] = [];
  const rows = lines.flatMap((line, at): Row[] => {
    const number = file.firstLine + at;
    const read = readRow(line, number);
    if (typeof read === "string") rejected.push({ line: number, code: read });
    return typeof read === "string" ? [] : [read];
  });
  const ids = await customersOf(ctx, rows);
  const result = await importConsents(
    ctx,
    rows.map(({ line, kind: _kind, value: _value, proof, ...row }, at) => ({
      ...row,
      customerId: ids[at]!,
      proof: (proof ?? `${file.name} line ${line}`).slice(0, 300),
    })),
  );
  for (const { row, code } of result.rejected) rejected.push({ line: rows[row]!.line, code });
  rejected.sort((a, b) => a.line - b.line);
  return { read: lines.length, recorded: result.recorded, unchanged: result.unchanged, rejected };
}

function readLines(csv: string): Record<string, string>[] {
  let lines: Record<string, string>[];
  try {
    lines = parse(csv, {
      columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
      bom: true,
      delimiter: csv.slice(0, csv.indexOf("\n") + 1 || undefined).includes(";") ? ";" : ",",
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    }) as Record<string, string>[];
  } catch {
    refuse(
      "invalid",
      "consents.not_csv",
      "This cannot be read as CSV: a quote is not closed, or stands where none may.",
    );
  }
  const [first] = lines;
  const missing = first
    ? ["purpose", "granted", "at"]
        .filter((name) => !(name in first))
        .concat("user_id" in first || "email" in first ? [] : ["email"])
    : [];
  if (missing.length) {
    refuse(
      "invalid",
      "consents.columns_missing",
      `The first line must name the columns user_id or email, purpose, granted and at. Missing: ${missing.join(", ")}.`,
      { columns: missing.join(", ") },
    );
  }
  return lines;
}

function readRow(line: Record<string, string>, number: number): Row | string {
  const email = line.email?.toLowerCase() ?? "";
  const kind = line.user_id ? "user_id" : "email";
  const value = line.user_id || email;
  if (!value || value.length > 255) return "customer_missing";
  if (kind === "email" && !isEmail(value)) return "email_invalid";
  const word = (line.granted ?? "").toLowerCase();
  if (!yes.has(word) && !no.has(word)) return "granted_unclear";
  const at = instantOf(line.at ?? "");
  if (!at) return "time_unclear";
  const version = Number(line.wording_version);
  return {
    ...{ line: number, kind, value, granted: yes.has(word), at },
    purpose: line.purpose ?? "",
    ...(line.proof ? { proof: line.proof } : {}),
    ...(line.place ? { place: line.place.slice(0, 300) } : {}),
    ...(line.wording_version && Number.isInteger(version) && version > 0 ? { wordingVersion: version } : {}),
  };
}

/** A day or an instant of ISO 8601; without a zone it is UTC. Anything else could be read in two ways. */
function instantOf(text: string): Date | undefined {
  const parts =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text);
  if (!parts) return undefined;
  const at = new Date(`${parts[1]}T${parts[2] ?? "00:00"}${parts[3] ?? "Z"}`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** Finds or makes whom the rows name, in the order of the rows. */
async function customersOf(ctx: Context, rows: readonly Row[]): Promise<number[]> {
  const found = new Map<Row, number>();
  for (const kind of ["user_id", "email"] as const) {
    const named = rows.filter((row) => row.kind === kind);
    if (!named.length) continue;
    await ctx.inTransaction(async (tx) => {
      const values = named.map((row) => row.value);
      const { ids, made } = await resolveMany(
        tx,
        ctx,
        kind,
        values,
        named.map((row) => row.at),
      );
      for (const [at, row] of named.entries()) found.set(row, ids[at]!);
      const isNew = new Set(made);
      if (kind === "email") {
        const patches = new Map(
          named.map((row, at) => [ids[at]!, { traits: { email: row.value }, at: row.at }]),
        );
        await patchTraits(
          tx,
          [...patches].flatMap(([customerId, patch]) =>
            isNew.has(customerId) ? [{ customerId, ...patch }] : [],
          ),
        );
      }
      await queueCustomerRows(tx, made, ctx.garden.synthetic);
    });
  }
  return rows.map((row) => found.get(row)!);
}
