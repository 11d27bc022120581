import { refuse } from "../../platform/refusal.ts";
import type { ValueType } from "./model.ts";
import { type Rule, Rules } from "./schema.ts";

/*
 * Rules as a JSON Schema (draft 2020-12) and back. Of that language what rules can say is understood; anything else is
 * refused by name, so that nobody believes in a check that is not made.
 */

interface Node {
  type?: string | string[];
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  format?: string;
  [keyword: string]: unknown;
}

const words: Record<ValueType, string> = {
  text: "string",
  number: "number",
  boolean: "boolean",
  list: "array",
  object: "object",
  null: "null",
};
const typesOf = new Map(Object.entries(words).map(([type, word]) => [word, type as ValueType]));

/** Keywords that describe and check nothing. */
const harmless = new Set([
  "$schema",
  "$id",
  "$comment",
  "title",
  "description",
  "examples",
  "default",
  "deprecated",
]);
const understood = new Set([
  "type",
  "properties",
  "required",
  "items",
  "enum",
  "pattern",
  "minimum",
  "format",
]);

export function toJsonSchema(name: string, rules: readonly Rule[]): Record<string, unknown> {
  const root: Node = { type: "object", properties: {} };
  for (const rule of rules) {
    const parts = rule.path.split(".");
    let at = root;
    parts.forEach((part, place) => {
      const key = part.replace(/\[\]$/, "");
      at.properties ??= {};
      const own: Node = Object.hasOwn(at.properties, key) ? at.properties[key]! : {};
      Object.defineProperty(at.properties, key, {
        value: own,
        enumerable: true,
        writable: true,
        configurable: true,
      });
      const isLast = place === parts.length - 1;
      if (isLast && rule.required && !part.endsWith("[]")) at.required = [...(at.required ?? []), key];
      at = own;
      if (part.endsWith("[]")) {
        own.items ??= {};
        at = own.items;
      }
    });
    if (rule.types.length)
      at.type = rule.types.length === 1 ? words[rule.types[0]!] : rule.types.map((one) => words[one]);
    if (rule.enum) at.enum = rule.enum;
    if (rule.pattern !== undefined) at.pattern = rule.pattern;
    if (rule.minimum !== undefined) at.minimum = rule.minimum;
    if (rule.format) at.format = rule.format;
  }
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title: name, ...root };
}

/** Refuses schema.unsupported, schema.invalid. */
export function fromJsonSchema(schema: unknown): Rule[] {
  const rules: Rule[] = [];
  collect(schema, "", false, rules, 0);
  const parsed = Rules.safeParse(rules);
  if (!parsed.success) {
    const [fault] = parsed.error.issues;
    const at = rules[Number(fault?.path[0])]?.path ?? "the schema";
    refuse("invalid", "schema.invalid", `${at}: ${fault?.message ?? "cannot be read"}`, { path: at });
  }
  return parsed.data;
}

function collect(schema: unknown, path: string, required: boolean, rules: Rule[], depth: number): void {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema) || depth > 10)
    refuse("invalid", "schema.invalid", `${path || "The schema"} must be an object of JSON Schema.`, {
      path,
    });
  const node = schema as Node;
  for (const keyword of Object.keys(node))
    if (!harmless.has(keyword) && !understood.has(keyword)) refuseKeyword(keyword, path);
  if (node.format !== undefined && node.format !== "amount")
    refuseKeyword(`format: ${String(node.format)}`, path);
  const types = [node.type ?? []].flat().map((word) => {
    if (word === "integer") return "number";
    return typesOf.get(word) ?? refuseKeyword(`type: ${String(word)}`, path);
  });
  if (path)
    rules.push({
      path,
      required,
      types,
      ...(node.enum === undefined ? {} : { enum: node.enum as never }),
      ...(node.pattern === undefined ? {} : { pattern: node.pattern }),
      ...(node.minimum === undefined ? {} : { minimum: node.minimum }),
      ...(node.format === "amount" ? { format: "amount" as const } : {}),
    });
  const needed = new Set(Array.isArray(node.required) ? node.required : []);
  const { properties = {} } = node;
  for (const key of Object.keys(properties)) {
    if (key === "__proto__" || key.includes(".") || key.endsWith("[]"))
      refuseKeyword(`the name ${key}`, path);
    collect(properties[key], path ? `${path}.${key}` : key, needed.delete(key), rules, depth + 1);
  }
  // Required without being described.
  for (const key of needed)
    if (typeof key === "string")
      rules.push({ path: path ? `${path}.${key}` : key, required: true, types: [] });
  if (node.items !== undefined) {
    const { length } = rules;
    collect(node.items, `${path}[]`, false, rules, depth + 1);
    // Items of which nothing is asked need no rule.
    if (rules[length] && isEmpty(rules[length])) rules.splice(length, 1);
  }
}

const isEmpty = ({ path: _, required, types, ...more }: Rule) =>
  !required && !types.length && !Object.keys(more).length;

function refuseKeyword(keyword: string, path: string): never {
  refuse(
    "invalid",
    "schema.unsupported",
    `${path || "The schema"} uses ${keyword}, which is not checked here. Leave it out: type, properties, required, items, enum, pattern and minimum are understood.`,
    { keyword, path },
  );
}
