import { z } from "zod";
import type { Route } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { listMails, MailLogEntry } from "../../platform/mail/index.ts";

/** The log of mails: what waits, what was sent, and what was not, with the reason. */
export function mailRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/mails",
    access: { right: "customers:read" },
    tag: "Consent",
    summary: "Mails that wait and mails that were sent, newest first; their words go when they have gone",
    query: z.object({ max: z.coerce.number().int().min(1).max(200).default(50) }),
    reply: z.object({
      mails: z.array(
        MailLogEntry.omit({ customerId: true, createdAt: true, endedAt: true }).extend({
          customer: z.string().nullable(),
          createdAt: z.string(),
          endedAt: z.string().nullable(),
        }),
      ),
    }),
    handler: async ({ ctx, query }) => ({
      mails: (await listMails(ctx.pool, query.max)).map(({ customerId, createdAt, endedAt, ...mail }) => ({
        ...mail,
        customer: customerId === null ? null : publicId("customer", customerId),
        createdAt: createdAt.toISOString(),
        endedAt: endedAt?.toISOString() ?? null,
      })),
    }),
  });
}
