import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { type Command, readArgs, shared } from "./command.ts";
import { withServer } from "./connection.ts";
import { expandGlobs } from "./files.ts";
import { pairs, print, table } from "./output.ts";

interface Imported {
  read: number;
  recorded: number;
  unchanged: number;
  rejected: { line: number; code: string }[];
}

const options = { garden: shared.garden, json: shared.json } as const;

/** Lines that are sent at once. */
const linesMax = 10_000;

export const importConsentsCommand: Command = {
  name: "import consents",
  operands: "<files…>",
  summary: "Take over answers of elsewhere from CSV: user_id or email, purpose, granted, at, proof.",
  options,
  async run(args) {
    const { values, operands } = readArgs(args, options, "some");
    const files = await expandGlobs(operands);
    const result = await withServer(values.garden, async (server) => {
      const sum = {
        read: 0,
        recorded: 0,
        unchanged: 0,
        rejected: [] as (Imported["rejected"][number] & { file: string })[],
      };
      for (const file of files) {
        for await (const part of partsOf(file)) {
          const done = await server.call<Imported>("POST", "/api/consents/csv", {
            name: basename(file),
            ...part,
          });
          sum.read += done.read;
          sum.recorded += done.recorded;
          sum.unchanged += done.unchanged;
          sum.rejected.push(...done.rejected.map((one) => ({ file: basename(file), ...one })));
        }
      }
      return sum;
    });
    if (result.rejected.length) process.exitCode = 1;
    print(values.json, result, () => {
      const { rejected, ...counts } = result;
      const lines = pairs([...Object.entries(counts), ["rejected", rejected.length]]);
      return rejected.length ? `${lines}\n\n${table(rejected.slice(0, 20))}` : lines;
    });
  },
};

/** A file in parts that fit into a request, each with the header. A quoted cell may hold line ends: it is not cut. */
async function* partsOf(file: string): AsyncGenerator<{ csv: string; firstLine: number }> {
  let header: string | undefined;
  let lines: string[] = [];
  let firstLine = 2;
  let number = 0;
  let quotes = 0;
  for await (const line of createInterface({
    input: createReadStream(file, "utf8"),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++;
    if (header === undefined) {
      header = line;
      continue;
    }
    if (!lines.length) firstLine = number;
    lines.push(line);
    quotes += line.split('"').length - 1;
    if (lines.length >= linesMax && quotes % 2 === 0) {
      yield { csv: [header, ...lines].join("\n"), firstLine };
      lines = [];
    }
  }
  if (header !== undefined && lines.length) yield { csv: [header, ...lines].join("\n"), firstLine };
}
