import { randomUUID } from "node:crypto";
import { recordKeyOf } from "../events/index.ts";
import type { Resolved } from "../identity/index.ts";
import { amountOf, type Rates } from "./amount.ts";
import { classify } from "./classify.ts";
import type { BatchContext, Incoming } from "./model.ts";
import { storable } from "./normalise.ts";

/** A kept event on its way to the event store. */
export interface Row {
  eventId: string;
  recordKey: string;
  name: string;
  customerId: number;
  /** The whole of it as JSON. */
  line: string;
}

/** The row of a kept event in the event store: classified, counted in the garden's currency, without personal data. */
export function rowOf(ctx: BatchContext, event: Incoming, resolved: Resolved, rates: Rates): Row {
  const kind = classify(event);
  const amount = amountOf(event, ctx.garden, rates);
  const page = event.context.page as Record<string, unknown> | undefined;
  const properties = storable(
    event.type === "page" && page
      ? { path: page.path, url: page.url, title: page.title, referrer: page.referrer, ...event.properties }
      : event.properties,
  );
  const eventId = randomUUID();
  const recordKey = recordKeyOf(event.name, properties);
  const line = JSON.stringify({
    event_id: eventId,
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
    record_key: recordKey,
    amount_minor: amount.amountMinor,
    currency: amount.currency,
    amount_garden_minor: amount.gardenMinor,
    synthetic: ctx.garden.synthetic ? 1 : 0,
    properties,
  });
  return { eventId, recordKey, name: event.name, customerId: resolved.customer, line };
}
