import { useSyncExternalStore } from "react";

/** The colours of the scheme as ECharts needs them: plain values, no variables. */
const NAMES = [
  "surface",
  "page",
  "sunken",
  "ink",
  "ink-2",
  "ink-3",
  "line",
  "line-strong",
  "grid",
  "c1",
  "c2",
  "c3",
  "c4",
  "c5",
  "c6",
  "c-rest",
  "treated",
  "holdout",
  "good",
  "bad",
  "warn",
  "mid",
  "experience",
  "data",
  "insight",
  "offer",
  "q0",
  "q1",
  "q2",
  "q3",
  "q4",
  "q5",
] as const;

type Name = (typeof NAMES)[number];

export interface ChartTokens {
  color: Record<Name, string>;
  /** Opacity of a 95 % band and of its 50 % core. */
  band: number;
  bandCore: number;
  font: string;
}

const read = new Map<string, ChartTokens>();

/** Reads the variables, once for each colour scheme. */
export function chartTokens(scheme: "light" | "dark"): ChartTokens {
  const known = read.get(scheme);
  if (known) return known;
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => resolve(style, name);
  const tokens: ChartTokens = {
    color: Object.fromEntries(NAMES.map((name) => [name, value(name)])) as Record<Name, string>,
    band: Number(value("band")),
    bandCore: Number(value("band-core")),
    font: value("font"),
  };
  read.set(scheme, tokens);
  return tokens;
}

/** A custom property that names another (`--treated: var(--c1)`) comes back resolved in browsers. */
function resolve(style: CSSStyleDeclaration, name: string): string {
  return style.getPropertyValue(`--${name}`).trim();
}

const ATTRIBUTE = "data-mantine-color-scheme";

function watchScheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: [ATTRIBUTE] });
  return () => observer.disconnect();
}

function shownScheme(): "light" | "dark" {
  return document.documentElement.getAttribute(ATTRIBUTE) === "dark" ? "dark" : "light";
}

/** The scheme that the stylesheet shows now: read from the attribute itself, so it is never ahead of it. */
export function useShownScheme(): "light" | "dark" {
  return useSyncExternalStore(watchScheme, shownScheme);
}
