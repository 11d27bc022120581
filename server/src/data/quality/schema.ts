import { RE2JS } from "re2js";
import { z } from "zod";
import { isAboutPerson, isPersonalProperty } from "../profiles/index.ts";
import { valueTypes } from "./model.ts";
import { typeOf } from "./observe.ts";

/** `off`: not looked at. `report`: accepted and counted. `block`: not accepted. */
export const SchemaMode = z.enum(["off", "report", "block"]);
export type SchemaMode = z.infer<typeof SchemaMode>;

const patternMax = 500;

/** Whether a text is a pattern in the syntax of RE2, which is read in time linear to the text, whatever it is. */
function isPattern(text: string): boolean {
  try {
    RE2JS.compile(text);
    return true;
  } catch {
    return false;
  }
}

/** What is asked of one property. */
export const Rule = z.object({
  /** As in `products[].price`. */
  path: z
    .string()
    .min(1)
    .max(200)
    .refine((path) => path.split(".").every((part) => part.replace(/\[\]$/, "") !== ""), {
      message: "A path is made of names with points between them, such as products[].price.",
    }),
  required: z.boolean(),
  /** Empty: any. */
  types: z.array(z.enum(valueTypes)).max(valueTypes.length),
  enum: z
    .array(z.union([z.string().max(200), z.number(), z.boolean()]))
    .max(200)
    .optional(),
  pattern: z
    .string()
    .min(1)
    .max(patternMax)
    .refine(isPattern, { message: "This is no pattern that can be read (syntax of RE2)." })
    .optional(),
  minimum: z.number().optional(),
  /** `amount`: a number, or a text that reads as one, with a point before the decimals. */
  format: z.literal("amount").optional(),
});
export type Rule = z.infer<typeof Rule>;
export const Rules = z.array(Rule).max(200);

export type ViolationReason =
  | "missing"
  | "type"
  | "enum"
  | "pattern"
  | "minimum"
  | "amount"
  | "negative_order"
  | "no_amount";

export interface Violation {
  path: string;
  reason: ViolationReason;
  /** The value, where it is short and not personal. */
  example?: string | undefined;
}

/** Of an event, and of a list in it. */
const violationsMax = 10;
const itemsMax = 50;
/** Longer texts are compared by their beginning. */
const comparedMax = 1_000;

type Json = Record<string, unknown>;
type Check = (properties: Json) => Violation[];

/** Rules made ready to be asked for every event. */
export function checkOf(rules: readonly Rule[]): Check {
  const ready = rules.map((rule) => ({
    rule,
    keys: rule.path
      .split(".")
      .map((part) => ({ key: part.replace(/\[\]$/, ""), isList: part.endsWith("[]") })),
    types: new Set(rule.types),
    values: rule.enum && new Set<unknown>(rule.enum),
    pattern: rule.pattern === undefined ? undefined : RE2JS.compile(rule.pattern),
  }));
  return (properties) => {
    const found: Violation[] = [];
    for (const one of ready) {
      const { rule } = one;
      const report = (reason: ViolationReason, key: string, value: unknown, inPerson: boolean) => {
        if (
          found.length < violationsMax &&
          !found.some((other) => other.path === rule.path && other.reason === reason)
        )
          found.push({ path: rule.path, reason, example: exampleOf(key, value, inPerson) });
      };
      walk(properties, one.keys, 0, false, (key, value, inPerson) => {
        const reason = faultOf(one, value);
        if (reason) report(reason, key, reason === "missing" ? undefined : value, inPerson);
      });
    }
    return found;
  };
}

/** A rule with what it compares made ready. */
interface ReadyRule {
  rule: Rule;
  types: ReadonlySet<string>;
  values: ReadonlySet<unknown> | undefined;
  pattern: RE2JS | undefined;
}

function faultOf({ rule, types, values, pattern }: ReadyRule, value: unknown): ViolationReason | undefined {
  if (value === undefined || (value === null && !types.has("null")))
    return rule.required ? "missing" : undefined;
  if (types.size && !types.has(typeOf(value))) return "type";
  if (values && !values.has(value)) return "enum";
  if (pattern && typeof value === "string" && !pattern.matcher(value.slice(0, comparedMax)).find())
    return "pattern";
  const isAmount = rule.format === "amount";
  const number = isAmount ? amountIn(value) : typeof value === "number" ? value : undefined;
  if (isAmount && number === undefined) return "amount";
  return rule.minimum !== undefined && number !== undefined && number < rule.minimum ? "minimum" : undefined;
}

/** Goes to every place that a path names; where the way ends before, nothing is asked of what lies beyond. */
function walk(
  at: unknown,
  keys: readonly { key: string; isList: boolean }[],
  depth: number,
  inPerson: boolean,
  visit: (key: string, value: unknown, inPerson: boolean) => void,
): void {
  const part = keys[depth];
  if (!part || typeOf(at) !== "object") return;
  const value = Object.hasOwn(at as Json, part.key) ? (at as Json)[part.key] : undefined;
  const isLast = depth === keys.length - 1;
  if (isLast && !part.isList) {
    visit(part.key, value, inPerson);
    return;
  }
  const about = isAboutPerson(part.key, inPerson);
  if (!part.isList) {
    walk(value, keys, depth + 1, about, visit);
    return;
  }
  if (!Array.isArray(value)) return;
  for (const item of value.slice(0, itemsMax) as unknown[])
    if (isLast) visit(part.key, item, inPerson);
    else walk(item, keys, depth + 1, about, visit);
}

/** An amount as the pipeline reads it; undefined for what it cannot read. */
export function amountIn(value: unknown): number | undefined {
  const number =
    typeof value === "number"
      ? value
      : typeof value === "string" && value.trim()
        ? Number(value)
        : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** What can be shown of a value: short, and not personal by its name or look. */
export function exampleOf(key: string, value: unknown, inPerson: boolean): string | undefined {
  if (value === undefined || isPersonalProperty(key, value, inPerson)) return undefined;
  const type = typeOf(value);
  if (type === "list" || type === "object") return undefined;
  const text = String(value);
  return text.length <= 40 && !text.includes("@") ? text.toWellFormed().replaceAll("\0", "") : undefined;
}
