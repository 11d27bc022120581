import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { fieldsOfRole, type Role, roleNames } from "../../src/data/imports/fields.ts";
import { lineKinds } from "../../src/data/imports/kinds/index.ts";
import { oddNumber, oddText } from "./corpus.ts";

/** A file, and a mapping that may fit it. */
export interface Fed {
  name: string;
  bytes: Buffer;
  mapping: Record<string, unknown>;
}

const dates = [
  "2026-03-01",
  "2026-03-01 10:00",
  "01.03.2026 8:05",
  "3/1/26",
  "1772355600",
  "2026-13-45",
  "0001-01-01",
  "9999-12-31T23:59:60Z",
  "soon",
  "",
];
const numbers = [
  "1",
  "-3",
  "19.90",
  "1.234,56",
  "1,234.56",
  "1e5",
  "1e400",
  "NaN",
  "-0",
  "99999999999999999999",
  "€5",
  "",
  "0x10",
  "٣",
];
const words = [
  "EUR",
  "usd",
  "ZZZ",
  "measure",
  "contact",
  "yes",
  "nein",
  "consent",
  "paid",
  "c1",
  "c2",
  "2.81772E+18",
  "ada@example.com",
  "not@an@address",
  "'; drop table customers; --",
  "{a:String}",
  "\\N",
  "null",
  "a;b|c,d",
];
const cell = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...words) },
  { weight: 3, arbitrary: fc.constantFrom(...dates) },
  { weight: 2, arbitrary: fc.constantFrom(...numbers) },
  { weight: 2, arbitrary: oddText },
  { weight: 1, arbitrary: oddNumber.map(String) },
);
/** What a field mostly holds, so that lines come through to the end. */
function cellOf(field: string): fc.Arbitrary<string> {
  const usual = /At$/.test(field)
    ? fc.constantFrom(...dates.slice(0, 2))
    : /amount|price|quantity|score|clicks|impressions|shipping|discount|total/i.test(field)
      ? fc.constantFrom(...numbers.slice(0, 3))
      : /purpose/.test(field)
        ? fc.constantFrom("measure", "contact")
        : /answer/.test(field)
          ? fc.constantFrom("yes", "no", "a1", "a2")
          : /email/.test(field)
            ? fc.constantFrom("ada@example.com", "bob@example.com")
            : /currency/.test(field)
              ? fc.constant("EUR")
              : fc.constantFrom("one", "two", "three");
  return fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: cell });
}

const quoted = (text: string, mark: string) =>
  text.includes(mark) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Frames of zstd whose one block is raw. */
function zstd(content: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < content.length || at === 0; at += 65_536) {
    const part = content.subarray(at, at + 65_536);
    const header = Buffer.alloc(3);
    header.writeUIntLE((part.length << 3) | (at + 65_536 >= content.length ? 1 : 0), 0, 3);
    blocks.push(header, part);
  }
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]), ...blocks]);
}

type Way = "csv" | "semicolons" | "tsv" | "json";
function written(way: Way, header: readonly string[], rows: readonly (readonly string[])[]): Buffer {
  if (way === "json")
    return Buffer.from(
      rows
        .map((row) => JSON.stringify(Object.fromEntries(header.map((name, at) => [name, row[at]]))))
        .join("\n"),
    );
  const mark = { csv: ",", semicolons: ";", tsv: "\t" }[way];
  return Buffer.from(
    [header, ...rows].map((row) => row.map((one) => quoted(one, mark)).join(mark)).join("\n"),
  );
}

/** Blows that files take on their way: bits that flip, ends that are missing, parts that come twice. */
const harmed = (bytes: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .array(fc.tuple(fc.constantFrom("flip", "cut", "double", "insert", "zero"), fc.nat(), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    })
    .map((blows) =>
      blows.reduce((whole, [how, seed, byte]) => {
        if (!whole.length) return whole;
        const at = seed % whole.length;
        if (how === "cut") return whole.subarray(0, at);
        if (how === "double") return Buffer.concat([whole, whole.subarray(at)]);
        if (how === "insert")
          return Buffer.concat([whole.subarray(0, at), Buffer.from([byte, 0x0d, 0x22]), whole.subarray(at)]);
        const copy = Buffer.from(whole);
        copy[at] = how === "zero" ? 0 : copy[at]! ^ (byte || 1);
        return copy;
      }, bytes),
    );

const packed = (bytes: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .constantFrom("plain", "plain", "gzip", "zstd")
    .map((how) => (how === "gzip" ? gzipSync(bytes) : how === "zstd" ? zstd(bytes) : bytes));

/** Kinds of file that stand alone in an import. */
const alone = roleNames.filter((role) => role === "lines" || role in lineKinds);

const rules = fc.record(
  {
    dates: fc.constantFrom("auto", "auto", "auto", "iso", "dmy", "unix"),
    decimalMark: fc.constantFrom("auto", ".", ","),
    withoutCustomer: fc.constantFrom("count_revenue", "leave_out"),
    duplicates: fc.constantFrom("keep", "drop"),
    overlap: fc.constantFrom("keep", "drop"),
    refunds: fc.constantFrom("own_event", "latest_order"),
    laterLines: fc.constantFrom("stand_alone", "as_first"),
    onceAnOrder: fc.boolean(),
    otherColumns: fc.constantFrom("keep", "leave_out"),
    customerIds: fc.record({
      removeDecimals: fc.boolean(),
      kind: fc.constantFrom("user_id", "email", "source_id"),
    }),
    notPurchased: fc.array(fc.constantFrom("one", "'", "\\"), { maxLength: 2 }),
    constants: fc.dictionary(
      fc.constantFrom("currency", "channel", "purpose", "nothing"),
      fc.constantFrom("EUR", "'", "measure"),
      { maxKeys: 2 },
    ),
    meanings: fc.dictionary(
      fc.constantFrom("answer", "status", "name"),
      fc.dictionary(fc.constantFrom("one", "'", "\\'"), fc.constantFrom("two", "'", "yes"), { maxKeys: 2 }),
      { maxKeys: 2 },
    ),
  },
  { requiredKeys: [] },
);

/** Names of columns, most as people write them. */
const columnName = (field: string) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(field) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        `${field}'`,
        `"${field}"`,
        `a\\${field}`,
        `${field}{x:String}`,
        `${field.toUpperCase()} ü`,
      ),
    },
  );

/** A file of a kind with the mapping for it; whole, packed, or harmed. `samples` are files of other formats to be harmed. */
export function fedFile(samples: readonly { name: string; bytes: Buffer }[]): fc.Arbitrary<Fed> {
  return fc.constantFrom<Role>(...alone).chain((role) => {
    const { needed, optional } = fieldsOfRole[role];
    const fields = [...needed, ...optional.filter((field) => !needed.includes(field))];
    return fc
      .tuple(
        fc.tuple(...fields.map(columnName)),
        fc.array(fc.tuple(...fields.map(cellOf)), { minLength: 1, maxLength: 12 }),
        fc.constantFrom<Way>("csv", "semicolons", "tsv", "json"),
        fc.subarray([...optional]),
        rules,
        fc.constantFrom("fuzz-a", "fuzz-b"),
      )
      .chain(([header, rows, way, used, ruled, source]) => {
        const columns = Object.fromEntries(
          fields.flatMap((field, at) =>
            needed.includes(field) || used.includes(field) ? [[field, header[at]!]] : [],
          ),
        );
        const whole = written(way, header, rows);
        const mapping = { title: "", source, files: { [role]: columns }, rules: ruled };
        const made = fc.oneof(
          { weight: 4, arbitrary: packed(whole) },
          { weight: 2, arbitrary: harmed(whole).chain(packed) },
          { weight: 1, arbitrary: packed(whole).chain(harmed) },
          ...(samples.length
            ? [{ weight: 1, arbitrary: fc.constantFrom(...samples).chain((one) => harmed(one.bytes)) }]
            : []),
        );
        return made.map((bytes) => ({ name: `${role}.${way === "json" ? "jsonl" : "csv"}`, bytes, mapping }));
      });
  });
}

/** Files of a folder, for harming. */
export const filesIn = (folder: string): { name: string; bytes: Buffer }[] =>
  readdirSync(folder).map((name) => ({ name, bytes: readFileSync(`${folder}/${name}`) }));
