import type { ComponentType } from "react";
import type { Station } from "../design/station.tsx";
import type { Right } from "./session.tsx";

/** One page of the admin UI, as its domain's `routes.ts` describes it. */
export interface PageDefinition {
  /** With `$name` for values: `/customers/$id`. */
  path: string;
  /** Fetched when the page is first opened, so each page is a file of its own. */
  load: () => Promise<{ default: ComponentType }>;
  /** Where it belongs. Without a station: the loop itself, the garden's settings, first steps. */
  station?: Station;
  /** Its name as a catalogue key with namespace: `customers:title`. For the side bar and the bar above. */
  label: string;
  /** Where it stands in its station's part of the side bar, lowest first; without it, it is not listed. */
  order?: number;
  /** For a page under another: the path of the page that is marked in the side bar meanwhile. */
  under?: string;
  /** Where it stands among the pages that share one entry of the side bar, shown above each; lowest first. */
  tab?: number;
  /** Its name among those, where `label` would repeat the entry's. */
  tabLabel?: string;
  /** The right without which the page says "no access" and the side bar leaves it out. */
  right?: Right;
  /** `public` pages stand outside the frame and need no session. */
  access?: "operator" | "public";
}

/** What a domain's `routes.ts` exports as its default. */
export function definePages(...pages: PageDefinition[]): PageDefinition[] {
  return pages;
}

const files = import.meta.glob<PageDefinition[]>("../*/*/routes.ts", { eager: true, import: "default" });

/** All pages there are. The files hold paths and dynamic imports only, so reading all of them is cheap. */
export const pages: PageDefinition[] = collectPages(files);

/** Puts the domains' pages together, and refuses two pages with one path. */
export function collectPages(found: Record<string, PageDefinition[]>): PageDefinition[] {
  const byPath = new Map<string, string>();
  return Object.entries(found).flatMap(([file, definitions]) =>
    definitions.map((page) => {
      const other = byPath.get(page.path);
      if (other) throw new Error(`Both ${other} and ${file} define the page ${page.path}.`);
      byPath.set(page.path, file);
      return page;
    }),
  );
}

/** The pages listed in the side bar for one station, or for none. */
export function listedPages(station: Station | undefined, may: (right: Right) => boolean): PageDefinition[] {
  return pages
    .filter((page) => page.order !== undefined && page.station === station && page.access !== "public")
    .filter((page) => !page.right || may(page.right))
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
}

/** The pages that share one entry of the side bar, of those that this operator may see. */
export function tabsOf(entry: string, may: (right: Right) => boolean): PageDefinition[] {
  return pages
    .filter((page) => page.tab !== undefined && (page.path === entry || page.under === entry))
    .filter((page) => !page.right || may(page.right))
    .sort((a, b) => (a.tab ?? 0) - (b.tab ?? 0));
}

/** Where this operator begins: with the loop, or with the customers for whoever may not see it. */
export function homeOf(may: (right: Right) => boolean): string {
  return !hasPage("/", may) && hasPage("/customers", may) ? "/customers" : "/";
}

/** Is there such a page, and, when `may` is given, is it open to this operator? */
export function hasPage(path: string, may: (right: Right) => boolean = () => true): boolean {
  return pages.some((page) => page.path === path && (!page.right || may(page.right)));
}
