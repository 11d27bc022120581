import { constants, createReadStream, createWriteStream } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Command, CommandFailed, readArgs, shared, UsageError } from "./command.ts";
import { type Connection, withServer } from "./connection.ts";
import { expandGlobs } from "./files.ts";
import { count, pairs, print } from "./output.ts";
import { followJob, openBar } from "./progress.ts";

const options = {
  mapping: {
    value: "NAME",
    summary:
      "A saved or ready mapping, such as uci-online-retail or olist, or a file mapping.json that holds one.",
    required: true,
  },
  currency: { value: "GBP", summary: "The currency of amounts where the files name none." },
  timezone: { value: "Europe/London", summary: "The zone of times where the files name none." },
  basis: {
    value: "PURPOSE=BASIS,…",
    summary:
      "Lawful bases other than the defaults, such as measure=contract,personalise=consent; none takes one away.",
  },
  "dry-run": { summary: "Judge and count everything, and write nothing." },
  rejected: { value: "FILE", summary: "Write the rejected lines with their reasons into this CSV file." },
  garden: shared.garden,
  json: shared.json,
} as const;

/** What each kind of import brings, as the list of commands says it. */
const summaries = {
  orders: "Import orders from files of CSV or TSV, also packed ones.",
  customers: "Import customers with what is known of them.",
  events: "Import events of any name with their properties.",
  costs: "Import what media cost by day, channel and campaign.",
  reviews: "Import reviews of orders and products.",
  answers: "Import answers to surveys that were asked elsewhere.",
  tickets: "Import requests to the service.",
  consents: "Import consents that customers gave elsewhere.",
};
type ImportKind = keyof typeof summaries;

/** A command for each kind; the files are handed over as streams, and the server opens none of their paths. */
export const importCommands: readonly Command[] = Object.entries(summaries).map(([kind, summary]) => ({
  name: `import ${kind}`,
  operands: "<files…>",
  summary,
  options,
  run: (args) => runImport(kind as ImportKind, args),
}));

async function runImport(kind: ImportKind, args: readonly string[]): Promise<void> {
  const { values, operands } = readArgs(args, options, "some");
  const files = await expandGlobs(operands);
  const basis = readBasis(values.basis);
  const mapping = await mappingOf(values.mapping);
  // Before anything is imported: afterwards it would be too late to say so.
  if (values.rejected) await checkPlace(values.rejected);
  const imported = await withServer(values.garden, async (server) => {
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const bar = values.json ? undefined : openBar("Sending");
    const ids: string[] = [];
    let sent = 0;
    for (const file of files) {
      const bytes = createReadStream(file);
      bytes.on("data", (part) => {
        sent += part.length;
        bar?.show(total ? sent / total : 1);
      });
      const { fileId } = await server.upload<{ fileId: string }>(
        `/api/imports/files?name=${encodeURIComponent(basename(file))}`,
        bytes,
      );
      ids.push(fileId);
    }
    bar?.end();
    const begun = await server.call<{ id: string; job: string }>("POST", "/api/imports", {
      kind,
      mapping,
      files: ids,
      ...(values.currency ? { currency: values.currency } : {}),
      ...(values.timezone ? { timezone: values.timezone } : {}),
      ...(basis ? { basis } : {}),
      ...(values["dry-run"] ? { dryRun: true } : {}),
    });
    let failure: unknown;
    try {
      await followJob(server, begun.job, "Importing", values.json);
    } catch (error) {
      failure = error;
    }
    // Also when nothing could be used: the list says line by line why.
    if (values.rejected) await saveRejected(server, begun.id, values.rejected, failure === undefined);
    const done = await server.call<Imported>("GET", `/api/imports/${begun.id}`);
    if (done.error) throw new CommandFailed(done.error.code, done.error.message);
    if (failure !== undefined) throw failure;
    return done;
  });
  print(values.json, { id: imported.id, state: imported.state, ...imported.result }, () =>
    resultOf(imported),
  );
}

/** The name of a mapping, or what a file of this machine says of one. */
async function mappingOf(named: string): Promise<unknown> {
  if (!named.endsWith(".json")) return named;
  try {
    return JSON.parse(await readFile(named, "utf8"));
  } catch (error) {
    throw new UsageError(`--mapping cannot be read from ${named}: ${(error as Error).message}`);
  }
}

/** Refuses a file for the rejected lines that cannot be written. */
async function checkPlace(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new UsageError(`There is no folder ${folder} for --rejected.`);
  const before = await stat(path).catch(() => undefined);
  if (before && !before.isFile()) throw new UsageError(`--rejected names a file; ${path} is none.`);
  await access(before ? path : folder, constants.W_OK).catch(() => {
    throw new UsageError(`--rejected cannot be written: ${path} is not open to you.`);
  });
}

/** Fetches the list of rejected lines. An import that failed early has none, which is no failure of its own. */
async function saveRejected(server: Connection, id: string, path: string, isNeeded: boolean): Promise<void> {
  try {
    const lines = await server.download(`/api/imports/${id}/rejected.csv`);
    await pipeline(lines, createWriteStream(path));
  } catch (error) {
    const isGone = error instanceof CommandFailed && error.code === "import.rejected_gone";
    if (isNeeded || !isGone) throw error;
  }
}

interface Imported {
  id: string;
  kind: ImportKind;
  state: string;
  error: { code: string; message: string } | null;
  mapping: { mapping: { source: string; rules: Record<string, unknown> } };
  result: {
    read: number;
    accepted: number;
    updated: number;
    unchanged: number;
    leftOut: number;
    leftOutBy: Record<string, number>;
    rejected: number;
    rejectedBy: Record<string, number>;
    orders: number;
    refunds: number;
    reviews: number;
    others: Record<string, number>;
    customers: number;
    newCustomers: number;
    linesWithoutCustomer: number;
    withoutRate: number;
    basis: Record<string, string | null>;
    stated: Record<string, { applied: number; withdrawn: number; asBefore: number; own: number }>;
    writing: { dates: string; decimalMark: string } | null;
    seconds: number;
  } | null;
}

/** What became of the lines, as a person reads it. */
function resultOf({ id, kind, state, mapping, result }: Imported): string {
  if (!result) return `${id} is ${state}.`;
  const reasons = (by: Record<string, number>) =>
    Object.entries(by).map(([reason, lines]) => [`  ${reason}`, lines] as const);
  const bases = Object.entries(result.basis).map(
    ([purpose, basis]) => [`  ${purpose}`, `${basis ?? "none"}${appliedTo(result.stated[purpose])}`] as const,
  );
  return pairs([
    ["import", state === "checked" ? `${id}, tried: nothing was written` : id],
    ["lines read", result.read],
    ["accepted", result.accepted],
    ["updated", result.updated],
    ["unchanged", result.unchanged],
    ["left out", result.leftOut],
    ...reasons(result.leftOutBy),
    ["rejected", result.rejected],
    ...reasons(result.rejectedBy),
    ...(kind === "orders" ? [["orders", result.orders] as const, ["refunds", result.refunds] as const] : []),
    ...(kind === "orders" || kind === "reviews" ? [["reviews", result.reviews] as const] : []),
    ...Object.entries(result.others).map(([name, records]) => [name, records] as const),
    ["customers", `${count(result.customers)}, ${count(result.newCustomers)} of them new`],
    ["lines without a customer", result.linesWithoutCustomer],
    ...(result.withoutRate ? [["waiting for an exchange rate", result.withoutRate] as const] : []),
    ["lawful basis", ""],
    ...bases,
    ["rules", `source: ${mapping.mapping.source}`],
    ...rulesOf(kind === "orders" ? mapping.mapping.rules : ofListed(mapping.mapping.rules), result.writing),
    ["seconds", result.seconds.toFixed(1)],
  ]);
}

/** Rules that speak of orders say nothing of the other kinds. */
function ofListed(rules: Record<string, unknown>): Record<string, unknown> {
  const named = [
    ...["customerIds", "withoutCustomer", "overlap", "dates", "firstYear", "decimalMark", "channel"],
    ...["otherColumns", "withoutColumns", "constants", "meanings"],
  ];
  return Object.fromEntries(Object.entries(rules).filter(([rule]) => named.includes(rule)));
}

/** The rules by which the lines were read, one a line; what was found out is told as it was found. */
function rulesOf(
  rules: Record<string, unknown>,
  writing: NonNullable<Imported["result"]>["writing"],
): (readonly [string, string])[] {
  const flat = Object.entries(rules).flatMap(([rule, value]): [string, unknown][] =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value).map(([part, one]) => [`${rule}.${part}`, one])
      : [[rule, value]],
  );
  const text = (value: unknown) =>
    value === null || value === ""
      ? "none"
      : Array.isArray(value)
        ? value.join(", ") || "none"
        : String(value);
  return flat.map(([rule, value]) => {
    const found = value === "auto" && writing ? writing[rule as keyof typeof writing] : undefined;
    return [`  ${rule}`, found ? `${found} (found)` : text(value)] as const;
  });
}

/** For how many customers a statement counts, as a person reads it. */
function appliedTo(stated: NonNullable<Imported["result"]>["stated"][string] | undefined): string {
  if (!stated) return "";
  const parts = [
    stated.applied ? `now for ${count(stated.applied)}` : "",
    stated.withdrawn ? `taken from ${count(stated.withdrawn)}` : "",
    stated.asBefore ? `as before for ${count(stated.asBefore)}` : "",
    stated.own ? `${count(stated.own)} said it themselves` : "",
  ].filter(Boolean);
  return parts.length ? ` (${parts.join(", ")})` : "";
}

/** `measure=contract,contact=none` as an object; `none` is null. */
function readBasis(text: string | undefined): Record<string, string | null> | undefined {
  if (text === undefined) return undefined;
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [purpose, basis, ...more] = part.split("=").map((word) => word.trim());
      if (!purpose || !basis || more.length) {
        throw new UsageError("--basis is written as measure=contract,personalise=legitimate_interest.");
      }
      return [purpose, basis === "none" ? null : basis];
    }),
  );
}
