/**
 * Ids as the outside sees them: a prefix that names the kind, and the number in base 36.
 * The number itself never leaves the server, so its shape can change.
 */
const prefixes = {
  account: "acc",
  customer: "cus",
  source: "src",
  import: "imp",
  survey: "sur",
  run: "run",
} as const;
export type IdKind = keyof typeof prefixes;

export function publicId(kind: IdKind, id: number): string {
  return `${prefixes[kind]}_${id.toString(36).padStart(6, "0")}`;
}

/** The number behind a public id, or undefined when the text is no id of that kind. */
export function parseId(kind: IdKind, text: string): number | undefined {
  const match = /^([a-z]+)_([0-9a-z]{1,11})$/.exec(text);
  if (!match || match[1] !== prefixes[kind]) return undefined;
  const id = Number.parseInt(match[2]!, 36);
  return Number.isSafeInteger(id) ? id : undefined;
}
