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
  const paid =
    /^(cpc|ppc|cpm|paid.*|display|banner|affiliate|ads?)$/.test(medium) ||
    query.has("gclid") ||
    query.has("msclkid");
  if (said && !/^(server|browser|mobile|web)$/.test(said)) {
    return { channel: said.toLowerCase().slice(0, 64), medium: paid ? "paid" : "owned", campaign: name };
  }
  if (paid)
    return {
      channel: medium === "display" ? "display" : medium === "affiliate" ? "affiliate" : "search",
      medium: "paid",
      campaign: name,
    };
  if (medium === "email" || source === "newsletter")
    return { channel: "email", medium: "owned", campaign: name };
  if (medium === "social") return { channel: "social", medium: "earned", campaign: name };
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

const bots = /bot\b|crawl|spider|slurp|headlesschrome\/.*lighthouse|pingdom|uptimerobot|facebookexternalhit/i;

/** A program that reads pages, by its own word. */
export function isBot(event: Incoming): boolean {
  return bots.test(text(event.context.userAgent));
}
