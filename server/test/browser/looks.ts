import type { Page } from "playwright-core";

const catalogues = import.meta.glob<Record<string, string>>(
  ["../../../admin/src/*/*/strings.{en,de}.json", "../../../admin/src/*/strings.{en,de}.json"],
  { eager: true, import: "default" },
);
/** Keys with a dot: a word such as `title` may well stand on a page. */
const keys = [...new Set(Object.values(catalogues).flatMap((words) => Object.keys(words)))].filter((key) =>
  key.includes("."),
);

/** What a page says to whoever lacks the right for it. */
export const missing = {
  en: wordsFor("en", "noAccess.title"),
  de: wordsFor("de", "noAccess.title"),
};

function wordsFor(language: "en" | "de", key: string): string {
  const [, words] =
    Object.entries(catalogues).find(([path]) => path.endsWith(`design/strings.${language}.json`)) ?? [];
  return words?.[key] ?? key;
}

/** Charts are drawn anew a moment after the width has changed: waits for that, and no longer than it may take. */
export async function fitted(page: Page): Promise<void> {
  const fits = () => document.documentElement.scrollWidth <= window.innerWidth;
  await page.waitForFunction(fits, undefined, { timeout: 3_000 }).catch(() => {});
}

/**
 * What is wrong with the page as it stands on the screen: headings, title, words that were never
 * translated, things that hang out of the page, things nobody can name.
 */
export async function troubles(page: Page): Promise<string[]> {
  return page.evaluate((keys) => {
    const found: string[] = [];
    const main = document.querySelector("main");
    const headings = [...document.querySelectorAll("h1")];
    if (headings.length !== 1) found.push(`has ${headings.length} headings of the first level`);
    const heading = headings[0]?.textContent ?? "";
    if (!heading || !document.title.startsWith(heading)) found.push(`is called “${document.title}”`);
    const words = new Set((main?.innerText ?? "").split(/[\s,;()“”„]+/));
    const untranslated = keys.filter((key) => words.has(key) || words.has(`${key}:`));
    if (untranslated.length) found.push(`shows ${untranslated.join(", ")}`);
    // In quotes it is a word that the page speaks of.
    if (/\{\{|\bundefined\b(?![“”])|\bNaN\b|\[object/.test(main?.innerText ?? ""))
      found.push("shows a hole in a sentence");

    const describe = (element: Element) =>
      `<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> “${(element.textContent ?? "").trim().slice(0, 40)}”`;
    if (document.documentElement.scrollWidth > window.innerWidth)
      found.push(`scrolls sideways by ${document.documentElement.scrollWidth - window.innerWidth} px`);
    const scrolls = (element: Element): boolean => {
      for (let above = element.parentElement; above && above !== document.body; above = above.parentElement)
        if (getComputedStyle(above).overflowX !== "visible") return true;
      return false;
    };
    const isSeen = (element: Element) =>
      element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
      element.getClientRects().length > 0;
    for (const element of document.querySelectorAll("main *")) {
      if (element.closest("svg, .sr") || !isSeen(element)) continue;
      const { right, left, width } = element.getBoundingClientRect();
      if (width > 0 && (right > window.innerWidth + 1 || left < -1) && !scrolls(element)) {
        found.push(`${describe(element)} hangs out of the page`);
        break;
      }
    }
    // Words cut off by their own box, where nothing says that there is more.
    for (const element of document.querySelectorAll(
      "main h1, main h2, main b, main .btn, main .chip, main th, main label",
    )) {
      const style = getComputedStyle(element);
      if (!isSeen(element) || style.overflowX === "visible" || style.textOverflow === "ellipsis") continue;
      if (element.closest(".sr")) continue;
      if (element.scrollWidth > element.clientWidth + 1) found.push(`${describe(element)} is cut off`);
    }
    // On a phone nobody looks for a button beside the screen, even where a table could be pushed aside.
    for (const element of window.innerWidth < 600
      ? document.querySelectorAll(".cards .btn, .cards .chip")
      : []) {
      const box = element.closest(".wrap");
      if (!box || !isSeen(element)) continue;
      if (element.getBoundingClientRect().right > box.getBoundingClientRect().right + 1)
        found.push(`${describe(element)} is cut off`);
    }
    for (const element of document.querySelectorAll(
      "main a[href], main button, main input, main select, main textarea",
    )) {
      if (!isSeen(element) || element.getAttribute("aria-hidden") === "true") continue;
      const labels = (element as HTMLInputElement).labels ?? [];
      const name =
        element.getAttribute("aria-label") ||
        element.getAttribute("aria-labelledby") ||
        [...labels].map((label) => label.textContent).join("") ||
        element.textContent?.trim() ||
        element.getAttribute("title");
      if (!name) found.push(`${describe(element)} has no name`);
    }
    for (const element of document.querySelectorAll("main img:not([alt])"))
      found.push(`${describe(element)} has no words`);
    return [...new Set(found)];
  }, keys);
}

/** Walks the page with the Tab key: what acts and was never reached, and where no focus was seen. */
export async function tabStops(page: Page): Promise<string[]> {
  const wanted = await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    const acts = "a[href], button, input, select, textarea, summary, [tabindex='0']";
    const groups = new Set<string>();
    let count = 0;
    for (const element of document.querySelectorAll<HTMLElement>(acts)) {
      const input = element as HTMLInputElement;
      if (!element.checkVisibility({ visibilityProperty: true }) || element.tabIndex < 0 || input.disabled)
        continue;
      if (element.closest("[inert], [aria-hidden='true']")) continue;
      // Of radio buttons the chosen one is the way into the group.
      if (input.type === "radio") {
        if (groups.has(input.name)) continue;
        groups.add(input.name);
        for (const other of document.querySelectorAll<HTMLElement>(`input[name="${CSS.escape(input.name)}"]`))
          other.dataset.wanted = input.name;
      }
      element.dataset.wanted ??= String(count);
      count++;
    }
    return count;
  });
  const found = new Set<string>();
  /** A date has several stops inside; the frame of the whole is enough. */
  const seen = new Set<string>();
  const unseen = new Map<string, string>();
  const reached = new Set<string>();
  for (let step = 0; step < wanted + 12 && reached.size < wanted; step++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      if (!element || element === document.body) return undefined;
      const isMarked = (one: Element | null) => {
        if (!one) return false;
        const style = getComputedStyle(one);
        return (
          (style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0) ||
          style.boxShadow !== "none"
        );
      };
      const label = element.id ? document.querySelector(`label[for="${CSS.escape(element.id)}"]`) : null;
      const seen =
        isMarked(element) ||
        isMarked(element.parentElement) ||
        isMarked(element.nextElementSibling) ||
        isMarked(label);
      const words = `<${element.tagName.toLowerCase()} class="${element.className}"> “${(element.textContent || element.getAttribute("aria-label") || "").trim().slice(0, 40)}”`;
      return { wanted: element.dataset.wanted, seen, words };
    });
    if (!at) continue;
    if (at.wanted !== undefined) reached.add(at.wanted);
    const key = at.wanted ?? at.words;
    if (at.seen) seen.add(key);
    else unseen.set(key, at.words);
  }
  for (const [key, words] of unseen)
    if (!seen.has(key)) found.add(`${words} has the focus, and nothing shows it`);
  if (reached.size < wanted) {
    const left = await page.evaluate(
      (reached) =>
        [...document.querySelectorAll<HTMLElement>("[data-wanted]")]
          .filter((element) => !reached.includes(element.dataset.wanted ?? ""))
          .map(
            (element) =>
              `<${element.tagName.toLowerCase()}> “${(element.textContent || element.getAttribute("aria-label") || element.getAttribute("name") || "").trim().slice(0, 40)}”`,
          ),
      [...reached],
    );
    for (const words of left) found.add(`${words} cannot be reached by the Tab key`);
  }
  return [...found];
}
