import fc from "fast-check";
import { expect, test } from "vitest";
import { contrast, isLegible, paletteOf, parseColour } from "./colour.ts";
import { languageFor } from "./language.ts";

test("contrast follows WCAG: black on white is 21 to 1, #767676 is the lightest grey for text", () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 10);
  expect(isLegible(parseColour("#767676")!)).toBe(true);
  expect(isLegible(parseColour("#777777")!)).toBe(false);
  expect(parseColour("red")).toBeUndefined();
});

test("every colour that is taken gives pages that can be read, light and dark", () => {
  const channel = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.tuple(channel, channel, channel), (colour) => {
      if (!isLegible(colour)) return;
      const { light, dark } = paletteOf(colour);
      const ratio = (a: string, b: string) => contrast(parseColour(a)!, parseColour(b)!);
      expect(ratio(light.colour, light.on)).toBeGreaterThanOrEqual(4.5);
      expect(ratio(light.hover, light.on)).toBeGreaterThanOrEqual(4.5);
      expect(ratio(dark.colour, "#0f1311")).toBeGreaterThanOrEqual(4.5);
      expect(ratio(dark.colour, dark.on)).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

test("the page's switch wins, then what the browser prefers, then the survey's own language", () => {
  const offered = ["en", "de"] as const;
  expect(languageFor({ asked: "de", accepted: "en", offered, otherwise: "en" })).toBe("de");
  expect(languageFor({ accepted: "fr, de-AT;q=0.8, en;q=0.9", offered, otherwise: "de" })).toBe("en");
  expect(languageFor({ accepted: "de-CH", offered: ["en"], otherwise: "en" })).toBe("en");
  expect(languageFor({ accepted: "en;q=0, *", offered, otherwise: "de" })).toBe("de");
  expect(languageFor({ asked: "xx", offered, otherwise: "de" })).toBe("de");
});
