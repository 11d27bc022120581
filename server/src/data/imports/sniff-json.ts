import { refuse } from "../../platform/refusal.ts";

/** Whether a text is lines of JSON objects, or one JSON document. */
export const isJson = (text: string) => /^\s*(\{\s*["}]|\[\s*[[{"\d\]])/.test(text);

/** Objects within objects are columns of their own as far as this; what is deeper stays JSON. */
const depthMax = 3;
const columnsMax = 1_000;

/** Reads keys and first lines from the head of JSON lines. Refuses file.json_document, file.no_rows. */
export function sniffJson(text: string, name: string, rowsMax: number) {
  const lines = text.split(/\r\n|\n/);
  // The end of the head may cut a line in two: that one is no object.
  const objects = lines.flatMap((line) => {
    const value = parsed(line);
    return value ? [value] : [];
  });
  const first = lines.find((line) => line.trim());
  if (!objects.length || !first || !parsed(first)) {
    refuse(
      "invalid",
      "file.json_document",
      `The file ${name} is one JSON document. Export it as JSON lines: one object in each line, and nothing around them.`,
      { name },
    );
  }
  const header: string[] = [];
  const known = new Set<string>();
  const rows = objects.map((object) => leavesOf(object));
  for (const row of rows) {
    for (const key of row.keys()) {
      if (known.has(key) || known.size >= columnsMax) continue;
      known.add(key);
      header.push(key);
    }
  }
  return {
    format: "json" as const,
    delimiter: "",
    oldLineEnds: false,
    header,
    rows: rows.slice(0, rowsMax).map((row) => header.map((key) => row.get(key) ?? "")),
  };
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function leavesOf(object: Record<string, unknown>, path = "", depth = 1, into = new Map<string, string>()) {
  for (const [key, value] of Object.entries(object)) {
    const place = `${path}${key}`;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isObject && depth < depthMax && Object.keys(value).length)
      leavesOf(value as Record<string, unknown>, `${place}.`, depth + 1, into);
    else if (value === null) into.set(place, "");
    else into.set(place, typeof value === "string" ? value : JSON.stringify(value));
  }
  return into;
}
