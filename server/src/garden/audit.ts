import { z } from "zod";
import { query, sql } from "../platform/postgres/index.ts";
import type { Route } from "./route.ts";

const Change = z.object({
  id: z.number(),
  at: z.date(),
  actorKind: z.string(),
  actorId: z.string(),
  actorName: z.string(),
  action: z.string(),
  subject: z.string(),
  before: z.unknown().nullable(),
  after: z.unknown().nullable(),
});

/** Who changed what: the trail that `record` writes, newest first. */
export function auditRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/audit",
    access: { right: "audit:read" },
    tag: "Settings",
    summary: "Who changed what, newest first",
    query: z.object({
      /** Only changes before this one: the id that the last page ended with. */
      before: z.coerce.number().int().positive().optional(),
      max: z.coerce.number().int().min(1).max(500).default(100),
      action: z.string().max(100).optional(),
      garden: z.string().optional(),
    }),
    reply: z.object({ changes: z.array(Change), next: z.number().nullable() }),
    handler: async ({ ctx, query: ask }) => {
      const changes = await query(
        ctx.pool,
        sql`select id, at, actor_kind, actor_id, actor_name, action, subject, before, after from audit
          where (${ask.before ?? null}::bigint is null or id < ${ask.before ?? null})
            and (${ask.action ?? null}::text is null or starts_with(action, ${ask.action ?? null}))
          order by id desc limit ${ask.max}`,
        Change,
      );
      return { changes, next: changes.length === ask.max ? changes.at(-1)!.id : null };
    },
  });
}
