import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { findSource } from "../../../garden/index.ts";
import { refuse } from "../../../platform/refusal.ts";
import { refuseLongBatch } from "../accept.ts";
import type { Json } from "../model.ts";
import { credentialsOf } from "../writer.ts";
import { decode } from "./decode.ts";
import { browserOf, contextOf } from "./page.ts";
import {
  answerOf,
  answersClients,
  type CollectSurroundings,
  takeCalls,
  takesEvents,
  writerFor,
} from "./seam.ts";
import { instantOf, listOf, numberOf, objectOf, present, textOf } from "./values.ts";

/**
 * PostHog's clients. Their one `distinct_id` is a visitor before a page identifies, and a user after; what a server sends
 * is about a user. There are no feature flags, recordings or surveys, and the answers say so.
 */
export function posthogRoutes(scope: FastifyInstance, around: CollectSurroundings): void {
  for (const path of ["/batch", "/e", "/i/v0/e", "/capture"]) {
    takesEvents(
      scope,
      "POST",
      path,
      { summary: "Accepts events of PostHog's clients", hide: path !== "/batch" && path !== "/e" },
      async (request, reply) => {
        const body = await bodyOf(request);
        const result = await takeCalls(around, request, keyOf(request, body), () =>
          callsOf(body, { userAgent: browserOf(request.headers["user-agent"]) }),
        );
        return { ...answerOf(result, reply), status: result.accepted ? 1 : 0 };
      },
    );
  }
  for (const path of ["/flags", "/decide"]) {
    answersClients(
      scope,
      "POST",
      path,
      "Feature flags that PostHog's clients ask for: none",
      async (request) => {
        const body = await bodyOf(request);
        await writerFor(around, request, keyOf(request, body));
        return { ...settings(), ...noFlags, requestId: randomUUID() };
      },
    );
  }
  answersClients(
    scope,
    "GET",
    "/array/:key/config",
    "Settings that PostHog's browser client asks for first",
    (request) => settingsFor(around, request),
  );
  answersClients(scope, "GET", "/array/:key/config.js", "The same as a script", async (request, reply) => {
    const config = JSON.stringify({ config: await settingsFor(around, request), siteApps: [] });
    const key = JSON.stringify((request.params as { key: string }).key);
    reply.type("text/javascript; charset=utf-8");
    return `(window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{})[${key}]=${config};`;
  });
}

const noFlags = { flags: {}, featureFlags: {}, featureFlagPayloads: {}, errorsWhileComputingFlags: false };

const settings = () => ({
  supportedCompression: ["gzip", "gzip-js", "base64"],
  hasFeatureFlags: false,
  sessionRecording: false,
  surveys: false,
  heatmaps: false,
  capturePerformance: false,
  autocaptureExceptions: false,
  // What stands on a button or in a field may be about a person.
  autocapture_opt_out: true,
  toolbarParams: {},
  isAuthenticated: false,
  siteApps: [],
  defaultIdentifiedOnly: true,
});

async function settingsFor(around: CollectSurroundings, request: FastifyRequest) {
  const { key } = request.params as { key: string };
  if (!(await findSource(around.gardens, key)))
    refuse("missing", "key.unknown", "No source has this write key.");
  return { token: key, ...settings() };
}

async function bodyOf(request: FastifyRequest): Promise<unknown> {
  const body = await decode(request);
  if ("json" in body) return body.json;
  refuse("invalid", "body.bad_json", "The body is not valid JSON, neither plain nor as base64 in `data`.");
}

/** The key stands in the body, or with each event of a list. */
function keyOf(request: FastifyRequest, body: unknown) {
  const shown = credentialsOf(request);
  const outer = objectOf(Array.isArray(body) ? body[0] : body);
  const first = objectOf(listOf(outer.batch)[0]);
  const key = [outer.api_key, outer.token, objectOf(outer.properties).token, first.api_key].find(
    (one) => typeof one === "string" && one !== "",
  );
  return { ...shown, key: (key as string | undefined) ?? shown.key };
}

/** The calls that a body means: a batch, a list, or one event. */
export function callsOf(body: unknown, browser: { userAgent?: string | undefined }): unknown[] {
  const outer = objectOf(body);
  const items = Array.isArray(body) ? body : Array.isArray(outer.batch) ? outer.batch : [body];
  refuseLongBatch(items);
  const sentAt = textOf(outer.sent_at);
  return items.flatMap((item) => callsOfEvent(item, sentAt, browser));
}

function callsOfEvent(
  item: unknown,
  sentAt: string | undefined,
  browser: { userAgent?: string | undefined },
): unknown[] {
  if (typeof item !== "object" || item === null) return [item];
  const event = item as Json;
  const properties = objectOf(event.properties);
  const name = textOf(event.event);
  const messageId = textOf(event.uuid) ?? textOf(properties.$insert_id);
  const person = personOf(event, properties, name);
  const base = {
    ...person,
    ...(messageId === undefined ? {} : { messageId }),
    ...(sentAt === undefined ? {} : { sentAt }),
    ...timeOf(event, properties, sentAt),
    context: surroundingsOf(properties, name, browser),
  };
  const call = { ...base, ...whatHappened(name, event, properties) };
  // What an event sets beside itself is known of the person from then on.
  const traits = objectOf(event.$set ?? properties.$set);
  if (call.type === "identify" || call.type === "group" || !Object.keys(traits).length) return [call];
  return [
    call,
    { ...base, ...(messageId ? { messageId: `${messageId}-set` } : {}), type: "identify", traits },
  ];
}

/** A name that many visitors of pages without cookies share. */
const cookieless = "$posthog_cookieless";

function personOf(event: Json, properties: Json, name: string | undefined): Json {
  const distinct =
    textOf(event.distinct_id) ?? textOf(properties.distinct_id) ?? textOf(properties.$distinct_id);
  if (distinct === undefined || distinct === cookieless) return {};
  const visitor = textOf(properties.$anon_distinct_id);
  if (name === "$identify") return present({ userId: distinct, anonymousId: visitor });
  // The person of a group that was described by itself is nobody.
  if (name === "$groupidentify" && distinct === `$${properties.$group_type}_${properties.$group_key}`)
    return {};
  const isPage = textOf(properties.$device_id) !== undefined || properties.$lib === "web";
  const isUser = isPage
    ? properties.$is_identified === true || textOf(properties.$user_id) === distinct
    : properties.$process_person_profile !== false;
  return isUser ? { userId: distinct } : { anonymousId: distinct };
}

function whatHappened(name: string | undefined, event: Json, properties: Json): Json & { type: string } {
  const own = ownProperties(properties);
  switch (name) {
    case "$pageview":
      return { type: "page", ...present({ name: properties.title }), properties: own };
    case "$screen":
      return {
        type: "screen",
        ...present({ name: properties.$screen_name }),
        properties: present({ ...own, name: properties.$screen_name }),
      };
    case "$identify":
    case "$set":
      return {
        type: "identify",
        traits: {
          ...objectOf(event.$set_once ?? properties.$set_once),
          ...objectOf(event.$set ?? properties.$set),
        },
      };
    case "$create_alias":
    case "$merge_dangerously":
      return { type: "alias", previousId: properties.alias };
    case "$groupidentify":
      return { type: "group", groupId: properties.$group_key, traits: objectOf(properties.$group_set) };
    default:
      return { type: "track", event: (name && ours.get(name)) ?? event.event, properties: own };
  }
}

/** Our words for what the client tells by itself. None of it is business. */
const ours = new Map([
  ["$pageleave", "Page Left"],
  ["$feature_flag_called", "Feature Flag Called"],
  ["$autocapture", "Element Used"],
  ["$rageclick", "Element Used"],
  ["$opt_in", "Consent Granted"],
  ["$opt_out", "Consent Withdrawn"],
]);

/** What the brand said itself: without what the client tells of itself, and of the address. */
function ownProperties(properties: Json): Json {
  const { $groups } = properties;
  return Object.fromEntries([
    ...Object.entries(properties).filter(
      ([key]) => !/^(\$|utm_|distinct_id$|token$|gclid$|msclkid$|fbclid$|alias$)/.test(key),
    ),
    ...($groups === undefined ? [] : [["groups", $groups] as [string, unknown]]),
  ]);
}

function surroundingsOf(
  properties: Json,
  name: string | undefined,
  browser: { userAgent?: string | undefined },
): Json {
  const context = contextOf({
    url: properties.$current_url,
    title: properties.title,
    // A page that was opened directly says so.
    referrer: properties.$referrer === "$direct" ? undefined : properties.$referrer,
    userAgent: properties.$raw_user_agent ?? (properties.$lib === "web" ? browser.userAgent : undefined),
    locale: properties.$browser_language,
    timezone: properties.$timezone,
    campaign: {
      name: properties.utm_campaign,
      source: properties.utm_source,
      medium: properties.utm_medium,
      term: properties.utm_term,
      content: properties.utm_content,
    },
    library: { name: properties.$lib, version: properties.$lib_version },
  });
  if (name !== "$opt_in" && name !== "$opt_out") return context;
  return { ...context, consent: { categoryPreferences: { measure: name === "$opt_in" } } };
}

/** ISO time of the event, seconds since 1970, or how long before it was sent, in ms. */
function timeOf(event: Json, properties: Json, sentAt: string | undefined): Json {
  if (event.timestamp !== undefined && event.timestamp !== null) return { timestamp: event.timestamp };
  const seconds = numberOf(properties.$time);
  if (seconds !== undefined) return { timestamp: instantOf(seconds * 1000) };
  const offset = numberOf(event.offset);
  const sent = sentAt === undefined ? Number.NaN : Date.parse(sentAt);
  return offset !== undefined && Number.isFinite(sent) ? { timestamp: instantOf(sent - offset) } : {};
}
