import type { Rule } from "./queries.ts";

/** A place in a body: names of objects and places in lists. */
export type Place = readonly (string | number)[];

/** A place as an expression of the server's language: `$.lines[0]["first name"]`. */
export const pathOf = (place: Place, root = "$"): string =>
  root +
  place
    .map((step) => {
      if (typeof step === "number") return `[${step}]`;
      return /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
    })
    .join("");

/** What a value of the example can be bound to. `properties.+` and its like stand for one that gets a name. */
export type Field =
  | `person.${"userId" | "email" | "phone" | "externalId"}`
  | "time"
  | "amount"
  | "currency"
  | "products"
  | `${Named}.${string}`
  | `when.${number}`
  | "when.+";
type Named = "properties" | "traits" | "products" | "consents";

/** A name for what stands at a place: that of the value, in the style of properties. */
const nameOf = (place: Place, isTaken: (name: string) => boolean): string => {
  const last = [...place].reverse().find((step): step is string => typeof step === "string") ?? "value";
  const name = last.replace(/[^\p{L}\p{N}_]+/gu, "_").slice(0, 60) || "value";
  if (!isTaken(name)) return name;
  let more = 2;
  while (isTaken(`${name}_${more}`)) more++;
  return `${name}_${more}`;
};

/** The rule with a value of the example bound to a field; `shown` is the value, for a condition to compare with. */
export function bind(rule: Rule, field: Field, place: Place, shown: unknown): Rule {
  const path = pathOf(place);
  if (field.startsWith("person.")) {
    return { ...rule, person: { ...rule.person, [field.slice("person.".length)]: path } };
  }
  if (field.startsWith("when.")) {
    const condition = { value: path, is: "equal" as const, to: shown === undefined ? "" : String(shown) };
    const at = Number(field.slice("when.".length));
    return field === "when.+"
      ? { ...rule, when: [...rule.when, condition] }
      : { ...rule, when: rule.when.map((one, index) => (index === at ? condition : one)) };
  }
  if (field === "products")
    return { ...rule, products: { list: listOf(path), fields: rule.products?.fields ?? {} } };
  if (field.startsWith("products.")) return bindProduct(rule, field.slice("products.".length), place);
  if (field.startsWith("properties.")) {
    const fields = named(rule.properties, field.slice("properties.".length), place, path);
    return { ...rule, properties: fields };
  }
  if (field.startsWith("consents.")) {
    const consents = named(rule.consents, field.slice("consents.".length), place, path);
    return { ...rule, consents };
  }
  if (field.startsWith("traits.")) {
    const traits = named(rule.person.traits, field.slice("traits.".length), place, path);
    return { ...rule, person: { ...rule.person, traits } };
  }
  return { ...rule, [field]: path };
}

function named(
  fields: Record<string, string>,
  name: string,
  place: Place,
  path: string,
): Record<string, string> {
  const key = name === "+" ? nameOf(place, (one) => one in fields) : name;
  return { ...fields, [key]: path };
}

/** A list is meant as a whole, whichever of its elements was pressed. */
const listOf = (path: string) => path.replace(/\[\d+\][^[]*$/, "");

/** What stands in an element of a list is read from each element. */
function bindProduct(rule: Rule, name: string, place: Place): Rule {
  const at = place.findIndex((step) => typeof step === "number");
  if (at < 0) return rule;
  const within = place.slice(at + 1);
  const fields = named(rule.products?.fields ?? {}, name, within, pathOf(within, "@"));
  return { ...rule, products: { list: pathOf(place.slice(0, at)), fields } };
}

/** The conversions that are chosen from a list; others are written by hand. */
export const usualConversions = [
  "",
  "number",
  "minor",
  "unix",
  "unixms",
  "iso",
  "text",
  "lower",
  "trim",
  "first",
  "sum",
] as const;

/** The one conversion at the end of an expression, "" for none; undefined where it is more than a path with one. */
export function conversionOf(expression: string): string | undefined {
  const parts = expression.split("|").map((part) => part.trim());
  if (expression.includes("??") || parts.length > 2) return undefined;
  const last = parts[1] ?? "";
  return (usualConversions as readonly string[]).includes(last) ? last : undefined;
}

export const withConversion = (expression: string, conversion: string): string => {
  const path = expression.split("|")[0]?.trim() ?? "";
  return conversion ? `${path} | ${conversion}` : path;
};

/** A rule that says nothing yet. */
export const emptyRule = (): Rule => ({
  makes: "event",
  event: "",
  when: [],
  person: { userId: "", email: "", phone: "", externalId: "", traits: {} },
  consents: {},
  time: "",
  amount: "",
  currency: "",
  properties: {},
  products: null,
});
