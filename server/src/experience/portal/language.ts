import type { Language } from "../../garden/index.ts";

/**
 * The language of a customers' page: the one asked for by its switch, else the first that the browser
 * prefers and the page offers, else `otherwise`.
 */
export function languageFor(ask: {
  asked?: string | undefined;
  /** The header Accept-Language. */
  accepted?: string | undefined;
  offered: readonly Language[];
  otherwise: Language;
}): Language {
  const { asked, accepted = "", offered, otherwise } = ask;
  const isOffered = (language: string): language is Language =>
    (offered as readonly string[]).includes(language);
  if (asked && isOffered(asked)) return asked;
  const wishes = accepted
    .split(",")
    .map((part, at) => {
      const [tag = "", ...params] = part.trim().split(";");
      const quality = params
        .map((param) => /^\s*q=([\d.]+)\s*$/.exec(param)?.[1])
        .find((value) => value !== undefined);
      return {
        language: tag.toLowerCase().split("-")[0]!,
        weight: quality === undefined ? 1 : Number(quality),
        at,
      };
    })
    .filter((wish) => wish.weight > 0)
    .sort((a, b) => b.weight - a.weight || a.at - b.at);
  return wishes.map((wish) => wish.language).find(isOffered) ?? otherwise;
}
