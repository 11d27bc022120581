import type { FastifyInstance, FastifyRequest } from "fastify";
import { refuse } from "../../../platform/refusal.ts";
import { type Accepted, refuseLongBatch } from "../accept.ts";
import type { Json } from "../model.ts";
import { credentialsOf } from "../writer.ts";
import { decode } from "./decode.ts";
import { answerImage } from "./image.ts";
import { browserOf, contextOf } from "./page.ts";
import { answerOf, apartByKey, type CollectSurroundings, statusOf, takeCalls, takesEvents } from "./seam.ts";
import { instantOf, jsonIn, listOf, numberOf, objectOf, present, textOf } from "./values.ts";

/**
 * Snowplow's trackers, by POST and by GET. The app id, `aid`, is the write key of a source, or the address carries it as
 * `writeKey`.
 */
export function snowplowRoutes(scope: FastifyInstance, around: CollectSurroundings): void {
  takesEvents(
    scope,
    "POST",
    "/com.snowplowanalytics.snowplow/tp2",
    { summary: "Accepts a batch of Snowplow's trackers" },
    async (request, reply) => {
      const body = await decode(request);
      const { data } = objectOf("json" in body ? body.json : undefined);
      if (!Array.isArray(data))
        refuse("invalid", "batch.missing", "The body needs `data`, a list of events.");
      return answerOf(await take(around, request, data), reply);
    },
  );
  takesEvents(
    scope,
    "GET",
    "/i",
    { summary: "Accepts one event of Snowplow's trackers, and answers with an image" },
    async (request, reply) => answerImage(reply, statusOf(await take(around, request, [request.query]))),
  );
}

async function take(
  around: CollectSurroundings,
  request: FastifyRequest,
  events: readonly unknown[],
): Promise<Accepted> {
  refuseLongBatch(events);
  const shown = credentialsOf(request);
  const userAgent = browserOf(request.headers["user-agent"]);
  const all: Accepted = { accepted: 0, rejected: [] };
  const apps = await apartByKey(around, request, events, (event) => ({
    ...shown,
    key: shown.key ?? textOf(objectOf(event).aid),
  }));
  for (const app of apps) {
    const { accepted, rejected } = await takeCalls(around, request, app.shown, () =>
      callsOf(app.items, userAgent),
    );
    all.accepted += accepted;
    all.rejected.push(...rejected);
  }
  return all;
}

/** The calls that these events mean. Lines of an order that comes along are told with it. */
export function callsOf(events: readonly unknown[], userAgent?: string): unknown[] {
  const orders = new Map<string, Json[]>();
  for (const event of events.map(objectOf)) if (event.e === "tr") orders.set(textOf(event.tr_id) ?? "", []);
  const others = events.filter((event) => {
    const line = objectOf(event);
    const lines = line.e === "ti" ? orders.get(textOf(line.ti_id) ?? "") : undefined;
    lines?.push(line);
    return !lines;
  });
  return others.map((event) => {
    if (typeof event !== "object" || event === null) return event;
    const order = event as Json;
    // Of an order that is told twice the first tells its lines.
    const lines = order.e === "tr" ? orders.get(textOf(order.tr_id) ?? "")?.splice(0) : undefined;
    return callOf(order, lines ?? [], userAgent);
  });
}

function callOf(event: Json, lines: readonly Json[], userAgent: string | undefined): Json {
  const entities = entitiesOf(event);
  const messageId = textOf(event.eid);
  const sentAt = instantOf(numberOf(event.stm));
  const happened = whatHappened(event, entities, lines);
  const said = preferencesOf(event, entities);
  return {
    ...present({
      userId: textOf(event.uid),
      anonymousId:
        textOf(event.duid) ??
        textOf(event.nuid) ??
        textOf(event.tnuid) ??
        textOf(entities.find(({ name }) => name === "client_session")?.data.userId),
      messageId,
      sentAt,
      timestamp: timeOf(event.ttm) ?? timeOf(event.dtm),
    }),
    context: {
      ...contextOf({
        url: event.url,
        title: event.page,
        referrer: event.refr,
        userAgent: event.ua ?? (event.p === undefined || event.p === "web" ? userAgent : undefined),
        locale: event.lang,
        timezone: event.tz,
        library: { name: "snowplow", version: event.tv },
      }),
      ...(said ? { consent: { categoryPreferences: said } } : {}),
    },
    ...happened,
    properties: { ...happened.properties, ...ownEntities(entities) },
  };
}

/** Milliseconds since 1970, as text. */
const timeOf = (stated: unknown): string | undefined => instantOf(numberOf(stated)) ?? textOf(stated);

/** Data of a schema, `iglu:vendor/name/format/version`. */
interface Described {
  vendor: string;
  name: string;
  data: Json;
}

function describedIn(value: unknown): Described | undefined {
  const { schema, data } = objectOf(value);
  const [, vendor, name] = /^iglu:([^/]+)\/([^/]+)\//.exec(textOf(schema) ?? "") ?? [];
  return vendor === undefined || name === undefined ? undefined : { vendor, name, data: objectOf(data) };
}

/** JSON of an event, plain or as base64. */
function packed(plain: unknown, base64: unknown): Json {
  const text = textOf(base64);
  return objectOf(jsonIn(plain) ?? (text && jsonIn(Buffer.from(text, "base64url").toString("utf8"))));
}

/** What surrounds an event. */
const entitiesOf = (event: Json): Described[] =>
  listOf(packed(event.co, event.cx).data).flatMap((one) => describedIn(one) ?? []);

const isSnowplows = ({ vendor }: Described) =>
  /^(com\.snowplowanalytics|org\.w3|org\.ietf|com\.google|nl\.basjes|com\.iab)\b/.test(vendor);

/** What the brand put around an event itself. */
function ownEntities(entities: readonly Described[]): Json {
  const own = entities.filter((one) => !isSnowplows(one));
  return own.length ? { contexts: own.map(({ name, data }) => ({ name, data })) } : {};
}

type Happened = { type: string; event?: unknown; name?: unknown; properties: Json };
const track = (event: unknown, properties: Json = {}): Happened => ({
  type: "track",
  event,
  properties: present(properties),
});

function whatHappened(event: Json, entities: readonly Described[], lines: readonly Json[]): Happened {
  switch (event.e) {
    case "pv":
      return { type: "page", ...present({ name: event.page }), properties: {} };
    case "pp":
      return track("Page Pinged", {
        scrolled_from: numberOf(event.pp_miy),
        scrolled_to: numberOf(event.pp_may),
      });
    case "se":
      return track(event.se_ac, {
        category: event.se_ca,
        label: event.se_la,
        property: event.se_pr,
        event_value: numberOf(event.se_va),
      });
    case "tr":
      return track("Order Completed", {
        order_id: event.tr_id,
        revenue: numberOf(event.tr_tt),
        tax: numberOf(event.tr_tx),
        shipping: numberOf(event.tr_sh),
        currency: event.tr_cu,
        affiliation: event.tr_af,
        ...(lines.length ? { products: lines.map(lineOf) } : {}),
      });
    case "ti":
      return track("Order Line Recorded", { order_id: event.ti_id, currency: event.ti_cu, ...lineOf(event) });
    case "ue":
      return selfDescribed(describedIn(packed(event.ue_pr, event.ue_px).data), entities);
    default:
      return track(undefined);
  }
}

const lineOf = (line: Json): Json =>
  present({
    product_id: textOf(line.ti_sk),
    sku: textOf(line.ti_sk),
    name: textOf(line.ti_nm),
    category: textOf(line.ti_ca),
    price: numberOf(line.ti_pr),
    quantity: numberOf(line.ti_qu),
  });

/** An event by its schema: Snowplow's own have our names, a brand's keep theirs. */
function selfDescribed(described: Described | undefined, entities: readonly Described[]): Happened {
  if (!described) return track(undefined);
  const { name, data } = described;
  if (!isSnowplows(described)) return { type: "track", event: name, properties: data };
  switch (name) {
    case "link_click":
      return track("Link Clicked", { url: data.targetUrl, ...data });
    case "site_search":
      return track("Products Searched", { query: listOf(data.terms).join(" "), ...data });
    case "add_to_cart":
    case "remove_from_cart":
      return track(name === "add_to_cart" ? "Product Added" : "Product Removed", {
        product_id: data.sku,
        sku: data.sku,
        name: data.name,
        category: data.category,
        price: numberOf(data.unitPrice),
        quantity: numberOf(data.quantity),
        currency: data.currency,
      });
    case "screen_view":
      return { type: "screen", ...present({ name: data.name }), properties: data };
    case "consent_granted":
      return track("Consent Granted", data);
    case "consent_withdrawn":
      return track("Consent Withdrawn", data);
    case "consent_preferences":
      return track(isNo(data) ? "Consent Withdrawn" : "Consent Granted", data);
    case "snowplow_ecommerce_action":
      return commerce(data, entities);
    default:
      return { type: "track", event: name, properties: data };
  }
}

/** Names of the actions of the e-commerce plug-in. */
const actions = new Map([
  ["product_view", "Product Viewed"],
  ["list_view", "Product List Viewed"],
  ["list_click", "Product Clicked"],
  ["add_to_cart", "Product Added"],
  ["remove_from_cart", "Product Removed"],
  ["checkout_step", "Checkout Step Completed"],
  ["transaction", "Order Completed"],
  ["refund", "Order Refunded"],
  ["promo_view", "Promotion Viewed"],
  ["promo_click", "Promotion Clicked"],
]);

function commerce(data: Json, entities: readonly Described[]): Happened {
  const of = (entity: string) =>
    entities.filter((one) => one.name === entity && /\.ecommerce$/.test(one.vendor));
  const { type, ...more } = data;
  const products = of("product").map(({ data: product }) => {
    const { id, ...rest } = product;
    return present({ product_id: id, ...rest });
  });
  const [order] = of("transaction");
  const [refund] = of("refund");
  const about = order ?? refund;
  const money = about && {
    ...about.data,
    order_id: about.data.transaction_id,
    transaction_id: undefined,
    revenue: numberOf(about.data.revenue ?? about.data.refund_amount),
  };
  const one = products.length === 1 && !about && !/^list_|^checkout/.test(textOf(type) ?? "");
  return track(actions.get(textOf(type) ?? "") ?? type, {
    ...more,
    ...of("cart")[0]?.data,
    ...of("checkout_step")[0]?.data,
    ...of("promotion")[0]?.data,
    ...money,
    ...(one ? products[0] : products.length ? { products } : {}),
  });
}

const isNo = (data: Json) => data.eventType === "deny_all" || data.eventType === "withdrawn";

/** The purposes that every garden has, for whoever takes everything back. */
const everything = { measure: false, personalise: false, contact: false };

/**
 * What an event says about consent: the scopes of the consent plug-in, or the documents that older trackers name, each a
 * category that the source binds to a purpose.
 */
function preferencesOf(event: Json, entities: readonly Described[]): Json | undefined {
  if (event.e !== "ue") return undefined;
  const told = describedIn(packed(event.ue_pr, event.ue_px).data);
  if (!told || !isSnowplows(told)) return undefined;
  const all = (names: unknown[], granted: boolean) =>
    Object.fromEntries(
      names.flatMap((name) => (textOf(name) === undefined ? [] : [[textOf(name)!, granted]])),
    );
  const documents = entities
    .filter(({ name }) => name === "consent_document")
    .flatMap(({ data }) => [data.id, data.name]);
  switch (told.name) {
    case "consent_preferences":
      if (isNo(told.data)) return { ...all(listOf(told.data.consentScopes), false), ...everything };
      return /^(allow_|implicit)/.test(textOf(told.data.eventType) ?? "")
        ? all(listOf(told.data.consentScopes), true)
        : undefined;
    case "consent_granted":
      return all(documents, true);
    case "consent_withdrawn":
      return { ...all(documents, false), ...(told.data.all === true ? everything : {}) };
    default:
      return undefined;
  }
}
