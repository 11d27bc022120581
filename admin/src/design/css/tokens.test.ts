import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(resolve(import.meta.dirname, path), "utf8");
const admin = read("tokens.css");
const portal = read("../../../../portal/src/tokens.css");

/** Variables of the block that begins with a text, each with its value. */
function valuesOf(css: string, begin: string): Map<string, string> {
  const from = css.indexOf(begin);
  expect(from, begin).toBeGreaterThanOrEqual(0);
  const block = css.slice(from + begin.length, css.indexOf("}", from));
  return new Map(
    [...block.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name = "", value = ""]) => [
      name,
      value.replace(/\s+/g, " ").trim(),
    ]),
  );
}

/** What customers' pages have larger, for fingers. */
const own = new Set(["--r-control", "--control"]);

test("customers' pages have the values of the operators' pages, in light and in dark", () => {
  const pairs = [
    [valuesOf(portal, ":root {"), valuesOf(admin, ":root {")],
    [
      valuesOf(portal.slice(portal.indexOf("@media")), ":root {"),
      valuesOf(admin, 'data-mantine-color-scheme="dark"] {'),
    ],
  ] as const;
  for (const [theirs, ours] of pairs) {
    expect(theirs.size).toBeGreaterThan(10);
    for (const [name, value] of theirs) {
      if (!own.has(name)) expect([name, value]).toEqual([name, ours.get(name)]);
    }
  }
});
