import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseSync } from "oxc-parser";
import { describe, expect, test } from "vitest";

/**
 * The order of imports: stations of the loop, and in each its domains. A domain may use what stands
 * before it, through its `index.ts`, and nothing after it.
 */
const order = [
  "platform",
  "garden",
  "data/consent",
  "data/identity",
  "data/suppression",
  "data/events",
  "data/profiles",
  "data/accounts",
  "data/duplicates",
  "data/quality",
  "data/touchpoints",
  "data/outbound",
  "data/collect",
  "data/merges",
  "data/imports",
  "data/contacts",
  "data/privacy",
  "insight/runs",
  "insight/value",
  "insight/lifecycle",
  "insight/journeys",
  "insight/attribution",
  "offer/catalogue",
  "offer/recommendations",
  "offer/experiments",
  "offer/placements",
  "experience/surveys",
  "experience/portal",
  "loop/customer",
  "loop/account",
  "loop/turn",
];

const src = resolve(import.meta.dirname, "../src");

function filesBelow(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) return filesBelow(path);
    return name.endsWith(".ts") && !name.endsWith(".test.ts") && name !== "testing.ts" ? [path] : [];
  });
}

/** The domain a file belongs to, or undefined for the few files that put the domains together. */
function domainOf(path: string): string | undefined {
  const inside = relative(src, path);
  return order.find((domain) => inside.startsWith(`${domain}/`));
}

interface Import {
  from: string;
  to: string;
  specifier: string;
}

function importsOf(path: string): Import[] {
  const { module } = parseSync(path, readFileSync(path, "utf8"));
  const specifiers = [
    ...module.staticImports.map((one) => one.moduleRequest.value),
    ...module.staticExports.flatMap((one) =>
      one.entries.flatMap((entry) => entry.moduleRequest?.value ?? []),
    ),
  ];
  return specifiers
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => ({ from: path, to: resolve(dirname(path), specifier), specifier }));
}

const imports = filesBelow(src).flatMap(importsOf);
const short = (path: string) => relative(src, path);

describe("the order of imports", () => {
  test("the parser sees the imports", () => {
    expect(imports.length).toBeGreaterThan(200);
  });

  test("every folder with code is a domain of the list, or puts domains together", () => {
    const together = new Set(["cli", "sample"]);
    const strangers = filesBelow(src)
      .filter((path) => !domainOf(path) && short(path).includes("/"))
      .map((path) => short(path).split("/").slice(0, 2).join("/"))
      .filter((path) => !together.has(path.split("/")[0]!) && !/\.ts$/.test(path));
    expect([...new Set(strangers)]).toEqual([]);
  });

  test("a domain uses only what stands before it", () => {
    const wrong = imports
      .filter(({ from, to }) => {
        const user = domainOf(from);
        if (!user) return false;
        const used = domainOf(to);
        // A file outside of the list stands above all domains.
        return used === undefined
          ? short(to).split("/")[0] !== "config.ts"
          : order.indexOf(used) > order.indexOf(user);
      })
      .map(({ from, specifier }) => `${short(from)} uses ${specifier}`);
    expect(wrong).toEqual([]);
  });

  test("a domain is entered through its index", () => {
    const wrong = imports
      .filter(({ from, to }) => {
        const [user, used] = [domainOf(from), domainOf(to)];
        if (!user || !used || user === used) return false;
        // The platform is a shelf of modules, not one domain.
        return used !== "platform" && short(to) !== `${used}/index.ts`;
      })
      .map(({ from, specifier }) => `${short(from)} uses ${specifier}`);
    expect(wrong).toEqual([]);
  });

  test("only config.ts reads the environment", () => {
    const readers = filesBelow(src)
      .filter((path) => /process\.env\b/.test(readFileSync(path, "utf8")))
      .map(short);
    expect(readers).toEqual(["config.ts"]);
  });

  test("the models know no I/O", () => {
    const models = filesBelow(resolve(src, "../../models/src"));
    const doing = models.filter((path) =>
      /from "(node:|pg|fastify|chdb|@clickhouse)/.test(readFileSync(path, "utf8")),
    );
    expect(doing).toEqual([]);
  });
});
