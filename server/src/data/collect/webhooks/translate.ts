import { createHash } from "node:crypto";
import { normalisedEmail, usableId } from "../../identity/index.ts";
import type { Json } from "../model.ts";
import type { Condition, Rule } from "./rules.ts";
import { ExpressionFault, evaluate, isGiven, parseExpression, type Scope, ValueFault } from "./value.ts";

/** What a system sent, and what of its head may be read. */
export interface DeliveryBody {
  body: unknown;
  headers: Readonly<Record<string, string>>;
}

/** What calls are made for: ids of two systems never mean one person by chance. */
export interface Namespace {
  /** Stands before the other system's ids. */
  system: string;
  /** Makes of an e-mail or a number an id that does not tell it. */
  salt: string;
}

/** A value that could not be used. `stops`: without it there is no event. */
export interface Problem {
  field: string;
  code:
    | "not_number"
    | "not_text"
    | "not_time"
    | "syntax"
    | "no_email"
    | "no_answer"
    | "nobody"
    | "nothing"
    | "no_name";
  message: string;
  stops: boolean;
}

/** What one rule made of one delivery. */
export interface Made {
  rule: number;
  calls: Json[];
  problems: Problem[];
}

/** Begins the id of a visitor whom a delivery does not name. */
export const nobody = "nobody_";

const hash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 32);

/** The id of a delivery: what it says itself, else made of its words, so that the same told twice is one. */
export function deliveryIdOf(delivery: DeliveryBody, expression: string): string {
  const said = read(expression, { ...delivery }, () => {});
  const id = typeof said === "string" || typeof said === "number" ? String(said).trim() : "";
  return id && id.length <= 120 ? id : hash(JSON.stringify(delivery.body) ?? "");
}

/** What the rules make of a delivery: nothing for a rule that is not for it. */
export function translate(
  delivery: DeliveryBody,
  deliveryId: string,
  rules: readonly Rule[],
  namespace: Namespace,
): Made[] {
  return rules.flatMap((rule, index) =>
    rule.when.every((condition) => holds(condition, delivery))
      ? [{ rule: index, ...make(rule, delivery, deliveryId, namespace) }]
      : [],
  );
}

function holds(condition: Condition, delivery: DeliveryBody): boolean {
  const value = read(condition.value, { ...delivery }, () => {});
  if (condition.is === "given" || condition.is === "not_given")
    return isGiven(value) === (condition.is === "given");
  // An object has no words of its own: it is compared as JSON, and never asked for a `toString` that the sender wrote.
  const texts = (Array.isArray(value) ? value : [value])
    .filter(isGiven)
    .map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one)));
  switch (condition.is) {
    case "equal":
      return texts.includes(condition.to);
    case "not_equal":
      return !texts.includes(condition.to);
    case "one_of": {
      const wanted = condition.to.split(",").map((one) => one.trim());
      return texts.some((text) => wanted.includes(text));
    }
    case "contains":
      return condition.to !== "" && texts.some((text) => text.includes(condition.to));
  }
}

/** The value of an expression; undefined where it is empty, says nothing or cannot be converted, which `fault` hears. */
type Tell = (code: Problem["code"], message: string) => void;

function read(expression: string, scope: Scope, fault: Tell): unknown {
  if (!expression.trim()) return undefined;
  try {
    return evaluate(parseExpression(expression), scope);
  } catch (error) {
    // What cannot be parsed was refused when the rules were saved; a draft that is looked at hears of it here.
    if (error instanceof ValueFault) fault(error.code, error.message);
    else if (error instanceof ExpressionFault) fault("syntax", error.message);
    else throw error;
    return undefined;
  }
}

function make(
  rule: Rule,
  delivery: DeliveryBody,
  deliveryId: string,
  namespace: Namespace,
): Omit<Made, "rule"> {
  const problems: Problem[] = [];
  const tell =
    (field: string, stops: boolean): Tell =>
    (code, message) =>
      problems.push({ field, code, message, stops });
  const currency = read(rule.currency, { ...delivery }, tell("currency", true));
  const code = typeof currency === "string" ? currency.trim().toUpperCase() : undefined;
  const scope: Scope = { ...delivery, currency: code };
  const value = (field: string, expression: string, stops = false) =>
    read(expression, scope, tell(field, stops));
  const named = (prefix: string, fields: Record<string, string>, within: Scope = scope): Json =>
    Object.fromEntries(
      Object.entries(fields).flatMap(([name, expression]) => {
        const found = read(expression, within, tell(`${prefix}.${name}`, false));
        return isGiven(found) ? [[name, found]] : [];
      }),
    );

  const who = personOf(rule, deliveryId, namespace, value, tell);
  const traits = { ...named("traits", rule.person.traits), ...who.traits };
  const timestamp = value("time", rule.time, true);
  const context = consentContext(rule, value, tell);
  const ids = { ...who.ids, ...(timestamp === undefined ? {} : { timestamp }), ...context };
  const calls: Json[] = [];
  const messageId = messageIdOf(deliveryId, rule.makes === "event" ? rule.event : "");
  // Where nothing happened that is an event, the answer is what is known of the person.
  if (Object.keys(traits).length || (rule.makes === "person" && "context" in context))
    calls.push({ type: "identify", ...ids, messageId: messageIdOf(messageId, "person"), traits });
  if (rule.makes === "event") {
    if (!rule.event) tell("event", true)("no_name", "Give the event a name.");
    const revenue = value("amount", rule.amount, true);
    const products = productsOf(rule, value, named, scope);
    const properties = {
      ...named("properties", rule.properties),
      ...(isGiven(revenue) ? { revenue } : {}),
      ...(isGiven(currency) ? { currency } : {}),
      ...(products.length ? { products } : {}),
    };
    calls.push({ type: "track", event: rule.event, ...ids, messageId, properties });
  } else if (!calls.length) {
    tell("person", true)("nothing", "Nothing is told of anybody.");
  }
  return { calls: problems.some((problem) => problem.stops) ? [] : calls, problems };
}

const yesWords = [
  "true",
  "1",
  "yes",
  "y",
  "ja",
  "on",
  "granted",
  "accepted",
  "subscribed",
  "opt-in",
  "optin",
  "opt_in",
];
const noWords = [
  ...["false", "0", "no", "n", "nein", "off", "withdrawn", "denied", "refused", "unsubscribed", "cleaned"],
  ...["never_subscribed", "opt-out", "optout", "opt_out", "not_subscribed", "suppressed"],
];

/** A yes or a no as systems write it; undefined for anything else, which is never guessed. */
function answerOf(value: unknown): boolean | undefined {
  // An object is no answer, and is never asked for a `toString` that the sender wrote.
  if (typeof value === "object" || value === undefined) return undefined;
  const word = String(value).trim().toLowerCase();
  return yesWords.includes(word) ? true : noWords.includes(word) ? false : undefined;
}

/** What a delivery says to purposes, as calls bring it; it tells of the moment, and not of what once was said. */
function consentContext(
  rule: Rule,
  value: (field: string, expression: string) => unknown,
  tell: (field: string, stops: boolean) => Tell,
): { context?: Json } {
  const said = Object.entries(rule.consents).flatMap(([purpose, expression]): [string, boolean][] => {
    const field = `consents.${purpose}`;
    const given = value(field, expression);
    if (!isGiven(given)) return [];
    const answer = answerOf(given);
    if (answer === undefined) tell(field, false)("no_answer", "This is neither a yes nor a no.");
    return answer === undefined ? [] : [[purpose, answer]];
  });
  if (!said.length) return {};
  return { context: { consent: { categoryPreferences: Object.fromEntries(said), isNow: true } } };
}

/** Told twice with one id, an event counts once; one delivery may make several. */
function messageIdOf(deliveryId: string, name: string): string {
  const id = name ? `${deliveryId}:${name}` : deliveryId;
  return id.length <= 255 ? id : hash(id);
}

/**
 * Who is meant. The user id is the brand's own number of somebody. Without it the other system's id, else the e-mail or the
 * telephone number, makes an id that is the same each time; an e-mail joins it to its customer where the sender may be
 * believed.
 */
function personOf(
  rule: Rule,
  deliveryId: string,
  namespace: Namespace,
  value: (field: string, expression: string) => unknown,
  tell: (field: string, stops: boolean) => Tell,
): { ids: Json; traits: Json } {
  const userId = usableId(value("person.userId", rule.person.userId));
  const externalId = usableId(value("person.externalId", rule.person.externalId));
  const saidEmail = value("person.email", rule.person.email);
  const email = normalisedEmail(saidEmail);
  if (isGiven(saidEmail) && !email) tell("person.email", false)("no_email", "This is no e-mail address.");
  const phone = phoneOf(value("person.phone", rule.person.phone));
  const hidden = (kind: string, text: string) => `${kind}_${hash(`${namespace.salt} ${kind} ${text}`)}`;
  const anonymousId = externalId
    ? `${namespace.system}:${externalId}`.slice(0, 255)
    : email
      ? hidden("mail", email)
      : phone
        ? hidden("tel", phone)
        : undefined;
  if (!userId && !anonymousId) {
    tell("person", false)("nobody", "Nobody is named: it counts for an unknown visitor.");
    return { ids: { anonymousId: nobody + hash(`${namespace.system} ${deliveryId}`) }, traits: {} };
  }
  return {
    ids: { ...(userId ? { userId } : {}), ...(anonymousId ? { anonymousId } : {}) },
    traits: { ...(email ? { email } : {}), ...(phone ? { phone } : {}) },
  };
}

/** A telephone number without what only makes it readable; undefined where it has too few digits to be one. */
function phoneOf(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const phone = String(value)
    .replace(/[^\d+]/g, "")
    .replace(/^00/, "+");
  return /^\+?\d{5,15}$/.test(phone) ? phone : undefined;
}

function productsOf(
  rule: Rule,
  value: (field: string, expression: string) => unknown,
  named: (prefix: string, fields: Record<string, string>, within: Scope) => Json,
  scope: Scope,
): Json[] {
  if (!rule.products) return [];
  const { list, fields } = rule.products;
  const items = value("products", list);
  return (Array.isArray(items) ? items : isGiven(items) ? [items] : [])
    .slice(0, 500)
    .map((item) => named("products", fields, { ...scope, item }))
    .filter((product) => Object.keys(product).length > 0);
}
