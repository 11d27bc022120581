import type { FastifyInstance, FastifyRequest } from "fastify";
import { findSource } from "../../../garden/index.ts";
import { refuse } from "../../../platform/refusal.ts";
import { refuseLongBatch } from "../accept.ts";
import { faultOf } from "../check.ts";
import type { Json } from "../model.ts";
import { type Credentials, credentialsOf, isTokenLike } from "../writer.ts";
import { decode } from "./decode.ts";
import { contextOf } from "./page.ts";
import { type CollectSurroundings, takeCalls, takesEvents, writerFor } from "./seam.ts";
import { hashOf, instantOf, listOf, numberOf, objectOf, present, textOf } from "./values.ts";

/** Google's own limits, of which its debug address tells. */
const eventsMax = 25;
const nameMax = 40;

/**
 * The Measurement Protocol of Google Analytics 4. The write key of a source is the `api_secret` or the `measurement_id`;
 * the secret may also be a token with the scope collect:write beside the key. A request whose events cannot be used is
 * answered like any other, as its callers expect; operators see what was not taken.
 */
export function ga4Routes(scope: FastifyInstance, around: CollectSurroundings): void {
  takesEvents(
    scope,
    "POST",
    "/mp/collect",
    { summary: "Accepts events of the Measurement Protocol of Google Analytics 4" },
    async (request, reply) => {
      const shown = await shownBy(around, request);
      // Known before the body is read: a broken one is shown to whom it belongs.
      await writerFor(around, request, shown);
      const body = await bodyOf(request);
      await takeCalls(around, request, shown, () => callsOf(body).map(({ call }) => call));
      return reply.status(204).send();
    },
  );
  takesEvents(
    scope,
    "POST",
    "/debug/mp/collect",
    { summary: "Says what is wrong with events of the Measurement Protocol, and keeps nothing" },
    async (request) => {
      await writerFor(around, request, await shownBy(around, request));
      return { validationMessages: faultsOf(await bodyOf(request), around.now()) };
    },
  );
}

async function bodyOf(request: FastifyRequest): Promise<Json> {
  const body = await decode(request);
  if ("json" in body && !Array.isArray(body.json)) return objectOf(body.json);
  refuse("invalid", "body.not_an_object", "The body must be a JSON object with `events`, a list.");
}

/** The secret says more than the id, which stands in public pages. */
async function shownBy(around: CollectSurroundings, request: FastifyRequest): Promise<Credentials> {
  const { api_secret: secret, measurement_id: id, firebase_app_id: app } = request.query as Json;
  const shown = credentialsOf(request);
  const publicKey = textOf(id) ?? textOf(app) ?? shown.key;
  if (isTokenLike(secret)) return { key: await knownKey(around, publicKey), secret };
  const key = (await knownKey(around, textOf(secret))) ?? publicKey;
  return { ...shown, key };
}

/** A key that some source has; an id of Google's is nobody's here. */
async function knownKey(around: CollectSurroundings, key: string | undefined): Promise<string | undefined> {
  return key !== undefined && (await findSource(around.gardens, key)) ? key : undefined;
}

/** What is wrong with a request, in the words of the debug address. */
export function faultsOf(body: Json, now: Date): Json[] {
  const events = listOf(body.events);
  const fault = (fieldPath: string, description: string, validationCode: string) => ({
    fieldPath,
    description,
    validationCode,
  });
  if (!events.length) return [fault("events", "Send at least one event.", "VALUE_REQUIRED")];
  const faults =
    events.length > eventsMax
      ? [fault("events", `A request may have ${eventsMax} events.`, "EXCEEDED_MAX_ENTITIES")]
      : [];
  events.forEach((event, at) => {
    const name = textOf(objectOf(event).name);
    if (name && (name.length > nameMax || !/^[a-z]\w*$/i.test(name)))
      faults.push(
        fault(
          `events[${at}].name`,
          "A name starts with a letter and has 40 letters, digits and _ at most.",
          "NAME_INVALID",
        ),
      );
  });
  for (const { call, path } of callsOf(body)) {
    const found = faultOf(call, undefined, () => Buffer.byteLength(JSON.stringify(call)), now);
    if (found) faults.push(fault(path, found.message, "VALUE_INVALID"));
  }
  return faults;
}

/** The calls that a request means, with the place in it that each comes from. */
export function callsOf(body: Json): { call: unknown; path: string }[] {
  const person = present({
    userId: textOf(body.user_id),
    anonymousId: textOf(body.client_id) ?? textOf(body.app_instance_id),
  });
  const consent = preferencesOf(objectOf(body.consent));
  const events = listOf(body.events);
  refuseLongBatch(events);
  const calls = events.flatMap((event, at) => {
    const path = `events[${at}]`;
    if (typeof event !== "object" || event === null) return [{ call: event, path }];
    return callsOfEvent(event as Json, at, { body, person, consent }).map((call) => ({ call, path }));
  });
  const traits = traitsOf(objectOf(body.user_properties));
  if (!Object.keys(traits).length) return calls;
  const timestamp = timeOf(body, {});
  const call = {
    ...person,
    ...present({
      timestamp,
      messageId: timestamp && idOf(["user_properties", person, timestamp, shallow(traits)]),
    }),
    type: "identify",
    traits,
    context: contextWith({}, consent),
  };
  return [{ call, path: "user_properties" }, ...calls];
}

interface Around {
  body: Json;
  person: Json;
  consent: Json | undefined;
}

function callsOfEvent(event: Json, at: number, { body, person, consent }: Around): Json[] {
  const params = objectOf(event.params);
  const name = textOf(event.name);
  const timestamp = timeOf(event, body);
  const order = name === "purchase" ? textOf(params.transaction_id) : undefined;
  // Google's events have no id. What has a time to the microsecond, or is an order, is told apart by all its words.
  const messageId =
    timestamp || order
      ? idOf([
          name,
          person,
          textOf(event.timestamp_micros ?? body.timestamp_micros),
          order ?? at,
          order ? null : shallow(params),
        ])
      : undefined;
  const context = contextWith(
    contextOf({
      url: params.page_location,
      title: params.page_title,
      referrer: params.page_referrer,
      locale: params.language,
      campaign: { name: params.campaign, source: params.source, medium: params.medium, term: params.term },
    }),
    consent,
  );
  return whatHappened(name, event, params).map((call, n) => ({
    ...person,
    ...present({ timestamp }),
    ...(messageId ? { messageId: n === 0 ? messageId : `${messageId}-${n}` } : {}),
    context,
    ...call,
  }));
}

/** Params are flat, but for the list of items; nothing deeper is written down before it was checked. */
const shallow = (params: Json): unknown[] =>
  Object.entries(params).map(([name, value]) => [
    name,
    Array.isArray(value)
      ? value.map((item) => Object.entries(objectOf(item)).map(([key, one]) => [key, textOf(one)]))
      : textOf(value),
  ]);

const idOf = (words: unknown[]): string => `ga4-${hashOf(JSON.stringify(words))}`;

/** Microseconds since 1970, as a number or as text. */
function timeOf(event: Json, body: Json): string | undefined {
  const stated = event.timestamp_micros ?? body.timestamp_micros;
  const micros = numberOf(stated);
  return micros === undefined ? textOf(stated) : instantOf(Math.floor(micros / 1000));
}

/** `{ name: { value } }` */
const traitsOf = (properties: Json): Json =>
  present(
    Object.fromEntries(
      Object.entries(properties).map(([name, stated]) => [
        name,
        typeof stated === "object" && stated !== null ? (stated as Json).value : stated,
      ]),
    ),
  );

/**
 * Google's kinds of consent under their own names, for a source that binds them to purposes. Storing for analytics is what
 * we call to measure. Who wants no personal advertising wants no profile either; who does has said nothing of ours.
 */
function preferencesOf(consent: Json): Json | undefined {
  const said = Object.entries(consent).flatMap(([kind, answer]): [string, boolean][] => {
    const granted = answer === "GRANTED" ? true : answer === "DENIED" ? false : undefined;
    if (granted === undefined) return [];
    const own: [string, boolean][] = [[kind, granted]];
    if (kind === "analytics_storage") own.push(["measure", granted]);
    if (kind === "ad_personalization" && !granted) own.push(["personalise", false]);
    return own;
  });
  return said.length ? Object.fromEntries(said) : undefined;
}

const contextWith = (context: Json, categoryPreferences: Json | undefined): Json =>
  categoryPreferences ? { ...context, consent: { categoryPreferences } } : context;

/** Google's names for what has a name in our vocabulary. */
const ours = new Map([
  ["purchase", "Order Completed"],
  ["refund", "Order Refunded"],
  ["view_item", "Product Viewed"],
  ["select_item", "Product Clicked"],
  ["view_item_list", "Product List Viewed"],
  ["add_to_cart", "Product Added"],
  ["remove_from_cart", "Product Removed"],
  ["add_to_wishlist", "Product Added to Wishlist"],
  ["view_cart", "Cart Viewed"],
  ["begin_checkout", "Checkout Started"],
  ["add_shipping_info", "Checkout Step Completed"],
  ["add_payment_info", "Payment Info Entered"],
  ["view_promotion", "Promotion Viewed"],
  ["select_promotion", "Promotion Clicked"],
  ["search", "Products Searched"],
  ["view_search_results", "Products Searched"],
  ["share", "Product Shared"],
  ["sign_up", "Signed Up"],
  ["login", "Signed In"],
  ["generate_lead", "Lead Submitted"],
]);
/** Each of these is about one product. */
const ofOneProduct = new Set([
  "view_item",
  "select_item",
  "add_to_cart",
  "remove_from_cart",
  "add_to_wishlist",
]);

function whatHappened(name: string | undefined, event: Json, params: Json): Json[] {
  const properties = propertiesOf(params);
  const products = listOf(params.items).map((item) => productOf(objectOf(item)));
  if (name === "page_view") return [{ type: "page", ...present({ name: params.page_title }), properties }];
  if (name === "screen_view")
    return [
      { type: "screen", ...present({ name: params.firebase_screen ?? params.screen_name }), properties },
    ];
  const track = (more: Json) => ({
    type: "track",
    event: (name && ours.get(name)) ?? event.name,
    properties: { ...properties, ...more },
  });
  if (name === "purchase" || name === "refund") {
    // Google's value of an order is without tax and postage, as our revenue is.
    const { value, transaction_id: _, ...rest } = properties;
    return [
      {
        ...track({}),
        properties: {
          ...rest,
          ...present({ order_id: textOf(params.transaction_id), revenue: numberOf(value) }),
          ...(products.length ? { products } : {}),
        },
      },
    ];
  }
  if (name === "search" || name === "view_search_results")
    return [track(present({ query: params.search_term }))];
  if (name !== undefined && ofOneProduct.has(name) && products.length) {
    const { value: _, ...rest } = properties;
    return products.map((product) => ({ ...track({}), properties: { ...rest, ...product } }));
  }
  return [track(products.length ? { products } : {})];
}

/** What the caller said of the event itself, not of the page nor of the time it took. */
function propertiesOf(params: Json): Json {
  const left =
    /^(items|page_location|page_title|page_referrer|campaign|source|medium|term|engagement_time_msec)$/;
  return Object.fromEntries(Object.entries(params).filter(([name]) => !left.test(name)));
}

const productOf = (item: Json): Json => ({
  ...Object.fromEntries(
    Object.entries(item).filter(([name]) => !/^item_(id|name|category|brand|variant)$/.test(name)),
  ),
  ...present({
    product_id: textOf(item.item_id),
    name: textOf(item.item_name),
    category: textOf(item.item_category),
    brand: textOf(item.item_brand),
    variant: textOf(item.item_variant),
    price: numberOf(item.price),
    quantity: numberOf(item.quantity),
  }),
});
