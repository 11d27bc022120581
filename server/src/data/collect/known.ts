import { z } from "zod";
import { Source, type Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { type AccountBook, loadAccounts } from "../accounts/index.ts";
import { answersFor, listPurposes, ownAnswersOf, type Purpose } from "../consent/index.ts";
import {
  type Claims,
  type Identifier,
  IdentityBook,
  identifierKey,
  loadIdentities,
  newCustomerIds,
  readRules,
} from "../identity/index.ts";
import {
  loadMarks,
  loadSchemas,
  loadSessions,
  loadSight,
  loadStaff,
  type Marks,
  type Schemas,
  type Sessions,
  type TrafficSight,
} from "../quality/index.ts";
import { loadTouchpointRules, type TouchpointRule } from "../touchpoints/index.ts";
import type { Rates } from "./amount.ts";
import { ConsentState } from "./consent-state.ts";
import type { BatchContext, Incoming } from "./model.ts";
import { claimsOf } from "./normalise.ts";

/** What the database knows of the events of a batch, and keeps what becomes of it while the batch is worked through. */
export interface Known {
  /** Who each event says it is from, in the order of the events. */
  claims: Claims[];
  sources: Map<number, Source>;
  purposes: Purpose[];
  rates: Rates;
  /** Which properties operators called personal, or harmless. */
  marks: Marks;
  /** What events have to hold. */
  schemas: Schemas;
  /** By which events belong to touchpoints; the first that holds decides. */
  touchpoints: TouchpointRule[];
  sessions: Sessions;
  traffic: TrafficSight;
  /** Customers and visitors who are the brand's own people. */
  staff: Set<number>;
  consent: ConsentState;
  book: IdentityBook;
  accounts: AccountBook;
}

/** Reads all of it at once, so that events are worked through without asking the database. */
export async function loadKnown(tx: Tx, ctx: BatchContext, events: readonly Incoming[]): Promise<Known> {
  const rules = await readRules(tx, ctx.garden);
  const blocked = new Set(rules.blocked.map((value) => value.toLowerCase()));
  const claims = events.map((event) => claimsOf(event, { ...rules, blocked }));
  const claimed = [...new Set(claims.flatMap((claim) => claim.customerId ?? []))];
  const known = await loadIdentities(tx, identifiersOf(events, claims), claimed);
  const sources = await sourcesOf(tx, events);
  const purposes = await listPurposes(tx);
  const rates = await loadRates(tx);
  const marks = await loadMarks(tx);
  const schemas = await loadSchemas(tx);
  const touchpoints = await loadTouchpointRules(tx);
  const traffic = await loadSight(tx);
  const sessions = await loadSessions(tx, visitorsOf(claims, known.owners));
  const users = [...known.devices.values()].flatMap(({ current, loose }) => [current, loose ?? current]);
  const involved = new Set([...known.owners.values(), ...known.links.values(), ...claimed, ...users]);
  const parts = [...known.merged];
  const own = parts.length ? await ownAnswersOf(tx, parts) : [];
  const consent = new ConsentState(await answersFor(tx, [...involved]), purposes, own);
  const staff = await loadStaff(tx, [...involved]);
  const ids = await newCustomerIds(
    tx,
    // One more for each browser, which may be found to be shared.
    known.owners.size +
      claims.reduce((sum, claim, at) => sum + countNew(claim, events[at]!, known.owners), 0),
  );
  const accounts = await loadAccounts(
    tx,
    events.flatMap((event) => event.group?.id ?? event.groupId ?? []),
    [...involved],
  );
  const book = new IdentityBook(known, () => ids.pop()!, rules);
  return {
    claims,
    sources,
    purposes,
    rates,
    marks,
    schemas,
    touchpoints,
    sessions,
    traffic,
    staff,
    consent,
    book,
    accounts,
  };
}

/** The visitors of these claims who were here before. */
function visitorsOf(claims: readonly Claims[], owners: ReadonlyMap<string, number>): number[] {
  const found = new Set<number>();
  for (const { anonymousId } of claims) {
    const visitor =
      anonymousId === undefined ? undefined : owners.get(identifierKey("anonymous_id", anonymousId));
    if (visitor !== undefined) found.add(visitor);
  }
  return [...found];
}

function identifiersOf(events: readonly Incoming[], claims: readonly Claims[]): Identifier[] {
  const wanted = new Map<string, Identifier>();
  const add = (kind: string, value: string | undefined) => {
    if (value !== undefined) wanted.set(`${kind} ${value}`, { kind, value });
  };
  events.forEach((event, at) => {
    const claim = claims[at]!;
    add("user_id", claim.userId);
    add("anonymous_id", claim.anonymousId);
    add("email", claim.email);
    add("phone", claim.phone);
    add("email_sha256", claim.emailHash);
    add("phone_sha256", claim.phoneHash);
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
  if (claim.email ?? claim.phone ?? claim.emailHash ?? claim.phoneHash) count++;
  return count;
}

async function sourcesOf(tx: Tx, events: readonly Incoming[]): Promise<Map<number, Source>> {
  const ids = [...new Set(events.map((event) => event.sourceId))];
  const rows = await query(
    tx,
    sql`select id, name, kind, consent_mode, consent_categories, stated_basis, proves_consent, origins, signing_secret, enabled from sources where id = any(${ids}::bigint[])`,
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
