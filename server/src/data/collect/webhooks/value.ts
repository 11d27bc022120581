import { currencyDecimals, isCurrency } from "../../../platform/money.ts";

/*
 * The small language that says where in a delivery a value stands: `$.customer.email ?? $.email`, `$.line_items[*].sku`,
 * `header("x-topic")`, `"EUR"`, `$.created | unix`. It reads own keys and nothing else: there is no call into the program,
 * and no loop but the one over a list.
 */

type Step = { key: string } | { index: number } | "every";
type Origin =
  | { from: "body" | "item"; steps: Step[] }
  | { from: "header"; name: string }
  | { from: "constant"; value: string | number | boolean };
interface Term {
  origin: Origin;
  conversions: { name: ConversionName; argument?: Expression }[];
}
/** The first of these that says something. */
export type Expression = readonly Term[];

/** What an expression reads. */
export interface Scope {
  body: unknown;
  /** The element of a list that is looked at, read by `@`. */
  item?: unknown;
  headers: Readonly<Record<string, string>>;
  /** Decides how many smaller units one of the currency has. */
  currency?: string | undefined;
}

/** An expression that cannot be read, and where. */
export class ExpressionFault extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.name = "ExpressionFault";
    this.at = at;
  }
}

/** A value that is there, but not what the conversion needs. */
export class ValueFault extends Error {
  readonly code: "not_number" | "not_text" | "not_time";
  constructor(code: ValueFault["code"], value: unknown) {
    super(`${shownValue(value)} is not a ${code.slice("not_".length)}.`);
    this.name = "ValueFault";
    this.code = code;
  }
}

const lengthMax = 500;
const stepsMax = 32;
/** Elements that one `[*]` gives at most. */
const everyMax = 1_000;

/** `argument` is what stands in brackets behind the name, where something does. */
type Conversion = (value: unknown, scope: Scope, argument?: unknown) => unknown;

const shownValue = (value: unknown): string =>
  typeof value === "object" ? "an object or a list" : `“${String(value).slice(0, 40)}”`;

function toNumber(value: unknown): number {
  const number =
    typeof value === "number"
      ? value
      : typeof value === "string" && value.trim()
        ? Number(value)
        : Number.NaN;
  if (!Number.isFinite(number)) throw new ValueFault("not_number", value);
  return number;
}

function toText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new ValueFault("not_text", value);
}

function instant(ms: number, value: unknown): string {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) throw new ValueFault("not_time", value);
  return at.toISOString();
}

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

const conversions = {
  text: toText,
  number: toNumber,
  /** Cents and the like, as units of the currency. */
  minor: (value, { currency }) => {
    const decimals = currency && isCurrency(currency) ? currencyDecimals(currency) : 2;
    return toNumber(value) / 10 ** decimals;
  },
  unix: (value) => instant(toNumber(value) * 1000, value),
  unixms: (value) => instant(toNumber(value), value),
  iso: (value) => instant(Date.parse(toText(value)), value),
  lower: (value) => toText(value).toLowerCase(),
  upper: (value) => toText(value).toUpperCase(),
  trim: (value) => toText(value).trim(),
  first: (value) => listed(value)[0],
  last: (value) => listed(value).at(-1),
  count: (value) => listed(value).length,
  sum: (value) =>
    Number(
      listed(value)
        .reduce((sum: number, one) => sum + toNumber(one), 0)
        .toPrecision(15),
    ),
  /** What is left of a running sum: `$.refunded | less($.refunded_before)`. */
  less: (value, _scope, argument) => toNumber(value) - (argument === undefined ? 0 : toNumber(argument)),
  join: (value) => listed(value).map(toText).join(", "),
} satisfies Record<string, Conversion>;

type ConversionName = keyof typeof conversions;
export const conversionNames = Object.keys(conversions) as ConversionName[];

const hasConversion = (name: string): name is ConversionName => Object.hasOwn(conversions, name);

/** Reads an expression. Throws ExpressionFault. */
export function parseExpression(text: string): Expression {
  if (text.length > lengthMax)
    throw new ExpressionFault(`An expression may have ${lengthMax} characters.`, lengthMax);
  let at = 0;
  function fault(message: string): never {
    throw new ExpressionFault(message, at);
  }
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const blank = () => take(/\s*/y);
  const quoted = (): string => {
    const found = take(/"(?:[^"\\]|\\.)*"/y) ?? fault('A text stands between quotes: "EUR".');
    try {
      return JSON.parse(found) as string;
    } catch {
      return fault("This text cannot be read.");
    }
  };

  function step(): Step | undefined {
    if (take(/\./y)) {
      return {
        key: take(/[\p{L}_][\p{L}\p{N}_-]*/uy) ?? fault('After the dot stands a name; others: ["a name"].'),
      };
    }
    if (!take(/\[\s*/y)) return undefined;
    const index = take(/-?\d{1,6}/y);
    const found: Step = index ? { index: Number(index) } : take(/\*/y) ? "every" : { key: quoted() };
    blank();
    if (!take(/\]/y)) fault("A bracket is not closed.");
    return found;
  }

  function origin(): Origin {
    const sign = take(/[$@]/y);
    if (sign) {
      const steps: Step[] = [];
      for (let next = step(); next !== undefined; next = step()) steps.push(next);
      if (steps.length > stepsMax) fault(`A path may have ${stepsMax} steps.`);
      return { from: sign === "$" ? "body" : "item", steps };
    }
    if (take(/header\(\s*/y)) {
      const name = quoted().toLowerCase();
      blank();
      if (!take(/\)/y)) fault("A bracket is not closed.");
      return { from: "header", name };
    }
    const word = take(/(?:true|false)\b/y);
    if (word) return { from: "constant", value: word === "true" };
    const number = take(/-?\d+(?:\.\d+)?/y);
    if (number) return { from: "constant", value: Number(number) };
    if (text[at] === '"') return { from: "constant", value: quoted() };
    return fault(
      at < text.length
        ? "Begin with $, for the whole of what came, or with a quote."
        : "Something is missing here.",
    );
  }

  function term(): Term {
    blank();
    const found: Term = { origin: origin(), conversions: [] };
    blank();
    while (take(/\|/y)) {
      blank();
      const name = take(/[a-z]+/y) ?? "";
      if (!hasConversion(name))
        return fault(`There is no conversion “${name}”. There are: ${conversionNames.join(", ")}.`);
      const argument = name === "less" ? bracketed() : undefined;
      found.conversions.push({ name, ...(argument ? { argument } : {}) });
      blank();
    }
    return found;
  }

  function bracketed(): Expression {
    if (!take(/\(/y)) fault("In brackets behind `less` stands what is taken away.");
    if (++depth > 3) fault("Brackets may stand in one another three times.");
    const inner = alternatives();
    depth--;
    if (!take(/\)/y)) fault("A bracket is not closed.");
    return inner;
  }

  function alternatives(): Expression {
    const terms = [term()];
    while (take(/\?\?/y)) terms.push(term());
    return terms;
  }

  let depth = 0;
  const expression = alternatives();
  if (at < text.length) fault("This was not expected here.");
  return expression;
}

/** Whether a value says something. */
export const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);

/** The value of the first alternative that says something; undefined where none does. Throws ValueFault. */
export function evaluate(expression: Expression, scope: Scope): unknown {
  for (const { origin, conversions: steps } of expression) {
    const read = readOrigin(origin, scope);
    if (!isGiven(read)) continue;
    const value = steps.reduce((now: unknown, { name, argument }) => {
      const convert: Conversion = conversions[name];
      return convert(now, scope, argument && evaluate(argument, scope));
    }, read);
    if (isGiven(value)) return value;
  }
  return undefined;
}

function readOrigin(origin: Origin, scope: Scope): unknown {
  switch (origin.from) {
    case "constant":
      return origin.value;
    case "header":
      return Object.hasOwn(scope.headers, origin.name) ? scope.headers[origin.name] : undefined;
    case "body":
      return walk(scope.body, origin.steps);
    case "item":
      return walk(scope.item, origin.steps);
  }
}

function walk(start: unknown, steps: readonly Step[]): unknown {
  let values: unknown[] = [start];
  let isList = false;
  for (const step of steps) {
    if (step === "every") {
      isList = true;
      values = values.flatMap((value) => (Array.isArray(value) ? value : [])).slice(0, everyMax);
    } else {
      values = values.map((value) => child(value, step)).filter((value) => value !== undefined);
    }
  }
  return isList ? values.filter((value) => value !== null) : values[0];
}

function child(value: unknown, step: { key: string } | { index: number }): unknown {
  if ("index" in step) return Array.isArray(value) ? value.at(step.index) : undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, step.key) ? (value as Record<string, unknown>)[step.key] : undefined;
}
