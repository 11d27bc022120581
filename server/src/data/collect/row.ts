import { randomUUID } from "node:crypto";
import { recordKeyOf } from "../events/index.ts";
import type { Resolved } from "../identity/index.ts";
import { type Device, type Traffic, withMarks } from "../quality/index.ts";
import { amountOf } from "./amount.ts";
import type { Classified } from "./classify.ts";
import type { Known } from "./known.ts";
import type { BatchContext, Incoming, Json } from "./model.ts";
import { storable } from "./normalise.ts";

/** A kept event on its way to the event store. */
export interface Row {
  eventId: string;
  recordKey: string;
  name: string;
  /** Whether it is left out of every question. */
  isAside: boolean;
  customerId: number;
  /** The whole of it as JSON. */
  line: string;
}

/** What surrounds an event: where it came from, with what, and in which session of its visitor. */
export interface Visited {
  kind: Classified;
  device: Device;
  session: number;
  /** To which account it belongs; 0 for none. */
  account: number;
  /** '' for what counts. */
  traffic: Traffic | "";
}

/** What an event says of itself: of a page with where it was seen. */
export function statedProperties(event: Incoming): Json {
  const page = event.context.page as Json | undefined;
  return event.type === "page" && page
    ? { path: page.path, url: page.url, title: page.title, referrer: page.referrer, ...event.properties }
    : event.properties;
}

/** The row of a kept event in the event store: classified, counted in the garden's currency, without personal data. */
export function rowOf(
  ctx: BatchContext,
  event: Incoming,
  resolved: Resolved,
  known: Pick<Known, "rates" | "marks">,
  visit: Visited,
): Row {
  const { kind, device } = visit;
  const amount = amountOf(event, ctx.garden, known.rates);
  const stated = statedProperties(event);
  const properties = withMarks(known.marks, event.name, storable(stated), stated);
  const eventId = randomUUID();
  const recordKey = recordKeyOf(event.name, properties);
  const line = JSON.stringify({
    event_id: eventId,
    subject_id: resolved.subject,
    // Not the survivor of an operator's merge: the row goes back with its part, when that is taken back.
    customer_id: resolved.part,
    visitor_id: resolved.visitor,
    account_id: visit.account,
    happened_at: event.happenedAt.toISOString(),
    received_at: event.receivedAt.toISOString(),
    source_id: event.sourceId,
    name: event.name,
    channel: kind.channel,
    medium: kind.medium,
    campaign: kind.campaign,
    session_id: visit.session,
    device: device.device,
    os: device.os,
    browser: device.browser,
    traffic: visit.traffic,
    clock_moved_ms: event.movedMs,
    record_key: recordKey,
    amount_minor: amount.amountMinor,
    currency: amount.currency,
    amount_garden_minor: amount.gardenMinor,
    synthetic: ctx.garden.synthetic ? 1 : 0,
    properties,
  });
  return {
    ...{ eventId, recordKey, name: event.name, customerId: resolved.customer, line },
    isAside: visit.traffic !== "",
  };
}
