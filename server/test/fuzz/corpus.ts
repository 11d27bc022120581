import { brotliCompressSync, deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";

/** Texts that broke something somewhere: characters that stores do not keep, words with a meaning, SQL, paths, formulas. */
export const oddTexts = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud83d",
  "x\udc00y",
  "\ufeff",
  "\u202e\u2066",
  "😀".repeat(70),
  "e\u0301".repeat(40),
  "\r\nset-cookie: a=b",
  "\t\n\v\f",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "__pro\0to__",
  "' or 1=1; --",
  "'; drop table customers; --",
  '") union select * from pg_user --',
  "\\' or \\\"",
  "$1",
  "{id:UInt64}",
  "%",
  "\\",
  "%%_%%",
  "[a-",
  "(a+)+$",
  "../../../../etc/passwd",
  "..\\..\\x",
  "/dev/zero",
  "file:///etc/passwd",
  "http://169.254.169.254/latest/meta-data/",
  "http://[::1]:5432/",
  "javascript:alert(1)",
  "<script>alert(1)</script>",
  "{{7*7}}",
  '=cmd|" /C calc"!A0',
  "+1+1",
  "-2+3",
  "@SUM(A1)",
  "null",
  "undefined",
  "NaN",
  "Infinity",
  "-0",
  "1e400",
  "9007199254740993",
  "-9223372036854775809",
  "18446744073709551616",
  "0x10",
  "1,5",
  "٣",
  "true",
  "[]",
  "{}",
  '{"a":1',
  "0000-00-00",
  "2026-02-30",
  "9999-12-31T23:59:59Z",
  "+275760-09-13T00:00:00Z",
  "-000001-01-01T00:00:00Z",
  "2026-05-14T09:30:00+99:99",
  "Europe/Nowhere",
  "00000000-0000-0000-0000-000000000000",
  "x".repeat(300),
  "x".repeat(20_000),
];

/** Numbers at the edges of what the engines, JSON and dates hold. */
export const oddNumbers = [
  0,
  -0,
  -1,
  1,
  0.1,
  1.5,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  2 ** 64,
  -(2 ** 63) - 2048,
  1e21,
  1e308,
  -1e308,
  5e-324,
  8.64e15,
  8.64e15 + 1,
];

export const oddText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...oddTexts) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);
export const oddNumber = fc.oneof(fc.constantFrom(...oddNumbers), fc.double({ noNaN: true }));

const deepArray = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels)) as unknown;

/** Whatever JSON can hold, and what an object of JavaScript should not be asked for. */
export const oddValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    oddText,
    oddNumber,
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom(
      deepArray(30),
      JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
    ),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .array(fc.tuple(oddText, tie("value")), { maxLength: 4 })
      .map((pairs) => Object.fromEntries(pairs) as unknown),
  ),
})).value;

/** A body as it goes over the wire. */
export interface RawBody {
  bytes: Buffer | string;
  headers: Record<string, string>;
}
const json = { "content-type": "application/json" };
const nested = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels);
const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024, 0x20), { level: 9 });

/** Bodies that no schema makes: broken, of another kind than they say, nested, or unpacking to far more than they are. */
export const rawBodies: readonly RawBody[] = [
  { bytes: "", headers: json },
  { bytes: "{", headers: json },
  { bytes: "nul", headers: json },
  { bytes: "null", headers: json },
  { bytes: "1e400", headers: json },
  { bytes: '{"a":1e400,"b":-1e400,"c":-0}', headers: json },
  { bytes: '"text"', headers: json },
  { bytes: "[]", headers: json },
  { bytes: "\ufeff{}", headers: json },
  { bytes: '{"a":"\\ud83d","b":"\\u0000"}', headers: json },
  { bytes: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), headers: json },
  { bytes: '{"__proto__":{"polluted":1}}', headers: json },
  { bytes: '{"constructor":{"prototype":{"polluted":1}}}', headers: json },
  {
    bytes: '{"batch":[{"__proto__":{"polluted":1},"type":"track","event":"x","userId":"u"}]}',
    headers: json,
  },
  { bytes: nested("[", "]", 10_000), headers: json },
  { bytes: nested('{"a":', "}", 10_000).replace(":}", ":1}"), headers: json },
  {
    bytes: `{"batch":[{"type":"track","event":"x","userId":"u","properties":${nested("[", "]", 10_000)}}]}`,
    headers: json,
  },
  { bytes: `{"${"k".repeat(100_000)}":1}`, headers: json },
  { bytes: `{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":${n}`).join()}}`, headers: json },
  { bytes: `[${"{},".repeat(20_000)}{}]`, headers: json },
  { bytes: JSON.stringify("x".repeat(1_100_000)), headers: json },
  { bytes: "{}", headers: { "content-type": "text/plain" } },
  { bytes: "{}", headers: { "content-type": "application/json; charset=utf-16" } },
  { bytes: "{}", headers: { "content-type": "application/x-www-form-urlencoded" } },
  {
    bytes: "a=1&a[]=2&__proto__[x]=1&data=%7B&data=e30",
    headers: { "content-type": "application/x-www-form-urlencoded" },
  },
  { bytes: "--x\r\n\r\n{}\r\n--x--", headers: { "content-type": "multipart/form-data; boundary=x" } },
  { bytes: "<a/>", headers: { "content-type": "application/xml" } },
  { bytes: "{}", headers: { "content-type": "" } },
  { bytes: "{}", headers: { "content-type": ";;;=" } },
  { bytes: gzipSync("{}"), headers: { ...json, "content-encoding": "gzip" } },
  { bytes: gzipSync('{"batch":[]}').subarray(0, 20), headers: { ...json, "content-encoding": "gzip" } },
  {
    bytes: Buffer.concat([gzipSync("{}"), Buffer.from("tail")]),
    headers: { ...json, "content-encoding": "gzip" },
  },
  { bytes: gzipSync(gzipSync("{}")), headers: { ...json, "content-encoding": "gzip, gzip" } },
  { bytes: "{}", headers: { ...json, "content-encoding": "gzip" } },
  { bytes: deflateRawSync("{}"), headers: { ...json, "content-encoding": "deflate" } },
  { bytes: brotliCompressSync("{}"), headers: { ...json, "content-encoding": "br" } },
  { bytes: bomb, headers: { ...json, "content-encoding": "gzip" } },
  { bytes: bomb, headers: { "content-type": "application/octet-stream" } },
  { bytes: bomb.toString("base64"), headers: { "content-type": "text/plain" } },
  {
    bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0xff, 0xff]),
    headers: { "content-type": "application/zstd" },
  },
  { bytes: "PAR1xxxxPAR1", headers: { "content-type": "application/octet-stream" } },
];

/** Headers that say odd things about who asks, and from where. */
export const oddHeaders: readonly Record<string, string>[] = [
  { "x-rondell-garden": "__proto__" },
  { "x-rondell-garden": "test'; --" },
  { "x-forwarded-for": "1.2.3.4, , ::ffff:999.1.1.1, x" },
  { origin: "null" },
  { origin: "http://[::bad" },
  { referer: "\\\\nowhere" },
  { "user-agent": "(a".repeat(2_000) },
  { "accept-language": "de;q=NaN,__proto__" },
  { "last-event-id": "-1" },
  { "last-event-id": "99999999999999999999" },
  { cookie: "rondell.session_token=%E0%A4%A; __proto__=1; a" },
  { "if-none-match": "*", range: "bytes=5-1,-" },
  { expect: "100-continue" },
  { host: "evil.example:99999" },
];
