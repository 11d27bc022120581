import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Actor, type Context, rightsOf } from "../../garden/index.ts";
import { parseId, publicId } from "../../platform/ids.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { customersById } from "../profiles/index.ts";
import { sessionsOfVisitor } from "../quality/index.ts";
import { withoutPersonal } from "./recent.ts";

/** How often is looked for new events, in ms. */
const lookMs = 400;
/** How often a stream proves that it lives, and that its reader still may read. */
const provedMs = 10_000;
/** A reader who takes nothing for so long is cut off: nothing is ever gathered for them. */
const slowMs = 10_000;
/** Events that go out at once; the next are read when these have left. */
const pageMax = 50;
/** What a new reader sees of what came before. */
const before = 50;
const streams = { ofOne: 8, all: 64 };

export const StreamAsk = z.object({
  name: z.string().max(255).optional(),
  source: z.string().max(50).optional(),
  customer: z.string().max(50).optional(),
  /** `kept`, `dropped` for all that was let go, `odd` for what is not as its schema says. */
  outcome: z.enum(["kept", "dropped", "odd"]).optional(),
  /** The id after which to begin; what the header Last-Event-ID says stands before it. */
  after: z.coerce.number().int().min(0).optional(),
  /** Stands here because a browser's stream sends no header. */
  garden: z.string().optional(),
});
type StreamAsk = z.infer<typeof StreamAsk>;

const Found = z.object({
  id: z.number(),
  at: z.date(),
  sourceId: z.number(),
  source: z.string(),
  type: z.string(),
  name: z.string(),
  outcome: z.string(),
  customerId: z.number(),
  messageId: z.string().nullable(),
  raw: z.record(z.string(), z.unknown()).nullable(),
  enriched: z.record(z.string(), z.unknown()).nullable(),
  violations: z.array(z.record(z.string(), z.unknown())).nullable(),
});

/** An event as the debugger shows it: the `data` of one message of the stream. */
const DebuggedEvent = z.object({
  id: z.number(),
  at: z.string(),
  source: z.string(),
  type: z.string(),
  name: z.string(),
  /** `kept`, or why it was let go. */
  outcome: z.string(),
  customer: z.string().nullable(),
  /** What they are called; only for those with the right customers:read. */
  customerName: z.string().nullable(),
  messageId: z.string().nullable(),
  raw: z.record(z.string(), z.unknown()).nullable(),
  /** As it is stored; null for what was let go. */
  enriched: z.record(z.string(), z.unknown()).nullable(),
  violations: z.array(z.record(z.string(), z.unknown())),
});

/** Every stream of this process, so that a stopping server lets go of them. */
export interface Streams {
  open: Map<AbortController, string>;
  /** Who calls, asked again while a stream lasts. */
  identify(request: FastifyRequest): Promise<{ actor: Actor } | undefined>;
}

/**
 * Sends what comes in as server-sent events until the reader goes, may no longer read, or falls behind. Refuses
 * stream.too_many, customer.missing, source.missing.
 */
export async function streamEvents(
  ctx: Context,
  ask: StreamAsk,
  request: FastifyRequest,
  reply: FastifyReply,
  around: Streams,
): Promise<void> {
  const customer = ask.customer === undefined ? undefined : parseId("customer", ask.customer);
  if (ask.customer !== undefined && customer === undefined)
    refuse("missing", "customer.missing", "There is no such customer.");
  const source = ask.source === undefined ? undefined : parseId("source", ask.source);
  if (ask.source !== undefined && source === undefined)
    refuse("missing", "source.missing", "There is no such source.");
  const who = `${ctx.actor.kind} ${ctx.actor.id}`;
  const own = [...around.open.values()].filter((one) => one === who).length;
  if (own >= streams.ofOne || around.open.size >= streams.all)
    refuse("too_many", "stream.too_many", "Too many debuggers are open. Close one of them.", {
      retryAfterSeconds: 10,
    });
  const seesPeople = rightsOf(ctx.actor).includes("customers:read");
  const said = Number(request.headers["last-event-id"] ?? ask.after);
  const closing = new AbortController();
  around.open.set(closing, who);
  const raw = reply.raw;
  raw.once("close", () => closing.abort());
  reply.hijack();
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    // A proxy that gathers would hold everything back.
    "x-accel-buffering": "no",
  });

  /** Resolves when the text has left, and cuts the reader off who does not take it. */
  async function send(text: string): Promise<void> {
    if (raw.write(text)) return;
    const isSlow = AbortSignal.timeout(slowMs);
    await new Promise<void>((resolve) => {
      const done = () => {
        raw.off("drain", done);
        resolve();
      };
      raw.once("drain", done);
      closing.signal.addEventListener("abort", done, { once: true });
      isSlow.addEventListener("abort", () => {
        if (raw.writableNeedDrain) raw.destroy();
        done();
      });
    });
  }

  try {
    let last = await beginning(ctx, Number.isSafeInteger(said) && said >= 0 ? said : undefined);
    let provedAt = performance.now();
    await send(`retry: 2000\n: connected\n\n`);
    while (!closing.signal.aborted) {
      const events = await eventsAfter(ctx, last, { ...ask, customerId: customer, sourceId: source });
      for (const event of events) last = Math.max(last, event.id);
      if (events.length) {
        const names = await namesOf(ctx, events, seesPeople);
        await send(events.map((event) => messageOf(event, seesPeople, names)).join(""));
      }
      if (performance.now() - provedAt > provedMs) {
        provedAt = performance.now();
        const over = await isOver(around, request, seesPeople);
        if (over) {
          await send(`event: over\ndata: {"reason":"session"}\n\n`);
          break;
        }
        last = Math.min(last, await newest(ctx));
        await send(`: ${new Date().toISOString()}\n\n`);
      }
      if (events.length < pageMax)
        await sleep(lookMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  } catch (error) {
    if (!closing.signal.aborted) request.log.error({ err: error }, "a stream of events ended in an error");
  } finally {
    around.open.delete(closing);
    raw.end();
  }
}

/** Whether who reads may do so no longer: signed out, expired, or without the right. */
async function isOver(around: Streams, request: FastifyRequest, seesPeople: boolean): Promise<boolean> {
  const caller = await around.identify(request).catch(() => undefined);
  const rights = caller ? rightsOf(caller.actor) : [];
  return !rights.includes("data:read") || (seesPeople && !rights.includes("customers:read"));
}

async function newest(ctx: Context): Promise<number> {
  const row = await queryOne(
    ctx.pool,
    sql`select coalesce(max(id), 0) as id from recent_events`,
    z.object({ id: z.number() }),
  );
  return row!.id;
}

/** Where a stream begins: after what its reader has, else a little before now. After a crash numbers begin anew. */
async function beginning(ctx: Context, said: number | undefined): Promise<number> {
  const id = await newest(ctx);
  return said === undefined || said > id ? Math.max(0, id - before) : said;
}

function eventsAfter(
  ctx: Context,
  last: number,
  ask: StreamAsk & { customerId: number | undefined; sourceId: number | undefined },
): Promise<z.infer<typeof Found>[]> {
  const only = (condition: unknown, part: ReturnType<typeof sql>) =>
    condition === undefined ? sql.empty : part;
  return query(
    ctx.pool,
    sql`select r.id, r.at, r.source_id, coalesce(s.name, '') as source, r.type, r.name, r.outcome, r.customer_id, r.message_id, r.raw, r.enriched, r.violations
      from recent_events r left join sources s on s.id = r.source_id
      where r.id > ${last} and r.at > ${new Date(ctx.now().getTime() - 3_600_000)}
        ${only(ask.name, sql`and r.name ilike '%' || ${ask.name?.replace(/[\\%_]/g, "\\$&")} || '%'`)}
        ${only(ask.sourceId, sql`and r.source_id = ${ask.sourceId}`)}
        ${only(ask.customerId, sql`and r.customer_id = ${ask.customerId}`)}
        ${only(ask.outcome, ask.outcome === "odd" ? sql`and r.violations is not null` : ask.outcome === "kept" ? sql`and r.outcome = 'kept'` : sql`and r.outcome <> 'kept'`)}
      order by r.id limit ${pageMax}`,
    Found,
  );
}

const publicKinds = {
  subject_id: "customer",
  customer_id: "customer",
  visitor_id: "customer",
  account_id: "account",
} as const;

/** A row of the event store as the outside sees it: the numbers of people and accounts never leave the server. */
function withPublicIds({ source_id: _, session_id: session, ...row }: Record<string, unknown>) {
  const named = Object.entries(publicKinds).flatMap(([key, kind]) =>
    typeof row[key] === "number" && row[key] > 0 ? [[key, publicId(kind, row[key])] as const] : [],
  );
  const visit = typeof session === "number" && session > 0 ? { session: session % sessionsOfVisitor } : {};
  return { ...row, ...Object.fromEntries(named), ...visit };
}

/** What customers of these events are called; nobody for those who may not see people. */
async function namesOf(
  ctx: Context,
  events: readonly z.infer<typeof Found>[],
  seesPeople: boolean,
): Promise<Map<number, string | null>> {
  const ids = seesPeople ? [...new Set(events.map((event) => event.customerId).filter((id) => id > 0))] : [];
  return new Map((await customersById(ctx.pool, ids)).map((one) => [one.id, one.displayName]));
}

function messageOf(
  found: z.infer<typeof Found>,
  seesPeople: boolean,
  names: ReadonlyMap<number, string | null>,
): string {
  const { id, at, source, type, name, outcome, customerId, messageId, raw, enriched, violations } = found;
  const event: z.infer<typeof DebuggedEvent> = {
    ...{ id, source, type, name, outcome },
    enriched: enriched && withPublicIds(enriched),
    at: at.toISOString(),
    customer: customerId ? publicId("customer", customerId) : null,
    customerName: names.get(customerId) ?? null,
    messageId,
    raw: raw && (seesPeople ? raw : withoutPersonal(raw)),
    violations: violations ?? [],
  };
  return `id: ${id}\nevent: event\ndata: ${JSON.stringify(event)}\n\n`;
}
