import fc from "fast-check";
import { oddNumber, oddText, oddTexts, oddValue } from "./corpus.ts";

/** The part of JSON Schema in which routes say what they take. */
export interface Shape {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Shape[];
  oneOf?: Shape[];
  allOf?: Shape[];
  properties?: Record<string, Shape>;
  required?: string[];
  additionalProperties?: Shape | boolean;
  propertyNames?: Shape;
  items?: Shape;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  pattern?: string;
  format?: string;
}

/** An id of something that is there, which only the moment of asking knows; `seed` chooses. */
export interface Known {
  known: number;
}
export const isKnown = (value: unknown): value is Known =>
  typeof value === "object" && value !== null && Object.keys(value).length === 1 && "known" in value;

/** Values as a shape wants them, with texts and numbers that are odd as far as the shape allows. */
export function valueLike(shape: Shape, depth = 0): fc.Arbitrary<unknown> {
  if (depth > 8) return fc.constant(null);
  const choice = shape.anyOf ?? shape.oneOf;
  if (choice) return fc.oneof(...choice.map((one) => valueLike(one, depth + 1)));
  if (shape.allOf) return valueLike(Object.assign({}, ...shape.allOf) as Shape, depth + 1);
  if (shape.const !== undefined) return fc.constant(shape.const);
  if (shape.enum) return fc.constantFrom(...shape.enum);
  const type = Array.isArray(shape.type) ? shape.type[0] : shape.type;
  switch (type) {
    case "string":
      return textOf(shape);
    case "integer":
    case "number":
      return numberOf(shape, type === "integer");
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(valueLike(shape.items ?? {}, depth + 1), {
        minLength: Math.min(shape.minItems ?? 0, 5),
        maxLength: Math.min(shape.maxItems ?? 3, 5),
      });
    case "object":
      return objectOf(shape, depth);
    default:
      return oddValue;
  }
}

function objectOf(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  const members = Object.entries(shape.properties ?? {});
  if (members.length) {
    const entries = Object.fromEntries(members.map(([name, one]) => [name, valueLike(one, depth + 1)]));
    return fc.record(entries, { requiredKeys: (shape.required ?? []).filter((name) => name in entries) });
  }
  const inner = typeof shape.additionalProperties === "object" ? shape.additionalProperties : {};
  const names = shape.propertyNames ? valueLike(shape.propertyNames, depth + 1) : oddText;
  return fc
    .array(fc.tuple(names, valueLike(inner, depth + 1)), { maxLength: 3 })
    .map((pairs) => Object.fromEntries(pairs) as unknown);
}

function textOf({ pattern, format, minLength = 0, maxLength = 20_000 }: Shape): fc.Arbitrary<unknown> {
  const known = { weight: 2, arbitrary: fc.nat().map((seed): Known => ({ known: seed })) };
  if (format === "uuid") return fc.oneof(known, { weight: 1, arbitrary: fc.uuid() });
  if (format === "email")
    return fc.constantFrom("ada@example.com", "a+b@example.co.uk", "o'brien@example.com");
  if (format === "date-time" || format === "date")
    return fc.constantFrom(
      ...["2026-05-14", "0001-01-01", "9999-12-31"].map((day) =>
        format === "date" ? day : `${day}T09:30:00Z`,
      ),
    );
  if (format === "uri")
    return fc.constantFrom("https://example.com/a?b=c", "http://127.0.0.1:1/", "https://[::1]/");
  if (pattern) {
    try {
      return fc.stringMatching(new RegExp(pattern), { maxLength: 60 });
    } catch {
      // A pattern that looks ahead or back cannot be turned round; odd texts stand in.
    }
  }
  const fitting = oddTexts.filter((text) => text.length >= minLength && text.length <= maxLength);
  return fc.oneof(
    known,
    {
      weight: 3,
      arbitrary: fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 30)) }),
    },
    ...(fitting.length ? [{ weight: 3, arbitrary: fc.constantFrom(...fitting) }] : []),
  );
}

function numberOf({ minimum, maximum, exclusiveMinimum }: Shape, isWhole: boolean): fc.Arbitrary<unknown> {
  const low = minimum ?? exclusiveMinimum ?? -1_000_000;
  const high = Math.max(low, maximum ?? low + 2_000_000);
  const edges = fc.constantFrom(low, high, ...(isWhole ? [] : [(low + high) / 3]));
  if (!isWhole) return fc.oneof(edges, fc.double({ min: low, max: high, noNaN: true }));
  return Number.isSafeInteger(low) && Number.isSafeInteger(high)
    ? fc.oneof(edges, fc.integer({ min: Math.max(low, -(2 ** 31)), max: Math.min(high, 2 ** 31 - 1) }))
    : edges;
}

/** The value with some places of it replaced, left out or doubled under another name. */
export const damaged = (value: unknown): fc.Arbitrary<unknown> =>
  fc
    .array(
      fc.tuple(fc.nat(), fc.oneof(oddText, oddNumber, oddValue), fc.constantFrom("replace", "remove", "add")),
      {
        maxLength: 2,
      },
    )
    .map((blows) => blows.reduce((copy, [seed, odd, how]) => strike(copy, seed, odd, how), value));

function strike(value: unknown, seed: number, odd: unknown, how: string): unknown {
  if (typeof value !== "object" || value === null || isKnown(value)) return odd;
  const entries = Object.entries(value);
  if (!entries.length || seed % (entries.length + 1) === entries.length)
    return how === "add" && !Array.isArray(value)
      ? { ...value, [typeof odd === "string" ? odd : "more"]: odd }
      : value;
  const [name, inner] = entries[seed % (entries.length + 1)]!;
  const next = seed % 3 && typeof inner === "object" ? strike(inner, Math.floor(seed / 3), odd, how) : odd;
  if (Array.isArray(value)) return value.map((one, at) => (String(at) === name ? next : one));
  const others = entries.filter(([other]) => other !== name);
  return Object.fromEntries(how === "remove" ? others : [...others, [name, next]]);
}
