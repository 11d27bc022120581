import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { writeParts } from "./space.ts";

/** A line whose quotation marks cannot be right, with its number in the file (the header is 1). */
export interface BrokenLine {
  line: number;
  text: string;
}

/** A record may run over this many lines before its quotation mark counts as not closed. */
const linesMax = 100;

/** Divides columns where the file's own delimiter cannot: no text holds this control character. */
export const unitSeparator = "\u001f";

/** A sound record with another delimiter, which no longer needs to be told apart from the text in quotes. */
export function withDelimiter(record: string, from: string, to: string): string {
  if (!record.includes('"')) return record.replaceAll(from, to);
  let result = "";
  let quoted = false;
  for (const character of record) {
    if (character === '"') quoted = !quoted;
    result += character === from && !quoted ? to : character;
  }
  return result;
}

type Verdict = { state: "whole"; columns: number } | { state: "open" } | { state: "broken" };

/** Whether a text is one whole record, an unfinished one, or one with a quotation mark out of place. */
export function judgeRecord(text: string, delimiter: string): Verdict {
  let columns = 1;
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      for (at++; ; at += 2) {
        at = text.indexOf('"', at);
        if (at < 0) return { state: "open" };
        if (text[at + 1] !== '"') break;
      }
      at++;
      if (at < text.length && text[at] !== delimiter) return { state: "broken" };
    } else {
      const next = text.indexOf(delimiter, at);
      at = next < 0 ? text.length : next;
    }
    if (at >= text.length) return { state: "whole", columns };
    columns++;
    at++;
  }
}

/**
 * How many of the lines are the first record; 0 when its first line is broken, undefined when more lines
 * are needed. Fewer than `from` lines are known to be too few.
 */
function recordLength(
  lines: readonly string[],
  file: { delimiter: string; width: number },
  from: number,
): number | undefined {
  for (let count = from; count <= lines.length; count++) {
    const verdict = judgeRecord(lines.slice(0, count).join("\n"), file.delimiter);
    if (verdict.state === "broken") return 0;
    // A record over several lines with too many or too few columns has swallowed some that are not its own.
    if (verdict.state === "whole") return count === 1 || verdict.columns === file.width ? count : 0;
  }
  return undefined;
}

/** A line that is too long to be one of a table: it would have to be held in memory whole. */
export class LongLine extends Error {}

/** Characters of a line, beyond which it is none. */
const lineMax = 16 * 1024 * 1024;

/** The lines of a text that comes in parts, those of one part at a time. */
async function* linesOf(parts: AsyncIterable<string>): AsyncIterable<string[]> {
  let rest = "";
  for await (const part of parts) {
    const lines = (rest + part).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    if (rest.length > lineMax) throw new LongLine(`A line has more than ${lineMax} characters.`);
    yield lines;
  }
  if (rest) yield [rest.replace(/\r$/, "")];
}

/**
 * Copies the sound records of a file to `target`, with another delimiter where one is given, and hands over
 * the lines with broken quotation marks. A mark that is not closed costs its own line only, not those that
 * follow. For files that the engine could not read; it works through them with little memory. Refuses
 * file.no_space.
 */
export async function siftQuotes(
  file: { path: string; gzip: boolean; delimiter: string; width: number },
  target: string,
  onBroken: (line: BrokenLine) => Promise<void>,
  delimiter = file.delimiter,
): Promise<{ kept: number; broken: number }> {
  const source = createReadStream(file.path, { highWaterMark: 256 * 1024 });
  const plain = file.gzip ? source.pipe(createGunzip()) : source;
  source.on("error", (error) => plain.destroy(error));
  // Bytes pass as they are, whatever their encoding: latin1 gives each byte one character.
  plain.setEncoding("latin1");
  let kept = 0;
  let broken = 0;
  /** Lines that are not settled yet, how many of them are known to be too few, and the number of the first. */
  let waiting: string[] = [];
  let tooFew = 0;
  let number = 1;

  /** Settles records from the front of the waiting lines, as far as they can be told. */
  function settle(atEnd: boolean, sound: string[], bad: BrokenLine[]): void {
    while (waiting.length) {
      const length = recordLength(waiting, file, tooFew + 1);
      if (length === undefined && !atEnd && waiting.length < linesMax) {
        tooFew = waiting.length;
        return;
      }
      tooFew = 0;
      if (length) {
        kept++;
        sound.push(withDelimiter(waiting.slice(0, length).join("\n"), file.delimiter, delimiter), "\n");
      } else {
        broken++;
        bad.push({ line: number, text: Buffer.from(waiting[0]!, "latin1").toString("utf8") });
      }
      number += length || 1;
      waiting = waiting.slice(length || 1);
    }
  }

  async function* records(): AsyncIterable<Buffer> {
    try {
      const give = async function* (sound: string[], bad: BrokenLine[]) {
        for (const line of bad) await onBroken(line);
        if (sound.length) yield Buffer.from(sound.join(""), "latin1");
      };
      for await (const lines of linesOf(plain as AsyncIterable<string>)) {
        const sound: string[] = [];
        const bad: BrokenLine[] = [];
        for (const line of lines) {
          // Most lines hold no quotation mark: each is a record, whatever it holds.
          if (!waiting.length && !line.includes('"')) {
            kept++;
            number++;
            sound.push(
              delimiter === file.delimiter ? line : line.replaceAll(file.delimiter, delimiter),
              "\n",
            );
            continue;
          }
          waiting.push(line);
          settle(false, sound, bad);
        }
        yield* give(sound, bad);
      }
      const sound: string[] = [];
      const bad: BrokenLine[] = [];
      settle(true, sound, bad);
      yield* give(sound, bad);
    } finally {
      source.destroy();
      plain.destroy();
    }
  }

  await writeParts(target, records());
  return { kept, broken };
}
