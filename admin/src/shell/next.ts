import { type RawSearch, searchText } from "./search.ts";

/**
 * Where to go on afterwards, from the address: only inside this app, never to another site. `ended` says
 * that one comes from a session that is over.
 */
export function readNext(raw: RawSearch): { next: string; ended: boolean } {
  const next = searchText(raw.next) ?? "/";
  const isOurs = next.startsWith("/") && !next.startsWith("//") && !next.includes("\\");
  return { next: isOurs ? next : "/", ended: raw.ended === true };
}
