import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { run } from "../cli.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "rondell-attribution-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** What the command prints and how it ends, for a file of this content. */
async function attribution(content: string | Buffer, ...args: string[]) {
  const file = join(dir, "journeys.csv");
  await writeFile(file, content);
  const written = { out: "", error: "" };
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.out += text;
    return true;
  });
  const error = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.error += text;
    return true;
  });
  try {
    const code = await run(["attribution", "--in", file, ...args]);
    return { code, ...written };
  } finally {
    out.mockRestore();
    error.mockRestore();
  }
}

const paths = `path,total_conversions,total_conversion_value,total_null
search,1,10,3
search > mail,2,20,2
`;

test("paths with their counts, by an exact chain of the order that was asked for", async () => {
  const { code, out } = await attribution(paths, "--order", "1", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({
    model: "markov",
    order: 1,
    channels: [
      { channel: "search", conversions: expect.closeTo(1.8), value: expect.closeTo(18), removalEffect: 1 },
      {
        ...{ channel: "mail", conversions: expect.closeTo(1.2), value: expect.closeTo(12) },
        removalEffect: expect.closeTo(2 / 3),
      },
    ],
  });
});

test("a touch a row, packed, with times, semicolons and a mark at its beginning", async () => {
  const touches = `\uFEFFcustomer;time;channel;converted;value
ada;2026-01-01T10:00:00Z;search;0;
ada;2026-01-08T10:00:00Z;mail;1;30
bo;2026-01-02;search;0;0
`;
  const { code, out } = await attribution(
    gzipSync(touches),
    "--model",
    "time-decay",
    "--half-life",
    "7",
    "--json",
  );
  expect(code).toBe(0);
  expect(JSON.parse(out).channels).toEqual([
    { channel: "mail", conversions: expect.closeTo(2 / 3), value: expect.closeTo(20) },
    { channel: "search", conversions: expect.closeTo(1 / 3), value: expect.closeTo(10) },
  ]);
  const near = await attribution(touches, "--model", "first", "--lookback-days", "3", "--json");
  expect(JSON.parse(near.out).channels[0]).toMatchObject({ channel: "mail", conversions: 1 });
});

test("all models side by side, for a person, with what attribution does not show", async () => {
  const { code, out } = await attribution(paths, "--model", "all");
  expect(code).toBe(0);
  expect(out).toMatch(
    /^channel +first +last +last-non-direct +linear +position +time-decay +markov +shapley/,
  );
  expect(out).toContain("does not show what a channel caused");
});

test("intervals hold the credit", async () => {
  const many = paths.replace("2,20,2", "200,2000,200").replace("1,10,3", "100,1000,300");
  const { out } = await attribution(many, "--model", "linear", "--intervals", "--json");
  for (const row of JSON.parse(out).channels) {
    expect(row.conversionsLow).toBeLessThan(row.conversions);
    expect(row.conversionsHigh).toBeGreaterThan(row.conversions);
    expect(row.valueHigh - row.valueLow).toBeGreaterThan(0);
  }
});

test.each([
  ["a,b\n1,2\n", [], 2, "It needs path and total_conversions"],
  ["path\na > b\n", [], 2, "The column total_conversions is missing"],
  ["customer,time,channel\nada,1,mail\n", [], 2, "The column converted is missing"],
  ["path,total_conversions\n", [], 1, "has no row below its header"],
  ["path,total_conversions\na > b,1\na > ,2\n", [], 1, "Line 3: a touch has no channel"],
  ["path,total_conversions\na,x\n", [], 1, "Line 2: a number is missing or not finite"],
  ["path,total_conversions\na,-1\n", [], 1, "Line 2: a count is negative"],
  ["path,total_conversions,total_conversion_value\na,0,5\n", [], 1, "Line 2: there is a value"],
  ["customer,time,channel,converted\nada,soon,mail,1\n", [], 1, "Line 2: a number is missing"],
  ['path,total_conversions\n"a,1\n', [], 1, "cannot be read as CSV"],
  [paths, ["--model", "last click"], 2, "there are first, last"],
  [paths, ["--order", "5"], 2, "1, 2, 3 or 4 touches"],
  [paths, ["--half-life=-1"], 2, "a number above 0"],
] as const)("%j %j is refused", async (content, args, exitCode, message) => {
  const { code, error } = await attribution(content, ...args);
  expect(code).toBe(exitCode);
  expect(error).toContain(message);
});
