import { type RawSearch, searchText } from "./search.ts";

/** Where to go on afterwards, from the address: only inside this app, never to another site. */
export function readNext(raw: RawSearch): { next: string } {
  const next = searchText(raw.next) ?? "/";
  const isOurs = next.startsWith("/") && !next.startsWith("//") && !next.includes("\\");
  return { next: isOurs ? next : "/" };
}
