import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import german from "./de.ts";
import english from "./en.ts";

/*
 * The server refuses with codes and names events; both are told to people in their own language. This
 * reads the server's sources, so that neither a new code nor a new event comes without its words.
 */
const server = resolve(import.meta.dirname, "../../../server/src");

const sources = readdirSync(server, { recursive: true, encoding: "utf8" })
  // Ready mappings hold names that other systems give to their columns, which are no words of the product.
  .filter((name) => name.endsWith(".ts") && !/\.test\.ts$|testing\.ts$|imports\/ready\//.test(name))
  .map((name) => readFileSync(join(server, name), "utf8"));

const CODE = /"([a-z_]+(?:\.[a-z_]+)+)"/g;
const codesIn = (text: string) => [...text.matchAll(CODE)].map(([, code = ""]) => code);

/** Codes that are thrown, declared by a route, or written down beside an event that was not accepted. */
function refusedWith(source: string): string[] {
  const thrown = [...source.matchAll(/(?:\brefuse|new Refusal|\bfault)\(/g)].map((call) => {
    const rest = source.slice(call.index, call.index + 240);
    // The code stands before the message, which begins like a sentence or is a template.
    return ["", rest.slice(0, rest.search(/"[A-Z]|`|;|$/))];
  });
  const declared = [...source.matchAll(/refusals:\s*\[([^\]]*)\]/g)];
  const beside = [...source.matchAll(/\bcode:\s*("[^"]+")/g)];
  const named = [...source.matchAll(/:\s*("rate\.[a-z_]+")/g)];
  const returned = [...source.matchAll(/return\s+("(?:rate|request)\.[a-z_]+")/g)];
  return [...thrown, ...declared, ...beside, ...named, ...returned].flatMap(([, part = ""]) => codesIn(part));
}

const wordsFor = (catalogue: Record<string, Record<string, string>>) =>
  new Set(Object.values(catalogue).flatMap((strings) => Object.keys(strings)));

test("each code that the server refuses with has its words in both languages", () => {
  const codes = new Set(sources.flatMap(refusedWith));
  // Some that are written in different ways: the reader of the sources must find them all.
  for (const known of [
    "survey.not_draft",
    "filter.value",
    "event.too_large",
    "job.running",
    "query.not_reading",
    "rate.line_day",
    "rate.limited",
    "disk.full",
    "backup.unreadable",
    "customers.filter_unknown",
  ]) {
    expect(codes).toContain(known);
  }
  for (const catalogue of [english, german]) {
    const words = wordsFor(catalogue);
    expect([...codes].filter((code) => !words.has(`refusal.${code}`)).sort()).toEqual([]);
  }
});

test("each event that the product names has a name for people in both languages", () => {
  const names = new Set(
    sources.flatMap((source) =>
      [...source.matchAll(/["'`]([A-Z][a-z]+(?: [A-Za-z]+)+)["'`]/g)]
        .map(([, name = ""]) => name)
        .filter((name) =>
          /^(?:Order|Product|Cart|Checkout|Page|Screen|Survey|Review|Offer|Consent|Ticket|Customer|Group|Email|Newsletter|Signed|Trial|Lead) (?:[A-Z]|to )/.test(
            name,
          ),
        ),
    ),
  );
  expect(names).toContain("Survey Answer Changed");
  expect(names).toContain("Product Added to Wishlist");
  expect(names.size).toBeGreaterThan(18);
  // The simulator's tickets are named with their state.
  for (const name of [...names, "Unsubscribed", "Ticket Opened", "Ticket Closed"]) {
    for (const catalogue of [english, german])
      expect(catalogue.customers, name).toHaveProperty([`event.${name}`]);
  }
});
