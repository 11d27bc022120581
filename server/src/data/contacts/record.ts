import { type Context, internalSource, record, rightsOf, sealText } from "../../garden/index.ts";
import { parseId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { holdPipeline, neverTake, submit } from "../collect/index.ts";
import { consentsOf, listPurposes } from "../consent/index.ts";
import { hideRecord } from "../events/index.ts";
import { getCustomer } from "../profiles/index.ts";
import { type ContactInput, type ContactSettings, usualSettings } from "./model.ts";
import * as store from "./store.ts";

/** How late an entry that waited for the network may come, and how far ahead a clock may be, in ms. */
const lateMs = 7 * 24 * 60 * 60 * 1000;
const aheadMs = 5 * 60 * 1000;

export const settingsOf = async (ctx: Context): Promise<ContactSettings> =>
  (await store.savedSettings(ctx.pool)) ?? usualSettings(ctx.garden.language);

/** Changes which kinds and topics there are. Refuses contact.kind_twice. */
export async function changeContactSettings(ctx: Context, after: ContactSettings): Promise<void> {
  ctx.require("settings:write");
  const keys = after.kinds.map((kind) => kind.key);
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice) refuse("invalid", "contact.kind_twice", `The kind ${twice} is there twice.`, { key: twice });
  const before = await settingsOf(ctx);
  await ctx.inTransaction(async (tx) => {
    await store.saveSettings(tx, after, ctx.now());
    await record(tx, ctx, "contact.settings_changed", "contacts", before, after);
  });
}

const messageIdOf = (id: number) => `contact-${id}`;

/**
 * Writes a contact down, and makes an event of it, without the note. Refuses contact.kind_unknown, contact.too_old,
 * contact.not_allowed, customer.missing.
 */
export async function recordContact(ctx: Context, input: ContactInput): Promise<store.StoredContact> {
  ctx.require("contacts:write");
  const before = await store.findByClientId(ctx.pool, input.clientId);
  if (before) return before;
  const kind = (await settingsOf(ctx)).kinds.find((one) => one.key === input.kind);
  if (!kind) refuse("invalid", "contact.kind_unknown", `There is no kind of contact ${input.kind}.`);
  const at = input.at ? new Date(input.at) : ctx.now();
  const age = ctx.now().getTime() - at.getTime();
  if (age > lateMs || age < -aheadMs)
    refuse("invalid", "contact.too_old", "This was written down more than a week ago, or by a wrong clock.");
  const customer =
    input.customer === null ? undefined : await getCustomer(ctx, parseId("customer", input.customer));
  if (customer && (await refusesCollection(ctx, customer.id)))
    refuse(
      "conflict",
      "contact.not_allowed",
      "This customer does not want to be recorded. Save it without a customer, and without a note on who it was.",
    );
  const { id: actorId, name: actorName } = ctx.actor;
  return ctx.inTransaction(async (tx) => {
    const id = await store.insertContact(tx, {
      ...{ clientId: input.clientId, at, recordedAt: ctx.now(), actorId, actorName },
      customerId: customer?.id ?? null,
      ...{ kind: kind.key, channel: kind.channel, topics: input.topics, mood: input.mood },
      note: input.note ? sealText(ctx, input.note, "contacts.note") : null,
    });
    if (id === undefined) return (await store.findByClientId(tx, input.clientId))!;
    await submit(tx, ctx, [
      {
        type: "track",
        event: "Contact Recorded",
        messageId: messageIdOf(id),
        timestamp: at,
        ...(customer ? { customerId: customer.id } : { anonymousId: messageIdOf(id) }),
        properties: {
          contact_id: id,
          kind: kind.key,
          channel: kind.channel,
          ...(input.topics.length ? { topics: input.topics } : {}),
          ...(input.mood ? { mood: input.mood } : {}),
          has_note: input.note !== "",
        },
      },
    ]);
    return (await store.findContact(tx, id))!;
  });
}

/** Whether the customer said no to being recorded at all. */
export async function refusesCollection(ctx: Context, customerId: number): Promise<boolean> {
  const purposes = await listPurposes(ctx.pool);
  const collects = purposes
    .filter((purpose) => purpose.kinds.includes("collect"))
    .map((purpose) => purpose.key);
  const answers = await consentsOf(ctx.pool, customerId);
  return answers.some((answer) => !answer.granted && collects.includes(answer.purpose));
}

/**
 * Takes a contact back: its note is gone, and its event is hidden, or never made where it still waits. One's own, or with
 * the right data:write anybody's. Refuses contact.missing, contact.not_yours.
 */
export async function undoContact(ctx: Context, id: number): Promise<void> {
  ctx.require("contacts:write");
  const source = await internalSource(ctx);
  await ctx.inTransaction(async (tx) => {
    // While the pipeline stands still the event is either stored or waits.
    await holdPipeline(tx, ctx.garden.id);
    const contact = await store.findContact(tx, id);
    if (!contact) refuse("missing", "contact.missing", "There is no such contact.");
    if (contact.undoneAt) return;
    if (contact.actorId !== ctx.actor.id && !rightsOf(ctx.actor).includes("data:write"))
      refuse("forbidden", "contact.not_yours", "Somebody else recorded this. Ask them to take it back.");
    await store.markUndone(tx, id, ctx.now());
    await neverTake(tx, source.id, messageIdOf(id), ctx.now());
    await hideRecord(tx, `contact:${id}`);
    await record(tx, ctx, "contact.undone", String(id), null, null);
  });
}
