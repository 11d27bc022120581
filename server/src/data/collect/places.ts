/*
 * The places that visits come from, by the host of the referrer and by the words and click ids that advertisers put into
 * addresses. Hosts are of the services themselves; click ids are documented by those who set them: Google Ads (gclid, and
 * gbraid and wbraid from apps), Display & Video 360 (dclid), Microsoft Advertising (msclkid), TikTok (ttclid), X (twclid),
 * LinkedIn (li_fat_id), Pinterest (epik), Snapchat (ScCid), Reddit (rdt_cid), Yandex (yclid), Awin (awc), CJ (cjevent),
 * Impact (irclickid), Tradedoubler (tduid). Meta sets fbclid on every link, paid or not, so it says where, not what for.
 */

export type PlaceKind = "search" | "social" | "assistant" | "email" | "payment";

/** Names before a country's ending: google.de, search.yahoo.co.jp. */
const namesOfSearch = new Set(
  "google bing duckduckgo ecosia yahoo qwant startpage yandex baidu seznam naver brave sogou swisscows metager mojeek kagi".split(
    " ",
  ),
);

const hosts: Record<PlaceKind, string> = {
  search:
    "search.brave.com t-online.de suche.web.de suche.gmx.net search.ch fireball.com you.com aol.com ask.com",
  social:
    "facebook.com fb.com fb.me instagram.com l.instagram.com linkedin.com lnkd.in pinterest.com pinterest.de pin.it tiktok.com twitter.com x.com t.co youtube.com youtu.be reddit.com out.reddit.com xing.com threads.net threads.com snapchat.com bsky.app mastodon.social whatsapp.com wa.me t.me telegram.org discord.com tumblr.com vk.com weibo.com quora.com twitch.tv vimeo.com nebenan.de",
  assistant:
    "chatgpt.com chat.openai.com perplexity.ai claude.ai gemini.google.com bard.google.com copilot.microsoft.com copilot.cloud.microsoft chat.mistral.ai chat.deepseek.com grok.com meta.ai poe.com phind.com chat.qwen.ai duck.ai notebooklm.google.com",
  email:
    "mail.google.com outlook.live.com outlook.office.com outlook.office365.com mail.yahoo.com navigator.web.de navigator.gmx.net mail.gmx.net deref-gmx.net deref-web.de deref-mail.com mail.proton.me mail.t-online.de email.t-online.de mail.aol.com",
  payment:
    "paypal.com klarna.com pay.google.com payments.google.com checkout.stripe.com hooks.stripe.com adyen.com mollie.com sofort.com giropay.de pay.amazon.com pay.amazon.de payments.amazon.de secure.ogone.com 3ds.stripe.com checkout.shopify.com shop.app",
};

const kindOfHost = new Map<string, PlaceKind>(
  (Object.keys(hosts) as PlaceKind[]).flatMap((kind) =>
    hosts[kind].split(" ").map((host): [string, PlaceKind] => [host, kind]),
  ),
);

/** Apps hand on a name of their own where a browser gives an address. */
const apps: Record<string, PlaceKind> = {
  "com.google.android.googlequicksearchbox": "search",
  "com.google.android.gm": "email",
  "com.facebook.katana": "social",
  "com.instagram.android": "social",
  "com.linkedin.android": "social",
  "com.pinterest": "social",
  "com.reddit.frontpage": "social",
  "com.openai.chatgpt": "assistant",
};

/** What a host is, looked up from the whole name down to its last two parts; undefined for any other page. */
export function placeOf(host: string): PlaceKind | undefined {
  if (Object.hasOwn(apps, host)) return apps[host];
  const parts = host.split(".");
  for (let at = 0; at <= parts.length - 2; at++) {
    const known = kindOfHost.get(parts.slice(at).join("."));
    if (known) return known;
  }
  // google.de, google.co.uk: the name stands before an ending of one or two parts.
  const ending = parts.length > 2 && (parts.at(-2)?.length ?? 0) <= 3 ? 2 : 1;
  const name = parts.at(-1 - ending);
  return name !== undefined && namesOfSearch.has(name) ? "search" : undefined;
}

/** Click ids that only a paid click carries, and the channel of who sets them. */
export const paidClickIds: readonly [string, "search" | "social" | "display" | "affiliate"][] = [
  ["gclid", "search"],
  ["gbraid", "search"],
  ["wbraid", "search"],
  ["msclkid", "search"],
  ["yclid", "search"],
  ["dclid", "display"],
  ["ttclid", "social"],
  ["twclid", "social"],
  ["li_fat_id", "social"],
  ["epik", "social"],
  ["ScCid", "social"],
  ["rdt_cid", "social"],
  ["awc", "affiliate"],
  ["cjevent", "affiliate"],
  ["irclickid", "affiliate"],
  ["tduid", "affiliate"],
];

/** Whether two hosts are of one brand: the same, or one below the other, or both below one name with its ending. */
export function isSameSite(one: string, other: string): boolean {
  if (one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`)) return true;
  return siteOf(one) !== "" && siteOf(one) === siteOf(other);
}

/** Endings of two parts under which everybody has a name. */
const sharedEndings =
  /\.(co|com|org|net|gov|ac|edu)\.[a-z]{2}$|\.(github\.io|vercel\.app|netlify\.app|pages\.dev|myshopify\.com|web\.app|herokuapp\.com|blogspot\.com|wordpress\.com|jimdosite\.com|wixsite\.com)$/;

function siteOf(host: string): string {
  const parts = host.split(".");
  const kept = sharedEndings.test(host) ? 3 : 2;
  return parts.length >= kept && !/^\d+$/.test(parts.at(-1) ?? "") ? parts.slice(-kept).join(".") : "";
}
