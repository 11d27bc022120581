import { z } from "zod";
import { type Context, openText, type Route, rightsOf } from "../../garden/index.ts";
import { parseId, publicId } from "../../platform/ids.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { getCustomer } from "../profiles/index.ts";
import { ContactInput, ContactSettings, Mood } from "./model.ts";
import { findPeople } from "./people.ts";
import {
  changeContactSettings,
  recordContact,
  refusesCollection,
  settingsOf,
  undoContact,
} from "./record.ts";
import { contactsSince, type StoredContact } from "./store.ts";

const Shown = z.object({
  id: z.number(),
  at: z.date(),
  by: z.string(),
  customer: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
  kind: z.string(),
  topics: z.array(z.string()),
  mood: Mood.nullable(),
  note: z.string().nullable(),
  undone: z.boolean(),
  /** Whether this operator may take it back. */
  mayUndo: z.boolean(),
});

const Person = z.object({
  id: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  userId: z.string().nullable(),
  by: z.enum(["name", "email", "phone", "order", "number"]),
});

/** Contacts that people at the till and on the phone write down. */
export function contactRoutes(route: Route): void {
  const write = { right: "contacts:write" } as const;
  const shown = (ctx: Context, contact: StoredContact): z.input<typeof Shown> => ({
    id: contact.id,
    at: contact.at,
    by: contact.actorName,
    customer:
      contact.customerId === null
        ? null
        : { id: publicId("customer", contact.customerId), name: contact.customerName },
    kind: contact.kind,
    topics: contact.topics,
    mood: contact.mood,
    note: contact.note === null ? null : openText(ctx, contact.note, "contacts.note"),
    undone: contact.undoneAt !== null,
    mayUndo:
      contact.undoneAt === null &&
      (contact.actorId === ctx.actor.id || rightsOf(ctx.actor).includes("data:write")),
  });

  route({
    method: "GET",
    url: "/api/contacts",
    access: write,
    tag: "Contacts",
    summary: "Today's contacts, newest first, with the kinds and topics there are",
    reply: z.object({ settings: ContactSettings, items: z.array(Shown) }),
    handler: async ({ ctx }) => ({
      settings: await settingsOf(ctx),
      items: (await contactsSince(ctx.pool, await startOfDay(ctx), 200)).map((one) => shown(ctx, one)),
    }),
  });

  route({
    method: "GET",
    url: "/api/contacts/people",
    access: write,
    tag: "Contacts",
    summary: "People by name, e-mail, telephone, order or customer number",
    query: z.object({ search: z.string().trim().min(2).max(100) }),
    reply: z.object({ items: z.array(Person) }),
    handler: async ({ ctx, query: { search } }) => ({ items: await findPeople(ctx, search) }),
  });

  route({
    method: "GET",
    url: "/api/contacts/people/:id",
    access: write,
    tag: "Contacts",
    summary: "Whether a contact with this customer may be recorded under their name",
    params: z.object({ id: z.string().max(40) }),
    reply: z.object({ id: z.string(), name: z.string().nullable(), mayRecord: z.boolean() }),
    refusals: ["customer.missing"],
    handler: async ({ ctx, params }) => {
      const customer = await getCustomer(ctx, parseId("customer", params.id));
      const mayRecord = !(await refusesCollection(ctx, customer.id));
      return { id: publicId("customer", customer.id), name: customer.displayName, mayRecord };
    },
  });

  route({
    method: "POST",
    url: "/api/contacts",
    access: write,
    tag: "Contacts",
    summary: "Record a contact; sent twice with one `clientId` it counts once",
    body: ContactInput,
    reply: Shown,
    refusals: ["contact.kind_unknown", "contact.too_old", "contact.not_allowed", "customer.missing"],
    status: 201,
    handler: async ({ ctx, body }) => shown(ctx, await recordContact(ctx, body)),
  });

  route({
    method: "POST",
    url: "/api/contacts/:id/undo",
    access: write,
    tag: "Contacts",
    summary: "Take a contact back: its note is gone, and its event is in no number any more",
    params: z.object({ id: z.coerce.number().int().positive() }),
    reply: z.object({ ok: z.literal(true) }),
    refusals: ["contact.missing", "contact.not_yours"],
    handler: async ({ ctx, params }) => {
      await undoContact(ctx, params.id);
      return { ok: true as const };
    },
  });

  route({
    method: "PUT",
    url: "/api/contacts/settings",
    access: { right: "settings:write" },
    tag: "Contacts",
    summary: "Change which kinds of contact and which topics there are",
    body: ContactSettings,
    reply: ContactSettings,
    refusals: ["contact.kind_twice"],
    handler: async ({ ctx, body }) => {
      await changeContactSettings(ctx, body);
      return body;
    },
  });
}

/** When today began in the garden's zone. */
async function startOfDay(ctx: Context): Promise<Date> {
  const [row] = await query(
    ctx.pool,
    sql`select date_trunc('day', ${ctx.now()}::timestamptz, ${ctx.garden.timezone}) as at`,
    z.object({ at: z.date() }),
  );
  return row!.at;
}
