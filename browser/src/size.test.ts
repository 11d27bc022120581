import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { build } from "../../scripts/build.js";

const dist = resolve(import.meta.dirname, "../dist");
beforeAll(() => build({ only: ["browser"], quiet: true, apart: true }));

/** What a visitor's browser loads, in bytes: 6 kB for every page; the parts only where one is needed. */
test.each([
  ["rondell.js", 6_000],
  ["consent.js", 4_000],
  ["offers.js", 2_000],
  ["survey.js", 1_000],
])("%s is at most %i bytes", async (file, bytesMax) => {
  const bytes = gzipSync(await readFile(resolve(dist, file)), { level: 9 }).length;
  expect(bytes).toBeLessThanOrEqual(bytesMax);
});

test("no part knows the address of anybody", async () => {
  for (const file of ["rondell.js", "consent.js", "offers.js", "survey.js"])
    expect(await readFile(resolve(dist, file), "utf8")).not.toMatch(/https?:\/\//);
});
