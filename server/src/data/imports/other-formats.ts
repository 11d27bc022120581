import { refuse } from "../../platform/refusal.ts";

/** Whether the first bytes are those of a Parquet file. */
export const isParquet = (head: Buffer) => head.subarray(0, 4).toString("latin1") === "PAR1";

/** Whether the first bytes are those of a file packed with zstd. */
export const isZstd = (head: Uint8Array) =>
  head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;

const excel = (name: string) =>
  `The file ${name} is an Excel workbook. Open it, save the sheet as “CSV UTF-8”, and send that.`;
const packedTwice = (name: string) => `The file ${name} is packed twice. Unpack it once, and send that.`;
const packedOther = (name: string) =>
  `The file ${name} is packed in a way that is not read. Send it unpacked, or packed with gzip or zstd.`;

interface Other {
  /** Its first bytes, in hexadecimal. */
  start: string;
  /** What stands further on, where the first bytes do not tell. */
  holds?: RegExp;
  code: string;
  say: (name: string) => string;
}

/** Formats that are often sent under the name of a CSV, and what to do about each. */
const others: readonly Other[] = [
  { start: "504b0304", holds: /xl\/|\[Content_Types\]\.xml|_rels\//, code: "file.excel", say: excel },
  { start: "d0cf11e0", code: "file.excel", say: excel },
  {
    start: "504b",
    holds: /^PK\W/,
    code: "file.zip",
    say: (name) => `The file ${name} is a ZIP archive. Unpack it, and send the files that are in it.`,
  },
  { start: "1f8b", code: "file.packed_twice", say: packedTwice },
  { start: "28b52ffd", code: "file.packed_twice", say: packedTwice },
  { start: "425a68", holds: /^BZh[1-9]1AY/, code: "file.packing_unknown", say: packedOther },
  { start: "fd377a585a", code: "file.packing_unknown", say: packedOther },
  { start: "377abcaf", code: "file.packing_unknown", say: packedOther },
  { start: "52617221", code: "file.packing_unknown", say: packedOther },
  {
    start: "25504446",
    code: "file.pdf",
    say: (name) => `The file ${name} is a PDF, which holds pages and no table. Export the data as CSV.`,
  },
  {
    start: "",
    holds: /^(\u00ef\u00bb\u00bf)?\s*<(!doctype|html|\?xml|table)/i,
    code: "file.markup",
    say: (name) => `The file ${name} is a web page or XML. Export the data as CSV, JSON lines or Parquet.`,
  },
];

/** Whether a file may be a table: nothing that is known to be something else. */
export function isReadable(head: Buffer): boolean {
  const text = head.toString("latin1");
  const hex = head.subarray(0, 8).toString("hex");
  return others.every(
    ({ start, holds, code }) =>
      code === "file.packed_twice" || !hex.startsWith(start) || !(holds?.test(text) ?? true),
  );
}

/**
 * Refuses what is plainly something else, whatever its name: file.excel, file.zip, file.packing_unknown, file.packed_twice,
 * file.pdf, file.markup.
 */
export function refuseOther(head: Buffer, name: string): void {
  const text = head.subarray(0, 8192).toString("latin1");
  const hex = head.subarray(0, 8).toString("hex");
  const found = others.find(({ start, holds }) => hex.startsWith(start) && (holds?.test(text) ?? true));
  if (found) refuse("invalid", found.code, found.say(name), { name });
}
