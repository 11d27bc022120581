import { z } from "zod";
import type { Context } from "../context.ts";
import { findSourceById, recentDrops } from "./store.ts";

const Seen = z.object({ name: z.string(), happened: z.string(), received: z.string() });

export const Live = z.object({
  /** `waiting`: nothing came. `dropped`: it is connected, but nothing was kept. `kept`: events are stored. */
  state: z.enum(["waiting", "dropped", "kept"]),
  /** The newest kept event, without properties. */
  lastEvent: z.object({ name: z.string(), happenedAt: z.date(), receivedAt: z.date() }).nullable(),
  /** The newest dropped event with its reason; events are dropped without any personal field. */
  lastDrop: z.object({ name: z.string(), reason: z.string(), at: z.date() }).nullable(),
  /** Category names of which one must be true for an event to be kept, when consent is what is missing. */
  missingConsent: z.array(z.string()),
});
export type Live = z.infer<typeof Live>;

/** How far back a connection is looked for, in ms. */
const windowMs = 60 * 60 * 1000;

/** What became of the events of a source since `since`, for the page that waits for the first; undefined without source. */
export async function liveOf(
  ctx: Context,
  sourceId: number,
  since: Date | undefined,
): Promise<Live | undefined> {
  const source = await findSourceById(ctx.pool, sourceId);
  if (!source) return undefined;
  const from = since ?? new Date(ctx.now().getTime() - windowMs);
  const [drop] = await recentDrops(ctx.pool, sourceId, from);
  const kept =
    source.lastEventAt !== null && source.lastEventAt >= from
      ? await lastKept(ctx, sourceId, from)
      : undefined;
  const lacksConsent = !kept && (drop?.reason === "no_consent" || drop?.reason === "withdrawn");
  return {
    state: kept ? "kept" : drop ? "dropped" : "waiting",
    lastEvent: kept ?? null,
    lastDrop: drop ?? null,
    missingConsent: lacksConsent
      ? Object.keys(source.consentCategories).filter(
          (category) => source.consentCategories[category] === "measure",
        )
      : [],
  };
}

async function lastKept(ctx: Context, sourceId: number, from: Date) {
  const rows = await ctx.events.query(
    Seen,
    { sourceId, from },
    `select name, toString(happened_at) as happened, toString(received_at) as received
    from events
    where source_id = {sourceId:UInt32} and received_at >= {from:DateTime64(3, 'UTC')}
    order by received_at desc limit 1`,
  );
  const row = rows[0];
  const instant = (text: string) => new Date(`${text.replace(" ", "T")}Z`);
  return row && { name: row.name, happenedAt: instant(row.happened), receivedAt: instant(row.received) };
}
