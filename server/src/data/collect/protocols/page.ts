import type { Json } from "../model.ts";
import { present } from "./values.ts";

/** What a client tells of the page and the browser in which something happened, by its own names. */
export interface Surroundings {
  url?: unknown;
  title?: unknown;
  referrer?: unknown;
  userAgent?: unknown;
  locale?: unknown;
  timezone?: unknown;
  /** Of the campaign, where the client says it beside the address. */
  campaign?: Json;
  library?: Json;
}

/** The context of a call, as Segment's clients make it. */
export function contextOf(ask: Surroundings): Json {
  const url = typeof ask.url === "string" && URL.canParse(ask.url) ? new URL(ask.url) : undefined;
  const page = present({
    url: ask.url,
    path: url?.pathname,
    search: url?.search,
    title: ask.title,
    referrer: ask.referrer,
  });
  const campaign = present({ ...(url && campaignOf(url.searchParams)), ...present(ask.campaign ?? {}) });
  const library = present(ask.library ?? {});
  return present({
    page: filled(page),
    campaign: filled(campaign),
    library: filled(library),
    userAgent: ask.userAgent,
    locale: ask.locale,
    timezone: ask.timezone,
  });
}

const filled = (object: Json): Json | undefined => (Object.keys(object).length ? object : undefined);

/** Words that tools put into addresses to say which campaign led there; the first that is there counts. */
const campaignWords: Record<string, readonly string[]> = {
  name: ["utm_campaign", "mtm_campaign", "matomo_campaign", "pk_campaign", "piwik_campaign"],
  source: ["utm_source", "mtm_source", "matomo_source", "pk_source"],
  medium: ["utm_medium", "mtm_medium", "matomo_medium", "pk_medium"],
  term: ["utm_term", "mtm_kwd", "mtm_keyword", "pk_kwd", "pk_keyword"],
  content: ["utm_content", "mtm_content", "pk_content"],
};

function campaignOf(words: URLSearchParams): Json {
  return Object.fromEntries(
    Object.entries(campaignWords).map(([key, names]) => [
      key,
      names.map((name) => words.get(name)).find((word) => word),
    ]),
  );
}

/** The browser that a request came from itself; a program that sends for others says nothing of them. */
export function browserOf(userAgent: string | undefined): string | undefined {
  return userAgent && /^(Mozilla|Opera)\//.test(userAgent) ? userAgent : undefined;
}
