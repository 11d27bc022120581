import { pages as allPages, type PageDefinition } from "../../../admin/src/shell/pages.ts";
import { barriers } from "./barriers.ts";
import { fitted, troubles } from "./looks.ts";
import { type Operator, settled } from "./operator.ts";

/** All pages inside the frame, as the admin UI itself lists them. */
export const pages = allPages.filter((page) => page.access !== "public");

export const looks = [
  { language: "en", scheme: "light" },
  { language: "de", scheme: "dark" },
] as const;
export type Look = (typeof looks)[number];

export const widths = [1440, 390] as const;

/** How long a page may be on a phone: six screens; what is longer shows its lists in pages. */
const longest = 5400;

/** What a page is called in the names of pictures. */
export const nameOf = (page: PageDefinition) =>
  page.path.replace(/^\/|\$/g, "").replaceAll("/", "-") || "loop";

/** Goes to a page as a link does, without loading the app anew, and waits until all of it is there. */
export async function go({ page }: Pick<Operator, "page">, path: string): Promise<void> {
  await page.evaluate((to) => {
    document.querySelector("h1")?.remove();
    history.pushState({}, "", to);
  }, path);
  await settled(page);
}

/** Chooses language and scheme as the operator's own, and begins with the first steps. */
export async function wear(seen: Operator, { language, scheme }: Look): Promise<void> {
  await seen.api("PATCH", "/api/me", { language });
  await seen.page.evaluate((scheme) => {
    localStorage.setItem("mantine-color-scheme-value", scheme);
  }, scheme);
  await seen.open("/start");
  await seen.page.locator(`html[lang=${language}][data-mantine-color-scheme=${scheme}]`).waitFor();
}

/**
 * Looks at the page that is open, wide and on a phone, and tells what is wrong with it. One that is known to
 * keep nobody out is not asked that again.
 */
export async function lookAt(
  seen: Operator,
  path: string,
  { named, isKnown = false }: { named?: string; isKnown?: boolean } = {},
): Promise<string[]> {
  const found: string[] = [];
  for (const width of widths) {
    await seen.page.setViewportSize({ width, height: 900 });
    await fitted(seen.page);
    const told = [...(await troubles(seen.page)), ...(isKnown ? [] : await barriers(seen.page))];
    found.push(...told.map((trouble) => `${path} at ${width}: ${trouble}`));
    const height = await seen.page.evaluate(() => document.documentElement.scrollHeight);
    if (width === widths[1] && height > longest) found.push(`${path} is ${height} px long on a phone`);
    if (named) await picture(seen, `${named}-${width}`, width);
  }
  await seen.page.setViewportSize({ width: widths[0], height: 900 });
  return found;
}

/**
 * A picture for eyes: what the screen shows, or with RONDELL_TALL_PICTURES the whole page, by a screen as
 * high as it, so that charts are not drawn anew.
 */
async function picture(seen: Operator, name: string, width: number): Promise<void> {
  if (!process.env.RONDELL_TALL_PICTURES) return seen.shot(name);
  const height = await seen.page.evaluate(() => document.documentElement.scrollHeight);
  await seen.page.setViewportSize({ width, height: Math.max(900, Math.min(height, 5000)) });
  await seen.shot(name);
  await seen.page.setViewportSize({ width, height: 900 });
}

/** What the server wrote of things that went wrong. */
export const errorsIn = (log: string) => log.split("\n").filter((line) => /"level":(50|60)/.test(line));
