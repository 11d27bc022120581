import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "./command.ts";

/**
 * The files behind names and patterns, sorted within each pattern. `*` and `?` stand for anything but a slash, `**` for any
 * folders, `{a,b}` for either. Shells expand patterns as well; in quotes, and on every system, they are expanded here.
 */
export async function expandGlobs(patterns: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const pattern of patterns) {
    const found = /[*?{[]/.test(pattern) && !(await isFile(pattern)) ? await expand(pattern) : [pattern];
    if (!found.length) throw new UsageError(`No file matches ${pattern}.`);
    for (const file of found) {
      if (!(await isFile(file))) throw new UsageError(`There is no file ${file}.`);
      if (!files.includes(file)) files.push(file);
    }
  }
  return files;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function expand(pattern: string): Promise<string[]> {
  const parts = pattern.split("/");
  let places = [pattern.startsWith("/") ? "/" : ""];
  for (const [at, part] of parts.entries()) {
    if (part === "" && at === 0) continue;
    const isLast = at === parts.length - 1;
    const next: string[] = [];
    for (const place of places) {
      if (part === "**") next.push(...(await foldersBelow(place)));
      else if (/[*?{[]/.test(part)) {
        const matches = matcher(part);
        for (const entry of await entriesOf(place)) {
          if (matches.test(entry.name) && (isLast || entry.isDirectory())) next.push(join(place, entry.name));
        }
      } else next.push(part === "" ? place : join(place, part));
    }
    places = next;
  }
  const files: string[] = [];
  for (const place of places) if (await isFile(place)) files.push(place);
  return files.sort();
}

async function entriesOf(place: string) {
  return readdir(place || ".", { withFileTypes: true }).catch(() => []);
}

async function foldersBelow(place: string): Promise<string[]> {
  const found = [place];
  for (const entry of await entriesOf(place)) {
    if (entry.isDirectory()) found.push(...(await foldersBelow(join(place, entry.name))));
  }
  return found;
}

function matcher(part: string): RegExp {
  let text = "";
  let depth = 0;
  for (const letter of part) {
    if (letter === "*") text += "[^/]*";
    else if (letter === "?") text += "[^/]";
    else if (letter === "{") {
      depth++;
      text += "(?:";
    } else if (letter === "}" && depth > 0) {
      depth--;
      text += ")";
    } else if (letter === "," && depth > 0) text += "|";
    else text += letter.replace(/[.+^$()|\\[\]{}]/g, "\\$&");
  }
  // A name that begins with a dot is meant only when the pattern says so.
  return new RegExp(`^${part.startsWith(".") ? "" : "(?!\\.)"}${text}${")".repeat(depth)}$`);
}
