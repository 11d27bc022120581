/** The brand's colour with its companions, for light and dark pages. */
export interface Palette {
  light: Shades;
  dark: Shades;
}
export interface Shades {
  colour: string;
  hover: string;
  soft: string;
  on: string;
}

type Rgb = readonly [number, number, number];

const white: Rgb = [255, 255, 255];
const darkPage: Rgb = [15, 19, 17];
const darkInk: Rgb = [10, 16, 13];

/** A colour as `#rrggbb`, or undefined for anything else. */
export function parseColour(text: string): Rgb | undefined {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (!match) return undefined;
  return [1, 2, 3].map((at) => Number.parseInt(match[at]!, 16)) as unknown as Rgb;
}

/** Contrast of two colours, 1 to 21. Source: WCAG 2.2, "relative luminance" and "contrast ratio". */
export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Whether text in this colour is legible on white, and white text on it: at least 4.5 to 1. */
export const isLegible = (colour: Rgb) => contrast(colour, white) >= 4.5;

/** The shades that customers' pages wear, each checked against the ground it stands on. */
export function paletteOf(colour: Rgb): Palette {
  let onDark = colour;
  for (let share = 0; contrast(onDark, darkPage) < 7 && share <= 1; share += 0.05)
    onDark = mix(colour, white, share);
  return {
    light: {
      colour: hex(colour),
      hover: hex(mix(colour, [0, 0, 0], 0.22)),
      soft: hex(mix(colour, white, 0.89)),
      on: hex(white),
    },
    dark: {
      colour: hex(onDark),
      hover: hex(mix(onDark, white, 0.3)),
      soft: hex(mix(darkPage, colour, 0.28)),
      on: hex(darkInk),
    },
  };
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** `share` of the way from one colour to another. */
const mix = (from: Rgb, to: Rgb, share: number): Rgb =>
  from.map((value, at) => Math.round(value + (to[at]! - value) * share)) as unknown as Rgb;

const hex = (colour: Rgb) => `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
