import type { Source } from "../../garden/index.ts";
import { roleOf } from "../accounts/index.ts";
import { type Answer, answersOfPreferences, type Unconfirmed } from "../consent/index.ts";
import type { LiveRecord } from "../events/index.ts";
import type { Claims, IdentityBook, Resolved } from "../identity/index.ts";
import { isEmail, isPersonalTrait, type TraitLink, type TraitPatch } from "../profiles/index.ts";
import { deviceOf, type Observation, Observed, type Origin, type Violation } from "../quality/index.ts";
import { classifyBy } from "./classify-by-rules.ts";
import type { Told } from "./consent-state.ts";
import type { Drops } from "./drops.ts";
import { evidenceOf, isProven, isTellingNow, originOf } from "./evidence.ts";
import type { Known } from "./known.ts";
import type { BatchContext, DropReason, Incoming } from "./model.ts";
import { storableTraits } from "./normalise.ts";
import { Recent } from "./recent.ts";
import { type Row, rowOf, statedProperties, type Visited } from "./row.ts";

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
  /** What the catalogue learns. */
  observed: Observed;
  /** Customers and visitors who turned out to be the brand's own people. */
  newStaff: number[];
  /** What the debugger shows. */
  recent: Recent;
  /** Of the event that is being worked through: what is not as its schema says. */
  violations: Violation[];
  /** Events that are not as a schema says which keeps such out. */
  blocked: { event: Incoming; violations: Violation[] }[];
  /** What counts only when the customer confirms it by mail. */
  unconfirmed: (Omit<Unconfirmed, "address"> & { address: string | undefined })[];
}

/** Takes events in their order through consent, identity and profile to their rows, or drops them. No I/O. */
export function enrich(ctx: BatchContext, events: readonly Incoming[], known: Known, drops: Drops): Outcome {
  const outcome: Outcome = {
    ...{
      rows: [],
      records: [],
      answers: [],
      patches: [],
      joins: [],
      unconfirmed: [],
      newStaff: [],
      blocked: [],
      violations: [],
    },
    recent: new Recent(),
    seen: new Map(),
    observed: new Observed(),
  };
  events.forEach((event, at) => {
    const rows = outcome.rows.length;
    outcome.violations = [];
    const dropped = enrichOne(ctx, event, known.claims[at]!, known, outcome, drops);
    if (dropped) drops.add(event, dropped);
    outcome.recent.add({
      ...{ event, outcome: dropped ?? "kept", violations: outcome.violations },
      row: dropped ? undefined : outcome.rows[rows],
    });
  });
  const { book } = known;
  // What a visitor said earlier in this batch comes to the customer by the rule of their join.
  const unnamed = new Set(outcome.joins.filter((join) => !join.personal).map((join) => join.subjectId));
  outcome.patches = outcome.patches.map((patch) => ({
    ...patch,
    customerId: book.part(patch.customerId),
    traits: unnamed.has(patch.customerId) ? withoutPersonal(patch.traits) : patch.traits,
  }));
  outcome.records = outcome.records.map((record) => {
    const partId = book.part(record.partId);
    return { ...record, partId, customerId: book.survivor(partId) };
  });
  return outcome;
}

function enrichOne(
  ctx: BatchContext,
  event: Incoming,
  claims: Claims,
  known: Known,
  outcome: Outcome,
  drops: Drops,
): DropReason | undefined {
  const device = deviceOf(event.context.userAgent, event.context.userAgentData);
  // A server may send with a library of its own: only what calls itself a bot is one there.
  const isBot = event.trusted ? device.saysBot : device.isBot;
  if (isBot && known.traffic.fateOf("bot") === "drop") return "bot";
  const { book, consent } = known;
  const source = known.sources.get(event.sourceId);
  const isNobody = claims.customerId === nobody;
  // By the brand's own list its ids name nobody.
  if (!Object.keys(claims).length) return "names_nobody";
  const before = isNobody ? [] : book.peek(claims);
  const said = saidBy(ctx, event, source, known);
  const wasKnown = before.some((id) => book.isKnown(id));
  const isOneVisitor = !wasKnown && before.length === 1;
  const mayChange = event.trusted || isOneVisitor;
  const verdict = consent.judge(before, (id) => book.survivor(id), said.all, source, mayChange, event);
  const origin = trafficOrigin(event);
  const place = known.traffic.of(origin);
  const obey = () => {
    for (const id of before) outcome.answers.push(...consent.apply(id, said.no, event, originOf(event)));
  };
  // A no is obeyed whoever says it, and needs no event to be kept.
  if (verdict !== "collect") {
    obey();
    return verdict;
  }
  const kind = classifyBy(known.touchpoints, event);
  const visit: Visited = { kind, device, session: 0, account: 0, traffic: isBot ? "bot" : (place ?? "") };
  if (place && known.traffic.fateOf(place) === "drop") {
    obey();
    return place;
  }
  const { name, sourceId, trusted, receivedAt, messageId } = event;
  const properties = statedProperties(event);
  const seen: Observation = { name, sourceId, trusted, receivedAt, messageId, properties };
  const { violations, blocks } = known.schemas.judge(name, properties);
  outcome.violations = violations;
  outcome.observed.violated(seen, violations);
  if (blocks) {
    obey();
    outcome.blocked.push({ event, violations });
    return "schema";
  }
  outcome.observed.add(seen);
  if (isNobody || isBot) {
    // There is no person whose consent, traits or visits could be kept.
    if (isBot) drops.setAside(event, "aside_bot");
    const none = { subject: nobody, customer: nobody, part: nobody, visitor: nobody };
    outcome.rows.push(rowOf(ctx, event, none, known, visit));
    return undefined;
  }
  const mayName = event.trusted || !wasKnown;
  const resolved = identify(event, claims, mayName, known, outcome);
  if (isStaff(before, origin, mayName, resolved, known, outcome)) visit.traffic = "internal";
  takeAnswers(event, source, said, resolved, mayName, known, outcome);
  takeTraits(event, resolved.part, mayName, outcome);
  takeGroup(event, resolved, mayName, known);
  if (visit.traffic) {
    if (known.traffic.fateOf(visit.traffic) === "drop") return visit.traffic;
    drops.setAside(event, `aside_${visit.traffic}`);
  }
  const last = outcome.seen.get(resolved.part);
  if (!last || last < event.happenedAt) outcome.seen.set(resolved.part, event.happenedAt);
  visit.session = known.sessions.of({
    visitor: resolved.visitor,
    at: event.happenedAt,
    campaign: kind.visit,
    begins: !event.trusted || event.context.page !== undefined || event.context.userAgent !== undefined,
  });
  visit.account = known.accounts.accountOf({
    named: event.group?.id ?? event.groupId,
    customerId: resolved.customer,
    at: event.happenedAt,
    trusted: event.trusted,
  });
  const row = rowOf(ctx, event, resolved, known, visit);
  outcome.rows.push(row);
  // What is set aside is no order: it must not hide one that counts.
  if (row.recordKey && !visit.traffic) outcome.records.push(recordOf(event, row, resolved));
  return undefined;
}

const trafficOrigin = (event: Incoming): Origin => ({
  network: event.network,
  address: event.trusted ? event.context.ip : undefined,
  agent: event.context.userAgent,
  email: typeof event.traits.email === "string" ? event.traits.email : event.email,
  traits: event.traits,
  says: event.context.internal,
});

/** Whether an event is of the brand's own people. Who says so once is remembered, and their browser with them. */
function isStaff(
  before: readonly number[],
  origin: Origin,
  mayName: boolean,
  { customer, visitor }: Resolved,
  { traffic, staff }: Known,
  { newStaff }: Outcome,
): boolean {
  const ids = visitor ? [customer, visitor] : [customer];
  const says = mayName && traffic.isStaff(origin);
  if (!says && ![...before, ...ids].some((id) => staff.has(id))) return false;
  for (const id of ids) {
    if (staff.has(id)) continue;
    staff.add(id);
    newStaff.push(id);
  }
  return true;
}

function recordOf(
  event: Incoming,
  { eventId, recordKey }: Row,
  { customer, part }: Resolved,
): Outcome["records"][number] {
  const { trusted, receivedAt } = event;
  return { customerId: customer, partId: part, recordKey, eventId, trusted, receivedAt, event };
}

interface Said {
  all: Told[];
  yes: Said["all"];
  no: Said["all"];
  /** A yes that nothing shows, to a purpose that asks by mail whether it was meant: it counts for nothing yet. */
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
    !garden.synthetic &&
    !isProven(event, source) &&
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
  { book, consent, accounts }: Known,
  { answers, joins }: Outcome,
): Resolved {
  const { happenedAt: at, name, messageId, sourceId } = event;
  const told = { at, event: name, messageId, sourceId };
  const resolved =
    event.type === "alias"
      ? book.alias(event.previousId!, claims, told, event.trusted)
      : book.resolve(claims, told, event.trusted);
  for (const { subjectId, customerId, partId } of book.changes.links.slice(joins.length)) {
    answers.push(...consent.carryRefusals(subjectId, customerId, event, mergedPart(book, partId)));
    accounts.join(subjectId, customerId);
    joins.push({ subjectId, customerId: partId, personal: mayName });
  }
  return resolved;
}

function takeAnswers(
  event: Incoming,
  source: Source | undefined,
  said: Said,
  resolved: Resolved,
  mayName: boolean,
  { book, consent }: Known,
  { answers, unconfirmed }: Outcome,
): void {
  const { customer, visitor } = resolved;
  const part = mergedPart(book, resolved.part);
  const partOf = (id: number) => (id === customer ? part : undefined);
  // A no is of the browser and of whom it names: each is asked by itself where only the browser speaks.
  // Of a browser that is somebody else's first one nothing is said of that person.
  const browser = visitor === resolved.part || book.isKnown(visitor) ? 0 : visitor;
  for (const id of new Set([customer, browser || customer]))
    answers.push(...consent.apply(id, said.no, event, originOf(event), partOf(id)));
  // Unsigned words of a browser never grant for a customer who was known before; they grant for the visitor.
  const speaker = mayName ? customer : browser;
  if (speaker) {
    answers.push(...consent.apply(speaker, said.yes, event, originOf(event), partOf(speaker)));
    for (const { purpose } of said.open) unconfirmed.push(unconfirmedBy(event, speaker, purpose));
  }
  answers.push(...consent.state(customer, source, event, part));
}

/** Which part of a merged customer speaks; undefined where nobody was merged. */
const mergedPart = (book: IdentityBook, part: number) => (book.isMerged(part) ? part : undefined);

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
 * A group call makes the account and the membership. Of a customer who was known before, who holds only a public key says
 * nothing of that kind.
 */
function takeGroup(
  event: Incoming,
  { part, customer }: Resolved,
  mayName: boolean,
  { accounts }: Known,
): void {
  if (!event.group) return;
  const { role, ...traits } = storableTraits(event.group.traits);
  accounts.group({
    ...{ externalId: event.group.id, traits, role: roleOf(role), at: event.happenedAt },
    ...{ trusted: event.trusted, speaker: mayName ? part : 0, customerId: customer },
  });
}

/**
 * What anyone may say about a customer who was known before: with a public key alone nobody changes where messages go,
 * nor how the customer is called.
 */
function withoutPersonal(traits: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(traits).filter(([key]) => !isPersonalTrait(key)));
}
