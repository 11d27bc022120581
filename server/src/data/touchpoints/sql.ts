import type { Condition, TouchpointRule } from "./model.ts";

/** Gathers parameters and the properties that a statement asks for. */
export interface Binding {
  add(value: string, type: string): string;
  property(path: string): string;
}

/**
 * The number, from 1, of the first rule that holds for an event of the store, 0 for none: `ruleFor` in SQL. What the store
 * did not keep of an event, a rule cannot see: of an event that is no page neither address nor referrer.
 */
export function ruleSql(rules: readonly TouchpointRule[], bound: Binding): string {
  if (!rules.length) return "toUInt8(0)";
  const cases = rules.map(
    (rule, at) =>
      `${rule.when.map((condition) => conditionSql(condition, bound)).join(" and ")}, toUInt8(${at + 1})`,
  );
  return `multiIf(${cases.join(", ")}, toUInt8(0))`;
}

function conditionSql({ field, is, value }: Condition, bound: Binding): string {
  const text = `lowerUTF8(${valueSql(field, bound)})`;
  if (is === "present") return `${text} != ''`;
  const wanted = bound.add(value.toLowerCase(), "String");
  if (is === "equals") return `${text} = ${wanted}`;
  return is === "starts" ? `startsWith(${text}, ${wanted})` : `position(${text}, ${wanted}) > 0`;
}

function valueSql(field: string, bound: Binding): string {
  switch (field) {
    case "event":
      return "name";
    case "channel":
    case "medium":
    case "campaign":
      return field;
    case "source":
      return `decodeURLComponent(extractURLParameter(${bound.property("url")}, 'utm_source'))`;
    case "referrer":
      return `domainWithoutWWW(${bound.property("referrer")})`;
    case "page":
      return `path(${bound.property("url")})`;
    default:
      return bound.property(field.slice("property.".length));
  }
}

/** What becomes of a column under the rules; `number` is the column that holds `ruleSql`. */
export function ruledSql(
  rules: readonly TouchpointRule[],
  of: "channel" | "medium" | "campaign",
  number: string,
  bound: Binding,
): string {
  if (!rules.length) return of;
  const words = bound.add(JSON.stringify(rules.map((rule) => rule[of])), "String");
  const word = `JSONExtract(${words}, 'Array(String)')[${number}]`;
  return `if(${number} = 0 or ${word} = '', toString(${of}), ${word})`;
}
