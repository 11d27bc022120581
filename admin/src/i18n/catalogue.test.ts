import { expect, test } from "vitest";
import { byNamespace } from "./catalogue.ts";
import german from "./de.ts";
import english from "./en.ts";

/** Suffixes that i18next chooses by number; both languages have the same two. */
const PLURALS = ["_one", "_other"];

test("each namespace and key is there in both languages, and says something", () => {
  expect(Object.keys(english).length).toBeGreaterThan(4);
  expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  for (const [namespace, strings] of Object.entries(english)) {
    const other = german[namespace] ?? {};
    expect(Object.keys(other).sort(), namespace).toEqual(Object.keys(strings).sort());
    for (const [key, text] of [...Object.entries(strings), ...Object.entries(other)]) {
      expect(text.trim(), `${namespace}:${key}`).not.toBe("");
    }
  }
});

test("a text and its translation take the same values", () => {
  const valuesOf = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();
  for (const [namespace, strings] of Object.entries(english)) {
    for (const [key, text] of Object.entries(strings)) {
      const translated = german[namespace]?.[key] ?? "";
      expect(new Set(valuesOf(translated)), `${namespace}:${key}`).toEqual(new Set(valuesOf(text)));
    }
  }
});

test("a plural has both of its forms", () => {
  for (const [namespace, strings] of Object.entries(english)) {
    const stems = Object.keys(strings).flatMap((key) =>
      PLURALS.filter((end) => key.endsWith(end)).map((end) => key.slice(0, -end.length)),
    );
    for (const stem of stems) {
      for (const end of PLURALS) expect(strings, `${namespace}:${stem}`).toHaveProperty([`${stem}${end}`]);
    }
  }
});

const sources = import.meta.glob<string>("../**/*.{ts,tsx}", {
  eager: true,
  query: "?raw",
  import: "default",
});

test("each key that a component asks for by name is in the catalogue", () => {
  const missing: string[] = [];
  for (const [path, source] of Object.entries(sources)) {
    if (/\.test\.tsx?$/.test(path)) continue;
    const spaces = [...source.matchAll(/useTranslation\(\s*"(\w[\w-]*)"\s*\)/g)].map(
      (match) => match[1] as string,
    );
    const isPlain = /useTranslation\(\s*\)/.test(source);
    for (const [, key = ""] of source.matchAll(/(?:\bt\(|i18nKey=)\s*"([^"]+)"/g)) {
      const [space, name] = key.includes(":") ? key.split(":") : [undefined, key];
      const candidates = space ? [space] : isPlain && spaces.length === 0 ? ["shell"] : spaces;
      if (candidates.length > 0 && !candidates.some((each) => has(each, name ?? "")))
        missing.push(`${path}: ${key}`);
    }
  }
  expect(missing).toEqual([]);
});

function has(namespace: string, key: string): boolean {
  const strings = english[namespace] ?? {};
  return key in strings || PLURALS.every((end) => `${key}${end}` in strings);
}

test("two folders of one name are refused", () => {
  expect(() => byNamespace({ "../a/x/strings.en.json": {}, "../b/x/strings.en.json": {} })).toThrow(
    /called x/,
  );
});
