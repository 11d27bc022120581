import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import german from "./de.ts";
import english from "./en.ts";

/* The glossary and the screens say the same words: what stands in one is found in the other. */
const root = resolve(import.meta.dirname, "../../..");
const rows = readFileSync(join(root, "GLOSSARY.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| English"))
  .map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );

const portal = (language: string) =>
  Object.values(
    JSON.parse(readFileSync(join(root, `portal/src/strings.${language}.json`), "utf8")) as Record<
      string,
      string
    >,
  );
const onScreen = (catalogue: Record<string, Record<string, string>>, language: string) =>
  [...Object.values(catalogue).flatMap((strings) => Object.values(strings)), ...portal(language)]
    .join("\n")
    .toLowerCase();

function code(folder: string): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") || name.endsWith(".sql"))
    .map((name) => readFileSync(join(root, folder, name), "utf8"))
    .join("\n");
}

/** Endings change with case and number: a word counts as said when its stem is. */
const stems = (term: string) =>
  term
    .toLowerCase()
    .split(/[\s()]+/)
    .filter(Boolean)
    .map((word) => word.slice(0, Math.max(4, word.length - 2)));

test("the glossary is one table: a line for each word, in order, each once", () => {
  expect(rows.length).toBeGreaterThan(90);
  expect(rows.filter((row) => row.length !== 3 || row.some((cell) => !cell))).toEqual([]);
  const words = rows.map(([word = ""]) => word.toLowerCase());
  expect(words).toEqual([...new Set(words)].sort((a, b) => (a < b ? -1 : 1)));
});

test("each German word of the glossary is said on a screen", () => {
  const screens = onScreen(german, "de");
  const unsaid = rows
    .filter(([, word]) => word !== "–")
    .flatMap(([, words = ""]) => words.split(/, | oder /))
    .filter((word) => !stems(word).every((stem) => screens.includes(stem)));
  expect(unsaid).toEqual([]);
});

test("each English word of the glossary is said on a screen, or is a word of the code", () => {
  const said = `${onScreen(english, "en")}\n${[
    "server/src",
    "server/migrations",
    "models/src",
    "admin/src",
    "browser/src",
  ]
    .map(code)
    .join("\n")
    .replace(/[-_]/g, " ")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()}`;
  const unsaid = rows
    .flatMap(([words = ""]) => words.split(", "))
    .filter((word) => !stems(word).every((stem) => said.includes(stem)));
  expect(unsaid).toEqual([]);
});

test("words that were given up are on no screen", () => {
  const gone =
    /vergleichsgruppe|änderungsverlauf|\bkatalog\b|bearbeiterin|einrichtungs-?token|nächstes passendes/;
  expect(onScreen(german, "de").match(gone)?.[0]).toBeUndefined();
  expect(onScreen(english, "en").match(/setup token/)?.[0]).toBeUndefined();
  expect(german.customers?.["page.stage"]).toBe("Lebensphase");
});

test("people are called by the glossary's words, and customers are women and men", () => {
  const said = onScreen(german, "de")
    .replace(/kundinnen und kunden|kundin(?:nen)? (?:oder|und) (?:(?:dem|zum|einem) )?kunden?/g, "")
    .replace(/weder kundin noch kunden/g, "");
  const single =
    /\b(?:kunden?|besucher[ns]?|nutzer[ns]?|nutzer-ids?|käufer[ns]?|(?:wieder|viel)käufer[ns]?|interessent(?:en)?|inhabers?|absenders?)\b/g;
  expect(said.match(single) ?? []).toEqual([]);
});
