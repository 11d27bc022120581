import type { Source } from "../../garden/index.ts";
import { type Answer, answersOfPreferences, type Unconfirmed } from "../consent/index.ts";
import type { LiveRecord } from "../events/index.ts";
import type { Claims, Resolved } from "../identity/index.ts";
import { isEmail, isPersonalTrait, type TraitLink, type TraitPatch } from "../profiles/index.ts";
import { isBot } from "./classify.ts";
import type { Told } from "./consent-state.ts";
import type { Drops } from "./drops.ts";
import { evidenceOf, isTellingNow, originOf } from "./evidence.ts";
import type { Known } from "./known.ts";
import type { BatchContext, DropReason, Incoming } from "./model.ts";
import { storableTraits } from "./normalise.ts";
import { type Row, rowOf } from "./row.ts";

/** The customer of an event that has none: an answer without a name. */
const nobody = 0;

/** What a batch leads to, beside the changes in the identity book. */
export interface Outcome {
  rows: Row[];
  /** Which of the rows tell of a record of a customer, with the event that each was. */
  records: (LiveRecord & { event: Incoming })[];
  answers: Answer[];
  patches: TraitPatch[];
  /** When each customer was last seen. */
  seen: Map<number, Date>;
  joins: TraitLink[];
  /** What counts only when the customer confirms it by mail. */
  unconfirmed: (Omit<Unconfirmed, "address"> & { address: string | undefined })[];
}

/** Takes events in their order through consent, identity and profile to their rows, or drops them. No I/O. */
export function enrich(ctx: BatchContext, events: readonly Incoming[], known: Known, drops: Drops): Outcome {
  const outcome: Outcome = {
    rows: [],
    records: [],
    answers: [],
    patches: [],
    seen: new Map(),
    joins: [],
    unconfirmed: [],
  };
  events.forEach((event, at) => {
    const dropped = enrichOne(ctx, event, known.claims[at]!, known, outcome);
    if (dropped) drops.add(event, dropped);
  });
  const { book } = known;
  // What a visitor said earlier in this batch comes to the customer by the rule of their join.
  const unnamed = new Set(outcome.joins.filter((join) => !join.personal).map((join) => join.subjectId));
  outcome.patches = outcome.patches.map((patch) => ({
    ...patch,
    customerId: book.survivor(patch.customerId),
    traits: unnamed.has(patch.customerId) ? withoutPersonal(patch.traits) : patch.traits,
  }));
  outcome.records = outcome.records.map((record) => ({
    ...record,
    customerId: book.survivor(record.customerId),
  }));
  return outcome;
}

function enrichOne(
  ctx: BatchContext,
  event: Incoming,
  claims: Claims,
  known: Known,
  outcome: Outcome,
): DropReason | undefined {
  if (isBot(event)) return "bot";
  const { book, consent } = known;
  const source = known.sources.get(event.sourceId);
  const isNobody = claims.customerId === nobody;
  const before = isNobody ? [] : book.peek(claims);
  const said = saidBy(ctx, event, source, known);
  const wasKnown = before.some((id) => book.isKnown(id));
  const isOneVisitor = !wasKnown && before.length === 1;
  const mayChange = event.trusted || isOneVisitor;
  const verdict = consent.judge(before, (id) => book.survivor(id), said.all, source, mayChange, event);
  if (verdict !== "collect") {
    // A no is obeyed whoever says it, and needs no event to be kept.
    for (const id of before) outcome.answers.push(...consent.apply(id, said.no, event, originOf(event)));
    return verdict;
  }
  if (isNobody) {
    // There is no person whose consent, traits or visits could be kept.
    outcome.rows.push(rowOf(ctx, event, { subject: nobody, customer: nobody, visitor: nobody }, known.rates));
    return undefined;
  }
  const mayName = event.trusted || !wasKnown;
  const resolved = identify(event, claims, mayName, known, outcome);
  takeAnswers(event, source, said, resolved, mayName, known, outcome);
  takeTraits(event, resolved.customer, mayName, outcome);
  const last = outcome.seen.get(resolved.customer);
  if (!last || last < event.happenedAt) outcome.seen.set(resolved.customer, event.happenedAt);
  const row = rowOf(ctx, event, resolved, known.rates);
  outcome.rows.push(row);
  if (row.recordKey) outcome.records.push(recordOf(event, row, resolved));
  return undefined;
}

function recordOf(
  event: Incoming,
  { eventId, recordKey }: Row,
  { customer }: Resolved,
): Outcome["records"][number] {
  const { trusted, receivedAt } = event;
  return { customerId: customer, recordKey, eventId, trusted, receivedAt, event };
}

interface Said {
  all: Told[];
  yes: Said["all"];
  no: Said["all"];
  /** A yes from where anybody may write, to a purpose that asks by mail whether it was meant: it counts for nothing yet. */
  open: Said["all"];
}

/** The answers to the brand's purposes that an event brings. */
function saidBy(
  { garden }: BatchContext,
  event: Incoming,
  source: Source | undefined,
  { purposes }: Known,
): Said {
  const told = answersOfPreferences(
    (event.context.consent as Record<string, unknown> | undefined)?.categoryPreferences,
    source?.consentCategories ?? {},
    purposes,
  ).map((one): Told => ({ ...one, isNow: isTellingNow(event, one.purpose) }));
  // People who are simulated read no mails.
  const isOpen = ({ purpose, granted }: Told) =>
    granted &&
    !event.trusted &&
    !garden.synthetic &&
    purposes.some(({ key, doubleOptIn }) => key === purpose && doubleOptIn);
  const all = told.filter((one) => !isOpen(one));
  return {
    all,
    yes: all.filter((one) => one.granted),
    no: all.filter((one) => !one.granted),
    open: told.filter(isOpen),
  };
}

/** Whose event it is. Where ids are joined by it, what one of them refused is refused for both. */
function identify(
  event: Incoming,
  claims: Claims,
  mayName: boolean,
  { book, consent }: Known,
  { answers, joins }: Outcome,
): Resolved {
  const resolved =
    event.type === "alias"
      ? book.alias(event.previousId!, claims, event.happenedAt, event.trusted)
      : book.resolve(claims, event.happenedAt, event.trusted);
  for (const { subjectId, customerId } of book.changes.links.slice(joins.length)) {
    answers.push(...consent.carryRefusals(subjectId, customerId, event));
    joins.push({ subjectId, customerId, personal: mayName });
  }
  return resolved;
}

function takeAnswers(
  event: Incoming,
  source: Source | undefined,
  said: Said,
  resolved: Resolved,
  mayName: boolean,
  { consent }: Known,
  { answers, unconfirmed }: Outcome,
): void {
  const { customer, visitor } = resolved;
  // A no is of the browser and of whom it names: each is asked by itself where only the browser speaks.
  for (const id of new Set([customer, visitor || customer]))
    answers.push(...consent.apply(id, said.no, event, originOf(event)));
  // Unsigned words of a browser never grant for a customer who was known before; they grant for the visitor.
  const speaker = mayName ? customer : visitor === customer ? 0 : visitor;
  if (speaker) {
    answers.push(...consent.apply(speaker, said.yes, event, originOf(event)));
    for (const { purpose } of said.open) unconfirmed.push(unconfirmedBy(event, speaker, purpose));
  }
  answers.push(...consent.state(customer, source, event));
}

function unconfirmedBy(event: Incoming, customerId: number, purpose: string): Outcome["unconfirmed"][number] {
  const { email } = event.traits;
  const { locale } = event.context as { locale?: unknown };
  const { place, proof } = evidenceOf(event);
  return {
    customerId,
    purpose,
    address: typeof email === "string" && isEmail(email.trim()) ? email.trim().toLowerCase() : undefined,
    language: typeof locale === "string" ? (/^de\b/i.test(locale) ? "de" : "en") : undefined,
    origin: originOf(event),
    sourceId: event.sourceId,
    ...(place ? { place } : {}),
    ...(proof ? { proof } : {}),
    at: event.receivedAt,
  };
}

function takeTraits(event: Incoming, customerId: number, mayName: boolean, { patches }: Outcome): void {
  const stated = storableTraits(event.traits);
  const traits = mayName ? stated : withoutPersonal(stated);
  if (Object.keys(traits).length) patches.push({ customerId, traits, at: event.happenedAt });
}

/**
 * What anyone may say about a customer who was known before: with a public key alone nobody changes where messages go,
 * nor how the customer is called.
 */
function withoutPersonal(traits: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(traits).filter(([key]) => !isPersonalTrait(key)));
}
