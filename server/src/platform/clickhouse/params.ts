export type ParamValue = string | number | bigint | boolean | Date | readonly (string | number | bigint)[];
export type Params = Record<string, ParamValue>;

/**
 * The text of a value as ClickHouse reads a query parameter. The server types it by the placeholder
 * `{name:Type}`, so a value can never become SQL.
 */
export function paramText(value: ParamValue): string {
  if (value instanceof Date) return value.toISOString().replace("T", " ").replace("Z", "");
  if (typeof value === "boolean") return value ? "1" : "0";
  if (Array.isArray(value)) {
    return `[${value.map((item) => (typeof item === "string" ? quoted(escaped(item)) : String(item))).join(",")}]`;
  }
  return escaped(String(value));
}

/** A parameter is read in the escaped text format: a tab, line break or backslash must be escaped. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll("\t", "\\t")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\0", "\\0");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}

/** A statement that sets a parameter on the connection that runs the query next. */
export function setParam(name: string, text: string): string {
  if (!/^[a-z][a-zA-Z0-9_]*$/.test(name)) throw new Error(`Bad parameter name ${name}`);
  return `SET param_${name} = '${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
