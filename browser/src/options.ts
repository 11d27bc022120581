/**
 * How the script gets consent. `ask`: by its banner. `implied`: measuring needs no answer, all else is asked; the source
 * must then state by which basis it may. `off`: the page asks by a tool of its own, which answers with `consent({…})`.
 */
export type ConsentMode = "ask" | "implied" | "off";

export interface Options {
  /** Address of the brand's Rondell; where this script came from, if nothing is said. */
  server: string;
  consent: ConsentMode;
  /** The purposes that are asked for, in this order. */
  purposes: string[];
  /** Of the banner; what the page says in `<html lang>`, if nothing is said. */
  language?: string;
  /** Where the brand says more about its use of data; the banner leads there. */
  privacyUrl?: string;
  /** Such as `.shop.example`, for a cookie that several hosts of the brand share. */
  cookieDomain?: string;
  /** After these days the cookie is gone, and the visitor is asked anew. */
  cookieDays: number;
  /** Page views by themselves, also in single-page apps. */
  pages: boolean;
  /** How far down a page was read. */
  scroll: boolean;
  /** Clicks on links to other hosts. */
  outbound: boolean;
  /** Forms that were sent, without what was filled in. */
  forms: boolean;
  /** A small button that opens the banner again, where the page has no `[data-rondell-consent]`. */
  handle: boolean;
}

export const defaults: Omit<Options, "server"> = {
  consent: "ask",
  purposes: ["measure", "personalise"],
  cookieDays: 180,
  pages: true,
  scroll: true,
  outbound: true,
  forms: true,
  handle: true,
};

/** Options as attributes of the script's tag: `data-cookie-domain=".shop.example" data-scroll="off"`. */
export function optionsOfTag(data: DOMStringMap): Partial<Options> {
  const read = (name: string, text: string) => {
    if (name === "purposes") return text.split(/[\s,]+/).filter(Boolean);
    if (name === "cookieDays") return Number(text);
    const isSwitch = typeof defaults[name as "pages"] === "boolean";
    return isSwitch ? !/^(off|false|0)$/.test(text) : text;
  };
  return Object.fromEntries(
    Object.entries(data).map(([name, text]) => [name, read(name, text ?? "")]),
  ) as Partial<Options>;
}
