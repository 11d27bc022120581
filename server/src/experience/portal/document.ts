import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Language } from "../../garden/index.ts";
import type { Palette } from "./colour.ts";
import { escapeHtml } from "./plain.ts";

/** One page as it is sent: the built app with what it shows first written into it. */
export interface PageContent {
  language: Language;
  brand: string;
  palette?: Palette | undefined;
  /** For the app's first drawing, so that it asks for nothing before it stands. */
  data: unknown;
  /** The page for browsers without JavaScript. Its heading is also the title of the document. */
  plain: string;
  /** The plain page is all there is, with scripts or without. */
  isStatic?: boolean;
}

/**
 * Writes pages from the built `index.html` of the portal. Where nothing is built yet, the plain page
 * stands alone and works.
 */
export function openDocument(distDir: string) {
  const file = join(distDir, "index.html");
  let template: { text: string; readAt: number } | undefined;

  async function read(): Promise<string | undefined> {
    const changedAt = await stat(file).then(
      (found) => found.mtimeMs,
      () => undefined,
    );
    if (changedAt === undefined) return undefined;
    if (template?.readAt !== changedAt) template = { text: await readFile(file, "utf8"), readAt: changedAt };
    return template.text;
  }

  return async function pageHtml(content: PageContent): Promise<string> {
    const built = (await read()) ?? bare;
    const isBuilt = built !== bare;
    const { language, palette, plain } = content;
    const brand = escapeHtml(content.brand);
    const heading = /<h1>([^<]*)<\/h1>/.exec(plain)?.[1];
    // `<` would let a text of the brand end the script; JSON reads its escape the same.
    const data = JSON.stringify({
      language,
      palette: palette ?? null,
      ...(content.data as object),
    }).replaceAll("<", "\\u003c");
    const frame = `<div class="public of-brand"><header class="phead"><b class="wordmark">${brand}</b></header>${plain}</div>`;
    const parts: Record<string, string> = {
      lang: language,
      title: [heading, brand].filter(Boolean).join(" · "),
      head: `<script type="application/json" id="page-data">${data}</script>`,
      plain: isBuilt && !content.isStatic ? `<noscript>${frame}</noscript>` : frame,
    };
    const page = content.isStatic ? built.replace(appOfPage, "") : built;
    return page.replace(
      /<!--page:(title|head|plain)-->|(?<=<html lang=")en(?=")/g,
      (_, place: string | undefined) => parts[place ?? "lang"] ?? "",
    );
  };
}

/** Where the app draws, and what starts it. */
const appOfPage = /<div id="root"><\/div>|<script type="module"[^>]*><\/script>/g;

const bare = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title><!--page:title--></title><!--page:head--></head><body><!--page:plain--></body></html>`;
