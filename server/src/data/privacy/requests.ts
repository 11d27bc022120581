import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Context, record, type SealedColumn, type Tx } from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { survivorsOf } from "../identity/index.ts";

export const RequestKind = z.enum([
  ...["access", "portability", "rectify", "restrict", "object", "erase", "anonymise"],
] as ["access", "portability", "rectify", "restrict", "object", "erase", "anonymise"]);
export type RequestKind = z.infer<typeof RequestKind>;

const RequestState = z.enum(["open", "working", "done", "refused"]);

export const PrivacyRequest = z.object({
  id: z.string(),
  kind: RequestKind,
  customerId: z.number().nullable(),
  state: RequestState,
  origin: z.enum(["operator", "portal"]),
  openedAt: z.date(),
  dueAt: z.date(),
  extendedBecause: z.string().nullable(),
  closedAt: z.date().nullable(),
  note: z.string().nullable(),
  words: z.string().nullable(),
  erasureId: z.string().nullable(),
});
export type PrivacyRequest = z.infer<typeof PrivacyRequest>;

export const sealedByPrivacy: SealedColumn[] = [
  { table: "privacy_requests", column: "note" },
  { table: "privacy_requests", column: "words" },
];

const columns = sql.raw(
  "id, kind, customer_id, state, origin, opened_at, due_at, extended_because, closed_at, note, words, erasure_id",
);

/** The same day some months later; the last day where that month is shorter. */
export function monthsAfter(at: Date, months: number): Date {
  const later = new Date(at);
  const day = later.getUTCDate();
  later.setUTCDate(1);
  later.setUTCMonth(later.getUTCMonth() + months);
  const last = new Date(Date.UTC(later.getUTCFullYear(), later.getUTCMonth() + 1, 0)).getUTCDate();
  later.setUTCDate(Math.min(day, last));
  return later;
}

/** A request must be answered within a month; within three, where a reason is given. */
const monthsToAnswer = 1;
const monthsMore = 2;

const opened = (ctx: Context, request: PrivacyRequest): PrivacyRequest => {
  const open = (text: string | null, column: string) =>
    text === null ? null : ctx.keys.ring().open(text, `privacy_requests.${column}`);
  return { ...request, note: open(request.note, "note"), words: open(request.words, "words") };
};
const sealed = (ctx: Context, text: string | undefined, column: string) =>
  text ? ctx.keys.ring().seal(text, `privacy_requests.${column}`) : null;

/** Files what a person asks about their own data. A customer who asks for the same again gets the request that waits. */
export async function fileRequest(
  ctx: Context,
  ask: {
    customerId: number;
    kind: RequestKind;
    origin: PrivacyRequest["origin"];
    words?: string | undefined;
  },
): Promise<PrivacyRequest> {
  return ctx.inTransaction(async (tx) => {
    const customerId = (await survivorsOf(tx, [ask.customerId])).get(ask.customerId)!;
    const waiting = await queryOne(
      tx,
      sql`select ${columns} from privacy_requests
        where customer_id = ${customerId} and kind = ${ask.kind} and closed_at is null order by opened_at limit 1`,
      PrivacyRequest,
    );
    if (waiting && !ask.words) return opened(ctx, waiting);
    const request = await queryOne(
      tx,
      sql`insert into privacy_requests (id, kind, customer_id, origin, opened_at, due_at, words)
        values (${randomUUID()}, ${ask.kind}, ${customerId}, ${ask.origin}, ${ctx.now()}, ${monthsAfter(ctx.now(), monthsToAnswer)},
          ${sealed(ctx, ask.words, "words")})
        returning ${columns}`,
      PrivacyRequest,
    );
    await record(tx, ctx, "privacy.requested", request!.id, null, { kind: ask.kind, origin: ask.origin });
    return opened(ctx, request!);
  });
}

/** The requests that wait, those whose time is over first; then the answered ones, newest first. */
export async function listRequests(
  ctx: Context,
  ask: { max: number; customerIds?: readonly number[] },
): Promise<PrivacyRequest[]> {
  const rows = await query(
    ctx.pool,
    sql`select ${columns} from privacy_requests
      where (${ask.customerIds ? [...ask.customerIds] : null}::bigint[] is null or customer_id = any(${ask.customerIds ? [...ask.customerIds] : null}::bigint[]))
      order by closed_at is not null, case when closed_at is null then due_at end, closed_at desc, id limit ${ask.max}`,
    PrivacyRequest,
  );
  return rows.map((row) => opened(ctx, row));
}

/** Refuses request.missing, request.closed. */
export async function lockOpenRequest(tx: Tx, ctx: Context, id: string): Promise<PrivacyRequest> {
  const request = await queryOne(
    tx,
    sql`select ${columns} from privacy_requests where id = ${id} for update`,
    PrivacyRequest,
  );
  if (!request) refuse("missing", "request.missing", "There is no such request.");
  if (request.closedAt) refuse("conflict", "request.closed", "This request is answered already.");
  return opened(ctx, request);
}

/** Takes two months more, once, for a reason that the person is told. Refuses request.extended besides. */
export async function extendRequest(ctx: Context, id: string, because: string): Promise<void> {
  ctx.require("privacy:write");
  await ctx.inTransaction(async (tx) => {
    const request = await lockOpenRequest(tx, ctx, id);
    if (request.extendedBecause !== null)
      refuse("conflict", "request.extended", "The time of this request was extended already.");
    await query(
      tx,
      sql`update privacy_requests set extended_because = ${because}, due_at = ${monthsAfter(request.dueAt, monthsMore)} where id = ${id}`,
    );
    await record(tx, ctx, "privacy.extended", id, null, { kind: request.kind });
  });
}

/** Ends a request: done, or refused with the reason. */
export async function closeRequest(
  tx: Tx,
  ctx: Context,
  request: PrivacyRequest,
  state: "done" | "refused",
  note?: string,
): Promise<void> {
  await query(
    tx,
    sql`update privacy_requests set state = ${state}, closed_at = ${ctx.now()}, note = ${sealed(ctx, note, "note")} where id = ${request.id}`,
  );
  await record(tx, ctx, state === "done" ? "privacy.answered" : "privacy.refused", request.id, null, {
    kind: request.kind,
  });
}
