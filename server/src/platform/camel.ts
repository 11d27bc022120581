const known = new Map<string, string>();

/** `happened_at` as `happenedAt`. */
export function camelCase(name: string): string {
  let camel = known.get(name);
  if (camel === undefined) {
    camel = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    if (known.size < 10_000) known.set(name, camel);
  }
  return camel;
}

/** A row with its column names in camelCase; values, also nested ones, stay as they are. */
export function camelCased(row: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name in row) result[camelCase(name)] = row[name];
  return result;
}
