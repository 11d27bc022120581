import { typeOf } from "./observe.ts";

/** Names and types of an object, and no value: what may be shown of somebody who agreed to nothing. */
export function shapeOf(value: unknown, depth = 0): unknown {
  const type = typeOf(value);
  if (depth >= 4) return type;
  if (type === "list") return (value as unknown[]).slice(0, 1).map((item) => shapeOf(item, depth + 1));
  if (type !== "object") return type;
  const shape: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value as object).slice(0, 50))
    if (key !== "__proto__" && !key.includes("@")) shape[key] = shapeOf(inner, depth + 1);
  return shape;
}
