import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { query, sql, withoutNul } from "../../platform/postgres/index.ts";
import { isPersonalTrait } from "../profiles/index.ts";
import { shapeOf, type Violation } from "../quality/index.ts";
import { holdPipeline } from "./hold.ts";
import type { DropReason, Incoming, Json } from "./model.ts";
import { storable, storableTraits } from "./normalise.ts";
import type { Row } from "./row.ts";

/** So much of a batch is shown: of each name, source and outcome a few, so that a flood of one hides no other. */
const ofOneKindMax = 5;
const ofBatchMax = 60;
/** A longer one is shown without its properties. */
const shownBytesMax = 8 * 1024;

interface Shown {
  event: Incoming;
  outcome: "kept" | DropReason;
  row?: Row | undefined;
  violations: readonly Violation[];
}

/** The events of a batch that the debugger shows. What is only found out at its end, `retell` says. */
export class Recent {
  readonly #shown: Shown[] = [];
  readonly #kinds = new Map<string, number>();

  add(shown: Shown): void {
    if (this.#shown.length >= ofBatchMax) return;
    const kind = `${shown.event.sourceId} ${shown.outcome} ${shown.event.name}`;
    const before = this.#kinds.get(kind) ?? 0;
    if (before >= ofOneKindMax) return;
    this.#kinds.set(kind, before + 1);
    this.#shown.push(shown);
  }

  /** Some of the kept ones turn out to tell again of what is known. */
  retell(repeated: ReadonlySet<string>): void {
    for (const shown of this.#shown) {
      if (!shown.row || !repeated.has(shown.row.eventId)) continue;
      shown.outcome = "told_before";
      shown.row = undefined;
    }
  }

  async save(tx: Tx): Promise<void> {
    if (!this.#shown.length) return;
    const rows = this.#shown;
    await query(
      tx,
      sql`insert into recent_events (at, source_id, type, name, outcome, customer_id, message_id, raw, enriched, violations)
        select * from unnest(${rows.map(({ event }) => event.receivedAt)}::timestamptz[], ${rows.map(({ event }) => event.sourceId)}::bigint[],
          ${rows.map(({ event }) => event.type)}::text[], ${rows.map(({ event }) => event.name.slice(0, 255))}::text[],
          ${rows.map(({ outcome }) => outcome)}::text[], ${rows.map(({ row }) => row?.customerId ?? 0)}::bigint[],
          ${rows.map(({ event, outcome }) => (isAgreed(outcome) ? event.messageId : null))}::text[],
          ${rows.map((row) => bounded(rawOf(row)))}::jsonb[], ${rows.map(({ row }) => bounded(row && JSON.parse(row.line)))}::jsonb[],
          ${rows.map(({ violations }) => (violations.length ? JSON.stringify(violations) : null))}::jsonb[])`,
    );
  }
}

const Withdrawn = z.object({ customerIds: z.array(z.number()) });

/**
 * Somebody said no: what the debugger shows of them goes at once, as a copy that no purpose needs. For the fact
 * `consent.withdrawn`. A batch that is under way has ended before, so none is saved behind us.
 */
export async function forgetRecent(ctx: Context, payload: unknown): Promise<void> {
  const { customerIds } = Withdrawn.parse(payload);
  await ctx.inTransaction(async (tx) => {
    await holdPipeline(tx, ctx.garden.id);
    await query(
      tx,
      sql`with meant as (
          select unnest(${customerIds}::bigint[]) as id
          union select customer_id from customer_links where subject_id = any(${customerIds}::bigint[])
        ), own as (
          select id from meant union select l.subject_id from customer_links l join meant on l.customer_id = meant.id
        )
        delete from recent_events where customer_id in (select id from own)`,
    );
  });
}

const isAgreed = (outcome: Shown["outcome"]) => outcome !== "no_consent" && outcome !== "withdrawn";

/**
 * An event as it came. Of what is kept all of it, for those who may read customers; of what was let go nothing that is
 * personal; of somebody who did not agree only which properties there were. An address of the network is never kept.
 */
function rawOf({ event, outcome }: Shown): Json {
  const { type, name } = event;
  if (!isAgreed(outcome)) return { type, name, properties: shapeOf(event.properties) };
  const { ip: _, ...context } = event.context;
  if (outcome !== "kept") return withoutPersonal({ type, name, properties: event.properties, context });
  return {
    type,
    name,
    messageId: event.messageId,
    ...(event.userId === undefined ? {} : { userId: event.userId }),
    ...(event.anonymousId === undefined ? {} : { anonymousId: event.anonymousId }),
    timestamp: new Date(event.happenedAt.getTime() - event.movedMs).toISOString(),
    ...(Object.keys(event.traits).length ? { traits: storableTraits(event.traits) } : {}),
    properties: storableTraits(event.properties),
    context: storableTraits(context),
  };
}

/** What remains of a raw event for those who may not read customers. */
export function withoutPersonal(raw: Json): Json {
  const { userId: _user, anonymousId: _anonymous, ...shown } = raw;
  const object = (value: unknown) => (typeof value === "object" && value !== null ? (value as Json) : {});
  const { traits: _traits, ...context } = object(raw.context);
  return {
    ...shown,
    ...(raw.traits
      ? {
          traits: Object.fromEntries(
            Object.entries(storable(object(raw.traits))).filter(([key]) => !isPersonalTrait(key)),
          ),
        }
      : {}),
    ...(raw.properties ? { properties: storable(object(raw.properties)) } : {}),
    ...(raw.context ? { context: storable(context) } : {}),
  };
}

/** As JSON text; what is too long says how long it was. */
function bounded(value: Json | undefined): string | null {
  if (!value) return null;
  // A copy for eyes: what it cannot hold is left out, and holds up no batch.
  const text = withoutNul(JSON.stringify(value));
  if (text.length <= shownBytesMax) return text;
  const { type, name } = value;
  return withoutNul(JSON.stringify({ type, name, tooLongToShow: text.length }));
}
