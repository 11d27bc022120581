import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { identifies, namesPerson, type Person } from "../../garden/index.ts";
import { judgeRecord } from "./sift.ts";
import { isJson } from "./sniff-json.ts";

/** A record may run over this many lines before its quotation mark counts as not closed. */
const linesMax = 100;
/** Whether a record of a table belongs to somebody: one of its cells is an identifier of theirs, and not only like it. */
export function recordIsOf(person: Pick<Person, "identifiers">) {
  const isOf = identifies(person);
  return (cells: readonly string[], header: readonly string[]): boolean =>
    cells.some((cell, at) => isOf(cell, header[at]));
}

/** The sign that divides the columns of a header. */
function delimiterOf(header: string): string {
  const counts = [",", ";", "\t", "|"].map((sign) => ({ sign, count: header.split(sign).length }));
  return counts.sort((a, b) => b.count - a.count)[0]!.sign;
}

/** The cells of one whole record. */
function cellsOf(record: string, delimiter: string): string[] {
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < record.length; at++) {
    const sign = record[at]!;
    if (sign === '"' && quoted && record[at + 1] === '"') {
      cell += '"';
      at++;
    } else if (sign === '"') quoted = !quoted;
    else if (sign === delimiter && !quoted) {
      cells.push(cell);
      cell = "";
    } else cell += sign;
  }
  return [...cells, cell];
}

const decoded = (cells: readonly string[]) =>
  cells.map((cell) => Buffer.from(cell, "latin1").toString("utf8"));

/**
 * Takes the records of a person out of a table or lines of JSON in a file, and gives how many they were. The file is replaced as a whole:
 * whoever reads it meanwhile reads the former one. Bytes of other records stay as they are.
 */
export async function withoutPerson(path: string, gzip: boolean, person: Person): Promise<number> {
  const size = await stat(path).catch(() => undefined);
  if (!size || !person.identifiers.length) return 0;
  const target = `${path}.part`;
  const source = createReadStream(path, { highWaterMark: 256 * 1024 });
  const plain = gzip ? source.pipe(createGunzip()) : source;
  source.on("error", (error) => plain.destroy(error));
  // Bytes pass as they are, whatever their encoding: latin1 gives each byte one character.
  plain.setEncoding("latin1");
  const counted = { removed: 0 };
  try {
    const kept = Readable.from(keptRecords(plain as AsyncIterable<string>, person, counted));
    const out = createWriteStream(target, { mode: size.mode & 0o777 });
    await (gzip ? pipeline(kept, createGzip(), out) : pipeline(kept, out));
    if (counted.removed) await rename(target, path);
  } finally {
    source.destroy();
    await rm(target, { force: true });
  }
  return counted.removed;
}

async function* keptRecords(
  parts: AsyncIterable<string>,
  person: Person,
  counted: { removed: number },
): AsyncIterable<Buffer> {
  const isOf = recordIsOf(person);
  let header: string[] | undefined;
  let delimiter = ",";
  let waiting = "";
  let lines = 0;
  let json: boolean | undefined;
  const namesIt = namesPerson(person);
  const settleObject = (line: string): string => {
    if (!namesIt(parsed(Buffer.from(line, "latin1").toString("utf8")))) return line;
    counted.removed++;
    return "";
  };
  /** What of a record is kept: all or nothing. */
  const settle = (record: string): string => {
    const text = record.replace(/\r?\n$/, "");
    if (header === undefined) {
      delimiter = delimiterOf(text);
      header = decoded(cellsOf(text, delimiter));
      return record;
    }
    if (!isOf(decoded(cellsOf(text, delimiter)), header)) return record;
    counted.removed++;
    return "";
  };
  let rest = "";
  for await (const part of parts) {
    const pieces = (rest + part).split("\n");
    rest = pieces.pop()!;
    let kept = "";
    json ??= isJson((pieces[0] ?? rest).replace(/^\u00ef\u00bb\u00bf/, ""));
    for (const piece of pieces) {
      if (json) {
        kept += settleObject(`${piece}\n`);
        continue;
      }
      waiting += `${piece}\n`;
      lines++;
      const isOpen =
        waiting.includes('"') &&
        lines < linesMax &&
        judgeRecord(waiting.replace(/\r?\n$/, ""), delimiter).state === "open";
      if (isOpen) continue;
      kept += settle(waiting);
      waiting = "";
      lines = 0;
    }
    if (kept) yield Buffer.from(kept, "latin1");
  }
  const last = waiting + rest;
  if (last) yield Buffer.from(json ? settleObject(last) : settle(last), "latin1");
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
