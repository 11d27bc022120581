import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Accepted, refuseLongBatch } from "../accept.ts";
import { faultOf } from "../check.ts";
import type { Json } from "../model.ts";
import { type Credentials, credentialsOf, isTokenLike, type Writer } from "../writer.ts";
import { decode } from "./decode.ts";
import { answerImage } from "./image.ts";
import { browserOf, contextOf } from "./page.ts";
import { apartByKey, type CollectSurroundings, statusOf, takeCalls, takesEvents } from "./seam.ts";
import { hashOf, instantOf, jsonIn, listOf, numberOf, objectOf, present, textOf } from "./values.ts";

/**
 * Matomo's tracking API: for `matomo.js` in pages, matomo-tracker, and all else that speaks it. The site is the write key
 * of a source, or the address carries it as `writeKey` and the site may be any number.
 */
export function matomoRoutes(scope: FastifyInstance, around: CollectSurroundings): void {
  for (const path of ["/matomo.php", "/piwik.php"]) {
    for (const method of ["GET", "POST"] as const) {
      takesEvents(
        scope,
        method,
        path,
        {
          summary: "Accepts what Matomo's clients tell, one by one or in bulk",
          description:
            "`idsite`, or `writeKey` in the address, is the write key of a source; `token_auth` may be a secret token with the " +
            "scope collect:write. Only the brand itself, by that token or by a server's key, may say `cip` or a `cdt` " +
            "of more than 24 hours ago; of others both are left out.",
          hide: path === "/piwik.php",
        },
        (request, reply) => track(around, request, reply),
      );
    }
  }
}

async function track(around: CollectSurroundings, request: FastifyRequest, reply: FastifyReply) {
  const inAddress = new URLSearchParams(request.url.split("?").slice(1).join("?"));
  const body = await decode(request);
  const browser = {
    userAgent: browserOf(request.headers["user-agent"]),
    language: request.headers["accept-language"]?.split(/[,;]/, 1)[0],
  };
  if ("json" in body && Array.isArray(objectOf(body.json).requests))
    return trackBulk(around, request, objectOf(body.json), inAddress);
  const told = paramsOf([
    ...inAddress,
    ...("form" in body ? body.form : Object.entries(objectOf(body.json))),
  ]);
  const shown = shownBy(request, told.idsite, told.token_auth);
  const result = await takeCalls(around, request, shown, (writer, now) =>
    callsOf(told, { writer, now, ...browser }),
  );
  const status = statusOf(result);
  if (status === 200 && told.send_image === "0") return reply.status(204).send();
  return answerImage(reply, status);
}

/** Many requests in one, of one site or of several. */
async function trackBulk(
  around: CollectSurroundings,
  request: FastifyRequest,
  body: Json,
  inAddress: URLSearchParams,
) {
  const token = textOf(body.token_auth) ?? inAddress.get("token_auth");
  const requests = listOf(body.requests);
  refuseLongBatch(requests);
  const all = requests.map((item, of) => ({ told: paramsOfRequest(item), of }));
  const sites = await apartByKey(around, request, all, ({ told }) =>
    shownBy(request, told.idsite ?? inAddress.get("idsite"), token ?? told.token_auth),
  );
  let tracked = 0;
  const invalid: number[] = [];
  for (const { shown, items } of sites) {
    const calls: { call: unknown; of: number }[] = [];
    let time = new Date(0);
    const result = await takeCalls(around, request, shown, (writer, now) => {
      time = now;
      // Who sends in bulk sends for others.
      for (const { told, of } of items)
        for (const call of callsOf(told, { writer, now })) calls.push({ call, of });
      return calls.map(({ call }) => call);
    });
    const bad = invalidOf(result, calls, time);
    invalid.push(...bad);
    tracked += new Set(calls.map(({ of }) => of)).size - bad.length;
  }
  return { status: "success", tracked, invalid: invalid.length, invalid_indices: invalid };
}

/** Which requests were not taken: of their calls at least one was not. */
function invalidOf(result: Accepted, calls: { call: unknown; of: number }[], now: Date): number[] {
  if (!result.rejected.length) return [];
  const measure = (call: unknown) => () => Buffer.byteLength(JSON.stringify(call));
  return [
    ...new Set(calls.flatMap(({ call, of }) => (faultOf(call, undefined, measure(call), now) ? [of] : []))),
  ];
}

function shownBy(request: FastifyRequest, site: unknown, token: unknown): Credentials {
  const { key, secret } = credentialsOf(request);
  return { key: key ?? textOf(site), secret: isTokenLike(token) ? token : secret };
}

/** What a request tells, by its parameters. They are text, but in bulk they may be JSON. */
type Told = Record<string, string | undefined>;

function paramsOf(entries: Iterable<readonly [string, unknown]>): Told {
  const told = [...entries].map(([name, value]) => [name, textOf(value)] as const);
  return Object.fromEntries(told.filter(([, value]) => value !== undefined));
}

const paramsOfRequest = (item: unknown): Told =>
  typeof item === "string"
    ? paramsOf(new URLSearchParams(item.slice(item.indexOf("?") + 1)))
    : paramsOf(Object.entries(objectOf(item)));

interface From {
  writer: Pick<Writer, "trusted">;
  now: Date;
  userAgent?: string | undefined;
  language?: string | undefined;
}

/** The calls that one request means: none without `rec=1`, two where a page shows a product. */
export function callsOf(told: Told, from: From): Json[] {
  if (told.rec !== "1") return [];
  const messageId = idOf(told);
  const base = {
    ...present({ userId: told.uid, anonymousId: told.cid ?? told._id, timestamp: timeOf(told, from) }),
    context: surroundingsOf(told, from),
  };
  return whatHappened(told).map((call, at) => ({
    ...base,
    ...(messageId ? { messageId: at === 0 ? messageId : `${messageId}-${at}` } : {}),
    ...call,
  }));
}

/**
 * The client gives its requests no id. One that holds a random number, a time or an order is told apart by all its
 * words; without these two requests may be alike and yet be two.
 */
function idOf(told: Told): string | undefined {
  if (!(told.rand ?? told.r ?? told.cdt ?? told.ec_id)) return undefined;
  const words = Object.entries(told)
    .filter(([name]) => !/^(token_auth|send_image|queuedtracking)$/.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `matomo-${hashOf(JSON.stringify(words))}`;
}

const dayMs = 24 * 60 * 60 * 1000;

/** `cdt`, as `2026-05-14 09:30:00` in UTC or in seconds since 1970; only the brand may say one that is long past. */
function timeOf({ cdt }: Told, { writer, now }: From): string | undefined {
  if (!cdt) return undefined;
  const seconds = numberOf(cdt);
  const ms = seconds === undefined ? Date.parse(`${cdt.trim().replace(" ", "T")}Z`) : seconds * 1000;
  if (Number.isNaN(ms)) return cdt;
  return writer.trusted || now.getTime() - ms <= dayMs ? instantOf(ms) : undefined;
}

function surroundingsOf(told: Told, { writer, userAgent, language }: From): Json {
  return {
    ...contextOf({
      url: told.url,
      title: told.action_name,
      referrer: told.urlref,
      userAgent: told.ua ?? userAgent,
      locale: told.lang ?? language,
    }),
    ...(writer.trusted ? present({ ip: told.cip }) : {}),
  };
}

function whatHappened(told: Told): Json[] {
  const own = ownProperties(told);
  const track = (event: string, properties: Json) => ({
    type: "track",
    event,
    properties: { ...own, ...present(properties) },
  });
  if (told.ping === "1") return [track("Page Pinged", {})];
  if (told.idgoal === "0")
    return [told.ec_id ? track("Order Completed", orderOf(told)) : track("Cart Updated", cartOf(told))];
  if (told.idgoal) return [track("Goal Reached", { goal_id: told.idgoal, revenue: numberOf(told.revenue) })];
  if (told.e_c ?? told.e_a)
    return [
      track(told.e_a ?? told.e_c!, {
        category: told.e_c,
        label: told.e_n,
        event_value: numberOf(told.e_v) ?? told.e_v,
      }),
    ];
  if (told.search !== undefined)
    return [
      track("Products Searched", {
        query: told.search,
        category: told.search_cat,
        results: numberOf(told.search_count),
      }),
    ];
  if (told.link) return [track("Link Clicked", { url: told.link })];
  if (told.download) return [track("File Downloaded", { url: told.download })];
  if (told.c_n)
    return [
      track(told.c_i ? "Content Clicked" : "Content Viewed", {
        content_name: told.c_n,
        content_piece: told.c_p,
        content_target: told.c_t,
      }),
    ];
  if (told.ca === "1") return [track("Action Recorded", {})];
  const page = { type: "page", ...present({ name: told.action_name }), properties: own };
  const product = productOf(told);
  return product ? [page, track("Product Viewed", product)] : [page];
}

const orderOf = (told: Told): Json => ({
  order_id: told.ec_id,
  revenue: numberOf(told.revenue),
  subtotal: numberOf(told.ec_st),
  tax: numberOf(told.ec_tx),
  shipping: numberOf(told.ec_sh),
  // The text `false` says that there is none.
  discount: numberOf(told.ec_dt),
  first_campaign: told._rcn,
  first_keyword: told._rck,
  products: productsOf(told.ec_items),
});

const cartOf = (told: Told): Json => ({ value: numberOf(told.revenue), products: productsOf(told.ec_items) });

/** `[[sku, name, category or categories, price, quantity], …]` */
function productsOf(items: string | undefined): Json[] | undefined {
  const list = jsonIn(items);
  if (!Array.isArray(list)) return undefined;
  return list.filter(Array.isArray).map(([sku, name, category, price, quantity]) =>
    present({
      product_id: textOf(sku),
      sku: textOf(sku),
      name: textOf(name),
      category: categoryOf(category),
      price: numberOf(price),
      quantity: numberOf(quantity),
    }),
  );
}

const categoryOf = (category: unknown): string | undefined =>
  Array.isArray(category) ? category.map(textOf).filter(Boolean).join(" / ") : textOf(category);

/** The product that a page shows: by parameters, or by the custom variables of older clients. */
function productOf(told: Told): Json | undefined {
  const variables = new Map(variablesOf(told.cvar));
  const said = (name: string) => told[name] ?? variables.get(name);
  const sku = said("_pks");
  if (!sku) return undefined;
  const category = said("_pkc");
  return present({
    product_id: sku,
    sku,
    name: said("_pkn"),
    price: numberOf(said("_pkp")),
    category: categoryOf(jsonIn(category) ?? category),
  });
}

/** Custom dimensions and variables, which the brand filled itself. */
function ownProperties(told: Told): Json {
  return Object.fromEntries([
    ...Object.entries(told).filter(([name]) => /^dimension\d+$/.test(name)),
    ...[...variablesOf(told._cvar), ...variablesOf(told.cvar)].filter(([name]) => !/^_pk[scpn]$/.test(name)),
  ]);
}

/** `{"1": ["name", "value"], …}` */
const variablesOf = (text: string | undefined): [string, string][] =>
  Object.values(objectOf(jsonIn(text))).flatMap((pair): [string, string][] => {
    const [name, value] = listOf(pair).map(textOf);
    return name !== undefined && value !== undefined ? [[name, value]] : [];
  });
