import { expect, test } from "vitest";
import { shownText } from "./shown-text.ts";

const isGood = (text: string) => shownText(20).safeParse(text).success;

test("a name in any script, with emoji and marks, is a name", () => {
  for (const name of [
    "Lindgrün",
    "花王",
    "دار الورد",
    "ספר",
    "🌱",
    "👩‍👩‍👧",
    "A&B <c>",
    '"x"',
    "क्षि",
    " shop ",
  ])
    expect(isGood(name), name).toBe(true);
});

test("a name that nobody can see, or that turns the text around it, is none", () => {
  for (const name of [
    "",
    "  ",
    "\u200b",
    "\u200b\u2060\ufeff",
    "\u00ad",
    "a\u202egnp.exe",
    "a\u2066b",
    "a\nb",
    "a\0b",
    "a\tb",
  ])
    expect(isGood(name), JSON.stringify(name)).toBe(false);
});
