import { storableText } from "../identity/index.ts";
import type { Incoming, Json } from "./model.ts";
import { isSameSite, paidClickIds, placeOf } from "./places.ts";

export type Medium = "paid" | "owned" | "earned" | "";
export interface Classified {
  channel: string;
  medium: Medium;
  campaign: string;
  /** What brought the visit, '' where nothing says so: another one begins another session. */
  visit: string;
}

const text = (value: unknown) => (typeof value === "string" ? storableText(value) : "");
const object = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});

/** Words of `utm_source`, as brands and advertising tools write them. */
const sources = {
  display: "gdn dbm dv360 criteo taboola outbrain rtbhouse teads display",
  affiliate: "awin zanox tradedoubler cj rakuten belboon adcell webgains",
  social:
    "facebook fb meta instagram ig linkedin pinterest tiktok twitter x youtube yt reddit xing snapchat snap threads whatsapp",
  search: "google adwords googleads bing microsoft duckduckgo ecosia yahoo qwant startpage yandex baidu",
};
type Paid = keyof typeof sources;
const channelOfSource = new Map<string, Paid>(
  (Object.keys(sources) as Paid[]).flatMap((channel) =>
    sources[channel].split(" ").map((word): [string, Paid] => [word, channel]),
  ),
);

const wordsOf = (name: string) => name.split(/[^a-z0-9]+/).filter(Boolean);

const paidWords =
  /^(cpc|ppc|cpm|cpv|cpa|cpl|sem|sea|paid|paidsearch|paidsocial|paidvideo|display|banner|interstitial|expandable|programmatic|native|retargeting|remarketing|affiliates?|ads?|advertising|sponsored)$/;

/**
 * The channel of a click that was paid for: what the medium names (`paid_social`, `display`), else what the source is
 * (`facebook` with `cpc`), else what pays by the click is search and the rest an advertisement on somebody's page.
 */
function paidChannel(medium: string, source: string): Paid {
  const words = wordsOf(medium);
  const has = (pattern: RegExp) => words.some((word) => pattern.test(word));
  if (has(/^affiliates?$/)) return "affiliate";
  if (has(/^(display|banner|interstitial|expandable|programmatic|native)$/)) return "display";
  if (has(/^(social|paidsocial)$/)) return "social";
  if (has(/^(search|paidsearch|sem|sea)$/)) return "search";
  const known = wordsOf(source).flatMap((word) => channelOfSource.get(word) ?? []);
  // `google_display` is display, whoever sells it.
  const bySource = (Object.keys(sources) as Paid[]).find((channel) => known.includes(channel));
  if (bySource && !(bySource === "search" && has(/^(cpm|cpv|retargeting|remarketing|video|paidvideo)$/)))
    return bySource;
  return medium === "" || has(/^(cpc|ppc)$/) ? "search" : "display";
}

/**
 * Where a touchpoint happened (channel), and whether the brand paid for it, owns it or earned it
 * (medium). What the sender says in `channel` stands; else the campaign, the click id and the referrer
 * decide; a page without any is the brand's own. This is the one place that knows.
 */
export function classify(event: Incoming): Classified {
  const page = object(event.context.page);
  const campaign = object(event.context.campaign);
  const query = new URLSearchParams(searchOf(page, event.properties));
  const medium = (text(campaign.medium) || query.get("utm_medium") || "").toLowerCase();
  const source = (text(campaign.source) || query.get("utm_source") || "").toLowerCase();
  const name = text(campaign.name) || query.get("utm_campaign") || "";
  const said = text(event.properties.channel) || text(event.context.channel);
  const click = paidClickIds.find(([id]) => query.has(id));
  const paid = click !== undefined || wordsOf(medium).some((word) => paidWords.test(word));
  const brought = [source, medium, name, click ? `${click[0]}=${query.get(click[0])}` : ""];
  const found = (channel: string, how: Medium): Classified => ({
    channel,
    medium: how,
    campaign: name,
    visit: brought.some(Boolean) ? brought.join("/").slice(0, 300) : "",
  });
  if (said && !/^(server|browser|mobile|web)$/.test(said))
    return found(said.toLowerCase().slice(0, 64), paid ? "paid" : "owned");
  if (paid) return found(medium || source || !click ? paidChannel(medium, source) : click[1], "paid");
  if (/^(e[-_ ]?mail|newsletter)$/.test(medium) || source === "newsletter") return found("email", "owned");
  if (/^(social|social[-_ ]?(network|media)|sm)$/.test(medium)) return found("social", "earned");
  if (/^organic([-_ ]?search)?$/.test(medium)) return found("search", "earned");
  // An assistant names itself in the source of its links, and mostly sends no referrer.
  const named = source.includes(".") ? placeOf(source) : undefined;
  if (named === "assistant") return found("assistant", "earned");
  const referrer = hostOf(text(page.referrer) || text(event.properties.referrer));
  const own = hostOf(text(page.url) || text(event.properties.url));
  const place = referrer ? placeOf(referrer) : undefined;
  // Whoever comes back from paying was here before.
  if (referrer && place !== "payment" && !(own && isSameSite(referrer, own)))
    return place === "email" ? found("email", "owned") : found(place ?? "referral", "earned");
  if (query.has("fbclid")) return found("social", "earned");
  const isWeb = event.type === "page" || own !== "" || event.context.userAgent !== undefined;
  return found(
    event.type === "screen" ? "app" : isWeb ? "web" : "",
    isWeb || event.type === "screen" ? "owned" : "",
  );
}

/** The part of the address after the question mark, wherever a client tells it. */
function searchOf(page: Json, properties: Json): string {
  const search = text(page.search) || text(properties.search);
  if (search) return search;
  const url = text(page.url) || text(properties.url);
  const at = url.indexOf("?");
  return at < 0 ? "" : url.slice(at, url.indexOf("#", at) < 0 ? undefined : url.indexOf("#", at));
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname.replace(/^www\./, "");
  } catch {
    return "";
  }
}
