import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { Source } from "../../garden/index.ts";
import { enqueueLines, type Outgoing } from "../../platform/outbox/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import {
  type Answer,
  answersFor,
  answersOfPreferences,
  listPurposes,
  recordAnswers,
} from "../consent/index.ts";
import {
  type Claims,
  type Identifier,
  IdentityBook,
  loadIdentities,
  newCustomerIds,
  saveIdentities,
} from "../identity/index.ts";
import {
  isPersonalTrait,
  mergeTraits,
  patchTraits,
  queueCustomerRows,
  type TraitLink,
  type TraitPatch,
  touch,
} from "../profiles/index.ts";
import { amountOf, type Rates } from "./amount.ts";
import { classify, isBot } from "./classify.ts";
import { ConsentState } from "./consent-state.ts";
import { Drops } from "./drops.ts";
import type { Incoming, Trust } from "./model.ts";
import { claimsOf, eventsOf, storable, storableTraits } from "./normalise.ts";

/** How much one transaction takes. More gains nothing, and a crash repeats more. */
export const requestsMax = 200;
const bytesMax = 4 * 1024 * 1024;
/** The customer of an event that has none: an answer without a name. */
const nobody = 0;

export interface Batch {
  requests: number;
  events: number;
  kept: number;
  /** The kept rows on their way to the event store. */
  rows?: Outgoing;
}

const InboxRow = z.object({
  id: z.number(),
  sourceId: z.number(),
  receivedAt: z.date(),
  trust: z.unknown(),
  body: z.instanceof(Buffer),
});

/**
 * Takes what waits in the inbox through the pipeline, in one transaction: the requests leave the
 * inbox, the state changes are saved, and the finished rows stand in the outbox. Undefined when
 * nothing waits; `taken` hears which requests it is about. A crash at any point repeats work, and never
 * loses or doubles an event.
 */
export async function takeBatch(
  tx: Tx,
  ctx: Context,
  max = requestsMax,
  taken: (ids: number[]) => void = () => {},
): Promise<Batch | undefined> {
  const requests = await takeRequests(tx, max);
  if (!requests.length) return undefined;
  taken(requests.map((request) => request.id));
  const events = requests.flatMap((request) => eventsOf({ ...request, trust: request.trust as Trust }));
  const drops = new Drops(ctx.now(), ctx.garden.timezone);
  const fresh = await dropSeen(tx, events, drops);
  const lines = await enrich(tx, ctx, fresh, drops);
  await drops.save(tx);
  const batch = { requests: requests.length, events: events.length, kept: lines.length };
  if (!lines.length) return batch;
  return { ...batch, rows: await enqueueLines(tx, "events_stored", Buffer.from(lines.join("\n"))) };
}

async function takeRequests(tx: Tx, max: number) {
  const rows = await query(
    tx,
    sql`with waiting as (
        select id, sum(length(body)) over (order by id) as bytes from (
          select id, body from inbox where lane = 0 order by id limit ${max}::int for update skip locked
        ) as first
      )
      delete from inbox using waiting where inbox.id = waiting.id
        and (waiting.bytes <= ${bytesMax}::bigint or waiting.id = (select min(id) from waiting))
      returning inbox.id, inbox.source_id, inbox.received_at, inbox.trust, inbox.body`,
    InboxRow,
  );
  return rows.sort((a, b) => a.id - b.id);
}

/** Events whose message id was never seen from that source. */
async function dropSeen(tx: Tx, events: Incoming[], drops: Drops): Promise<Incoming[]> {
  const first = new Map<string, Incoming>();
  for (const event of events) {
    const key = `${event.sourceId} ${event.messageId}`;
    if (first.has(key)) drops.add(event, "duplicate");
    else first.set(key, event);
  }
  const candidates = [...first.values()];
  const rows = await query(
    tx,
    sql`insert into message_ids (source_id, message_id, seen_at)
      select source_id, message_id, ${candidates.at(-1)?.receivedAt ?? null}::timestamptz
      from unnest(${candidates.map((event) => event.sourceId)}::bigint[], ${candidates.map((event) => event.messageId)}::text[]) as m (source_id, message_id)
      on conflict do nothing returning source_id, message_id`,
    z.object({ sourceId: z.number(), messageId: z.string() }),
  );
  if (rows.length === candidates.length) return candidates;
  const fresh = new Set(rows.map((row) => `${row.sourceId} ${row.messageId}`));
  return candidates.filter((event) => {
    const isFresh = fresh.has(`${event.sourceId} ${event.messageId}`);
    if (!isFresh) drops.add(event, "duplicate");
    return isFresh;
  });
}

/** Consent, identity, profile and rows for events in their order. Gives the rows of the kept ones as JSON. */
async function enrich(tx: Tx, ctx: Context, events: Incoming[], drops: Drops): Promise<string[]> {
  if (!events.length) return [];
  const claims = events.map(claimsOf);
  const known = await loadIdentities(tx, identifiersOf(events, claims), [
    ...new Set(claims.flatMap((claim) => claim.customerId ?? [])),
  ]);
  const [sources, purposes, rates] = [
    await sourcesOf(tx, events),
    await listPurposes(tx),
    await loadRates(tx),
  ];
  const involved = new Set([
    ...known.owners.values(),
    ...known.links.values(),
    ...claims.flatMap((claim) => claim.customerId ?? []),
  ]);
  const consent = new ConsentState(await answersFor(tx, [...involved]), purposes);
  const ids = await newCustomerIds(
    tx,
    claims.reduce((sum, claim, at) => sum + countNew(claim, events[at]!, known.owners), 0),
  );
  const book = new IdentityBook(known, () => ids.pop()!);

  const lines: string[] = [];
  const answers: Answer[] = [];
  const patches: TraitPatch[] = [];
  const seen = new Map<number, Date>();
  const joins: TraitLink[] = [];

  events.forEach((event, at) => {
    const claim = claims[at]!;
    const source = sources.get(event.sourceId);
    if (isBot(event)) {
      drops.add(event, "bot");
      return;
    }
    const isNobody = claim.customerId === nobody;
    const before = isNobody ? [] : book.peek(claim);
    const said = answersOfPreferences(
      (event.context.consent as Record<string, unknown> | undefined)?.categoryPreferences,
      source?.consentCategories ?? {},
      purposes,
    );
    const wasKnown = before.some((id) => book.isKnown(id));
    const isOneVisitor = !wasKnown && before.length === 1;
    const verdict = consent.judge(
      before,
      (id) => book.survivor(id),
      said,
      source,
      event.trusted || isOneVisitor,
      event,
    );
    if (verdict !== "collect") {
      // A no is obeyed whoever says it, and needs no event to be kept.
      for (const id of before)
        answers.push(
          ...consent.apply(
            id,
            said.filter((one) => !one.granted),
            event,
            "event",
          ),
        );
      drops.add(event, verdict);
      return;
    }
    if (isNobody) {
      // There is no person whose consent, traits or visits could be kept.
      lines.push(line(ctx, event, { subject: nobody, customer: nobody, visitor: nobody }, rates));
      return;
    }
    const resolved =
      event.type === "alias"
        ? book.alias(event.previousId!, claim, event.happenedAt, event.trusted)
        : book.resolve(claim, event.happenedAt, event.trusted);
    const mayName = event.trusted || !wasKnown;
    for (const { subjectId, customerId } of book.changes.links.slice(joins.length)) {
      answers.push(...consent.carryRefusals(subjectId, customerId, event));
      joins.push({ subjectId, customerId, personal: mayName });
    }
    // Unsigned words of a browser never grant for a customer who was known before; they grant for the visitor.
    const speaker = mayName ? resolved.customer : resolved.visitor;
    const isVisitorOnly = !mayName && resolved.visitor === resolved.customer;
    // A no is of the browser and of whom it names: each is asked by itself where only the browser speaks.
    for (const id of new Set([resolved.customer, resolved.visitor || resolved.customer]))
      answers.push(
        ...consent.apply(
          id,
          said.filter((one) => !one.granted),
          event,
          "event",
        ),
      );
    if (speaker && !isVisitorOnly)
      answers.push(
        ...consent.apply(
          speaker,
          said.filter((one) => one.granted),
          event,
          "event",
        ),
      );
    answers.push(...consent.state(resolved.customer, source, event));
    const stated = storableTraits(event.traits);
    const traits = mayName ? stated : withoutPersonal(stated);
    if (Object.keys(traits).length)
      patches.push({ customerId: resolved.customer, traits, at: event.happenedAt });
    const last = seen.get(resolved.customer);
    if (!last || last < event.happenedAt) seen.set(resolved.customer, event.happenedAt);
    lines.push(line(ctx, event, resolved, rates));
  });

  const { changes } = book;
  await saveIdentities(tx, ctx, changes, events[0]!.sourceId);
  await mergeTraits(tx, joins);
  // What a visitor said earlier in this batch comes to the customer by the same rule.
  const nameless = new Set(joins.filter((join) => !join.personal).map((join) => join.subjectId));
  await patchTraits(
    tx,
    patches.map((patch) => ({
      ...patch,
      customerId: book.survivor(patch.customerId),
      traits: nameless.has(patch.customerId) ? withoutPersonal(patch.traits) : patch.traits,
    })),
  );
  await touch(tx, seen);
  await recordAnswers(tx, answers, { rowsFollow: true });
  const changed = new Set([
    ...changes.created.map((one) => one.id),
    ...changes.madeKnown,
    ...changes.links.flatMap((link) => [link.subjectId, link.customerId]),
    ...answers.map((answer) => answer.customerId),
  ]);
  await queueCustomerRows(tx, [...changed], ctx.garden.synthetic);
  await markSources(tx, events);
  return lines;
}

/**
 * What anyone may say about a customer who was known before: with a public key alone nobody changes where messages go,
 * nor how the customer is called.
 */
function withoutPersonal(traits: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(traits).filter(([key]) => !isPersonalTrait(key)));
}

function line(
  ctx: Context,
  event: Incoming,
  resolved: { subject: number; customer: number; visitor: number },
  rates: Rates,
): string {
  const kind = classify(event);
  const amount = amountOf(event, ctx.garden, rates);
  const page = event.context.page as Record<string, unknown> | undefined;
  const properties = storable(
    event.type === "page" && page
      ? { path: page.path, url: page.url, title: page.title, referrer: page.referrer, ...event.properties }
      : event.properties,
  );
  return JSON.stringify({
    event_id: randomUUID(),
    subject_id: resolved.subject,
    customer_id: resolved.customer,
    visitor_id: resolved.visitor,
    happened_at: event.happenedAt.toISOString(),
    received_at: event.receivedAt.toISOString(),
    source_id: event.sourceId,
    name: event.name,
    channel: kind.channel,
    medium: kind.medium,
    campaign: kind.campaign,
    record_key:
      event.name.startsWith("Order ") &&
      (typeof properties.order_id === "string" || typeof properties.order_id === "number")
        ? `order:${properties.order_id}`
        : "",
    amount_minor: amount.amountMinor,
    currency: amount.currency,
    amount_garden_minor: amount.gardenMinor,
    synthetic: ctx.garden.synthetic ? 1 : 0,
    properties,
  });
}

function identifiersOf(events: Incoming[], claims: Claims[]): Identifier[] {
  const wanted = new Map<string, Identifier>();
  const add = (kind: string, value: string | undefined) => {
    if (value !== undefined) wanted.set(`${kind} ${value}`, { kind, value });
  };
  events.forEach((event, at) => {
    const claim = claims[at]!;
    add("user_id", claim.userId);
    add("anonymous_id", claim.anonymousId);
    add("email", claim.email);
    add("anonymous_id", event.previousId);
    add("user_id", event.previousId);
  });
  return [...wanted.values()];
}

/** At most this many customers can come from an event. */
function countNew(claim: Claims, event: Incoming, owners: Map<string, number>): number {
  let count = event.type === "alias" ? 1 : 0;
  if (claim.userId !== undefined && !owners.has(`user_id\u0000${claim.userId}`)) count++;
  if (claim.anonymousId !== undefined && !owners.has(`anonymous_id\u0000${claim.anonymousId}`)) count++;
  if (claim.email !== undefined) count++;
  return count;
}

async function sourcesOf(tx: Tx, events: Incoming[]): Promise<Map<number, Source>> {
  const ids = [...new Set(events.map((event) => event.sourceId))];
  const rows = await query(
    tx,
    sql`select id, name, kind, consent_mode, consent_categories, stated_basis, origins, signing_secret, enabled from sources where id = any(${ids}::bigint[])`,
    Source,
  );
  return new Map(rows.map((source) => [source.id, source]));
}

async function loadRates(tx: Tx): Promise<Rates> {
  const rows = await query(
    tx,
    sql`select currency, valid_from::text as valid_from, rate::float8 as rate from exchange_rates order by currency, valid_from desc`,
    z.object({ currency: z.string(), validFrom: z.string(), rate: z.number() }),
  );
  const rates = new Map<string, { validFrom: string; rate: number }[]>();
  for (const { currency, ...rate } of rows) rates.set(currency, [...(rates.get(currency) ?? []), rate]);
  return rates;
}

/** The pages of sources show when the first and the last event came, kept or not. */
async function markSources(tx: Tx, events: Incoming[]): Promise<void> {
  const last = new Map<number, Date>();
  for (const event of events) {
    const before = last.get(event.sourceId);
    if (!before || before < event.receivedAt) last.set(event.sourceId, event.receivedAt);
  }
  for (const [id, at] of last) {
    await query(
      tx,
      sql`update sources set first_event_at = coalesce(first_event_at, ${at}), last_event_at = ${at}
        where id = ${id} and (last_event_at is null or last_event_at < ${at}::timestamptz - interval '1 second')`,
    );
  }
}
