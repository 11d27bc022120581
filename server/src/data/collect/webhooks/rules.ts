import { z } from "zod";
import { refuse } from "../../../platform/refusal.ts";
import { shownText } from "../../../platform/shown-text.ts";
import { ExpressionFault, parseExpression } from "./value.ts";

const Expression = z.string().max(500);
const Named = z.record(z.string().min(1).max(100), Expression);

/** When a rule is for a delivery. All of its conditions must be true. */
export const Condition = z.object({
  value: Expression,
  is: z.enum(["equal", "not_equal", "one_of", "contains", "given", "not_given"]),
  /** What it is compared with; for `one_of` several, with commas between. */
  to: z.string().max(500).default(""),
});
export type Condition = z.infer<typeof Condition>;

/** How one event is made of a delivery. Every text but the name is an expression; an empty one says nothing. */
export const Rule = z.object({
  /** `event`: something happened. `person`: something is known of somebody, and nothing happened. */
  makes: z.enum(["event", "person"]),
  /** Name of the event. */
  event: z.string().trim().max(255).default(""),
  when: z.array(Condition).max(10).default([]),
  person: z.object({
    userId: Expression.default(""),
    email: Expression.default(""),
    phone: Expression.default(""),
    /** The id that the other system gives somebody. */
    externalId: Expression.default(""),
    traits: Named.default({}),
  }),
  /** What a delivery says to purposes, by their keys: yes or no. */
  consents: Named.default({}),
  time: Expression.default(""),
  amount: Expression.default(""),
  currency: Expression.default(""),
  properties: Named.default({}),
  products: z
    .object({
      /** A list in the delivery; in `fields`, `@` is one of its elements. */
      list: Expression,
      fields: Named,
    })
    .nullable()
    .default(null),
});
export type Rule = z.infer<typeof Rule>;

export const Rules = z.array(Rule).max(30);

/** Refuses webhook.bad_rule where a rule answers to a purpose that the brand does not have. */
export function refuseUnknownPurposes(rules: readonly Rule[], purposes: readonly string[]): void {
  rules.forEach((rule, index) => {
    for (const purpose of Object.keys(rule.consents)) {
      if (purposes.includes(purpose)) continue;
      refuse(
        "invalid",
        "webhook.bad_rule",
        `Rule ${index + 1}: there is no purpose ${purpose}. There are: ${purposes.join(", ")}.`,
        { rule: index + 1, field: `consents.${purpose}` },
      );
    }
  });
}

export const ProviderName = shownText(60);

/** Refuses webhook.bad_rule, with rule, field and place of what cannot be read. */
export function refuseBadRules(rules: readonly Rule[]): void {
  rules.forEach((rule, index) => {
    if (rule.makes === "event" && !rule.event)
      refuse("invalid", "webhook.bad_rule", `Rule ${index + 1} makes an event: give it a name.`, {
        rule: index + 1,
        field: "event",
      });
    for (const [field, text] of expressionsOf(rule)) {
      const fault = faultOfExpression(text);
      if (fault)
        refuse("invalid", "webhook.bad_rule", `Rule ${index + 1}, ${field}: ${fault.message}`, {
          rule: index + 1,
          field,
          at: fault.at,
        });
    }
  });
}

/** Why an expression cannot be read; undefined where it can, or says nothing. */
export function faultOfExpression(text: string): ExpressionFault | undefined {
  if (!text.trim()) return undefined;
  try {
    parseExpression(text);
    return undefined;
  } catch (error) {
    if (error instanceof ExpressionFault) return error;
    throw error;
  }
}

function expressionsOf(rule: Rule): [field: string, text: string][] {
  const named = (prefix: string, fields: Record<string, string>): [string, string][] =>
    Object.entries(fields).map(([name, text]) => [`${prefix}.${name}`, text]);
  const { traits, ...person } = rule.person;
  return [
    ...rule.when.map(({ value }, at): [string, string] => [`when.${at}`, value]),
    ...named("person", person),
    ...named("traits", traits),
    ...named("consents", rule.consents),
    ["time", rule.time],
    ["amount", rule.amount],
    ["currency", rule.currency],
    ...named("properties", rule.properties),
    ...(rule.products
      ? ([["products", rule.products.list], ...named("products", rule.products.fields)] as [string, string][])
      : []),
  ];
}
