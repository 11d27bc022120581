import { storableText } from "../identity/index.ts";
import type { Incoming, Json } from "./model.ts";

export type Medium = "paid" | "owned" | "earned" | "";
export interface Classified {
  channel: string;
  medium: Medium;
  campaign: string;
}

const text = (value: unknown) => (typeof value === "string" ? storableText(value) : "");
const object = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});

const searchEngines = /(^|\.)(google|bing|duckduckgo|ecosia|yahoo|qwant|startpage|yandex|baidu)\./;
const socialSites =
  /(^|\.)(facebook|instagram|linkedin|pinterest|tiktok|twitter|x|youtube|reddit|xing|t)\.(com|co|de)$/;

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
 * (medium). What the sender says in `channel` stands; else the campaign and the referrer decide; a
 * page without either is the brand's own.
 */
export function classify(event: Incoming): Classified {
  const page = object(event.context.page);
  const campaign = object(event.context.campaign);
  const query = new URLSearchParams(text(page.search) || text(event.properties.search));
  const medium = (text(campaign.medium) || query.get("utm_medium") || "").toLowerCase();
  const source = (text(campaign.source) || query.get("utm_source") || "").toLowerCase();
  const name = text(campaign.name) || query.get("utm_campaign") || "";
  const said = text(event.properties.channel) || text(event.context.channel);
  const isClick = query.has("gclid") || query.has("msclkid");
  const paid = isClick || wordsOf(medium).some((word) => paidWords.test(word));
  if (said && !/^(server|browser|mobile|web)$/.test(said)) {
    return { channel: said.toLowerCase().slice(0, 64), medium: paid ? "paid" : "owned", campaign: name };
  }
  if (paid) return { channel: paidChannel(medium, source), medium: "paid", campaign: name };
  if (/^(e[-_ ]?mail|newsletter)$/.test(medium) || source === "newsletter")
    return { channel: "email", medium: "owned", campaign: name };
  if (/^(social|social[-_ ]?(network|media)|sm)$/.test(medium))
    return { channel: "social", medium: "earned", campaign: name };
  const referrer = hostOf(text(page.referrer) || text(event.properties.referrer));
  const own = hostOf(text(page.url) || text(event.properties.url));
  if (referrer && referrer !== own) {
    if (searchEngines.test(referrer)) return { channel: "search", medium: "earned", campaign: name };
    if (socialSites.test(referrer)) return { channel: "social", medium: "earned", campaign: name };
    return { channel: "referral", medium: "earned", campaign: name };
  }
  const isWeb = event.type === "page" || own !== "" || event.context.userAgent !== undefined;
  return {
    channel: event.type === "screen" ? "app" : isWeb ? "web" : "",
    medium: isWeb || event.type === "screen" ? "owned" : "",
    campaign: name,
  };
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname.replace(/^www\./, "");
  } catch {
    return "";
  }
}

/** CUBOT makes phones. */
const bots =
  /(?<!\bcu)bot\b|crawl|spider|slurp|headlesschrome\/.*lighthouse|pingdom|uptimerobot|facebookexternalhit/i;

/** A program that reads pages, by its own word. */
export function isBot(event: Incoming): boolean {
  return bots.test(text(event.context.userAgent));
}
