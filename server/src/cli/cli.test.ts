import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readArgs, UsageError } from "./command.ts";
import { connect } from "./connection.ts";
import { expandGlobs } from "./files.ts";
import { table } from "./output.ts";
import { barLine } from "./progress.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "rondell-cli-"));
  await mkdir(join(dir, "a", "deep"), { recursive: true });
  for (const name of ["b.csv", "a.csv", "c.txt", ".hidden.csv", "a/d.csv", "a/deep/e.csv.gz", "odd[1].csv"]) {
    await writeFile(join(dir, name), "x");
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test("patterns in quotes find files on every system, sorted and each once", async () => {
  const found = async (...patterns: string[]) =>
    (await expandGlobs(patterns.map((pattern) => join(dir, pattern)))).map((file) =>
      file.slice(dir.length + 1),
    );
  expect(await found("*.csv")).toEqual(["a.csv", "b.csv", "odd[1].csv"]);
  expect(await found("?.csv", "a.csv")).toEqual(["a.csv", "b.csv"]);
  expect(await found("**/*.{csv,csv.gz}")).toEqual([
    "a.csv",
    "a/d.csv",
    "a/deep/e.csv.gz",
    "b.csv",
    "odd[1].csv",
  ]);
  expect(await found("odd[1].csv")).toEqual(["odd[1].csv"]);
  await expect(found("*.json")).rejects.toThrow(UsageError);
  await expect(found("gone.csv")).rejects.toThrow("There is no file");
});

test("a wrongly written command is refused before anything is asked", () => {
  const options = {
    name: { value: "NAME", summary: "A name.", required: true },
    json: { summary: "As JSON." },
  } as const;
  expect(readArgs(["--name", "x", "-j"], options).values).toEqual({ name: "x", json: true });
  expect(readArgs(["--name=x"], options).values).toEqual({ name: "x", json: false });
  expect(() => readArgs([], options)).toThrow("--name is missing: A name.");
  expect(() => readArgs(["--name", "x", "--other"], options)).toThrow(UsageError);
  expect(() => readArgs(["--name", "x", "stray"], options)).toThrow(UsageError);
  expect(() => readArgs(["--name", "x"], options, "one")).toThrow(UsageError);
  const garden = { garden: { value: "ID", summary: "The garden." } } as const;
  expect(() => readArgs(["--garden", ""], garden)).toThrow("--garden is empty");
  for (const id of ["🌱", "ü", "../x", ""])
    expect(() => connect(dir, id), id).toThrow(`There is no garden ${id}.`);
});

test("a bar says how far, how fast and how long", () => {
  expect(barLine({ what: "Importing", share: 0.25, rows: 50_000, step: "reading", seconds: 5 })).toBe(
    "Importing  [######..................] 25 %  50,000 rows, 10,000 rows/s  0:15 left  reading",
  );
  expect(barLine({ what: "Importing", share: null, seconds: 5 })).toBe("Importing  …");
  expect(barLine({ what: "Importing", share: 1, seconds: 5 })).not.toContain("left");
});

test("a result is a table with figures at the right", () => {
  expect(
    table([
      { name: "a", n: 5 },
      { name: "long name", n: 12_345 },
    ]),
  ).toBe(["name           n", "---------  -----", "a              5", "long name  12345"].join("\n"));
});
