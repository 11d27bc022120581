import Bowser from "bowser";
import { isbot } from "isbot";

/** What a visit was made with; '' for what is not known. */
export interface Device {
  device: "desktop" | "mobile" | "tablet" | "tv" | "";
  os: string;
  browser: string;
  /** A program, by its own word. */
  isBot: boolean;
  /** It says so itself in so many words, as crawlers do: not only the library that some server sends with. */
  saysBot: boolean;
}

const agentLengthMax = 512;
const remembered = new Map<string, Device>();
const rememberedMax = 5_000;

/** A sender makes names up; the event store hears only of those that exist. */
const browsers = new Set(Object.values(Bowser.BROWSER_MAP));
const systems = new Set(Object.values(Bowser.OS_MAP));

/** CUBOT makes phones. */
const saysBot =
  /(?<!\bcu)bot\b|crawl|spider|slurp|headlesschrome|pingdom|uptimerobot|facebookexternalhit|phantomjs/i;

/** Apps name themselves as they like, and `isbot` knows browsers: of other names only these are certainly programs. */
const libraries =
  /^(curl|wget|python|go-http-client|java\/|libwww|lwp|scrapy|axios|node-fetch|undici|node$|got |ruby|php|guzzle|perl|apache-httpclient|http_request|postman|insomnia)/i;

const none: Device = { device: "", os: "", browser: "", isBot: false, saysBot: false };

/** The device behind a user agent, and behind the client hints (`context.userAgentData`) where the browser gives them. */
export function deviceOf(agent: unknown, hints: unknown): Device {
  if (typeof agent !== "string" || agent === "") return none;
  const text = agent.slice(0, agentLengthMax);
  const said = hintsOf(hints);
  const key = said ? `${text}\n${JSON.stringify(said)}` : text;
  let known = remembered.get(key);
  if (!known) {
    known = parsed(text, said);
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(key, known);
  }
  return known;
}

function parsed(agent: string, hints: Hints | undefined): Device {
  const says = saysBot.test(agent) || (hints?.brands ?? []).some(({ brand }) => /headless/i.test(brand));
  const isBot = says || (/^(mozilla|opera)\//i.test(agent) ? isbot(agent) : libraries.test(agent));
  const { platform, os, browser } = Bowser.parse(agent, hints);
  // Programs of phones say nothing of their size.
  const isApp = /^dalvik\//i.test(agent);
  const type = hints?.mobile && platform.type === "desktop" ? "mobile" : platform.type;
  return {
    device:
      !isApp && (type === "desktop" || type === "mobile" || type === "tablet" || type === "tv") ? type : "",
    os: systems.has(os.name as never) ? os.name! : "",
    browser: !isApp && browsers.has(browser.name as never) ? browser.name! : "",
    isBot,
    saysBot: says,
  };
}

interface Hints {
  brands?: { brand: string; version: string }[];
  mobile?: boolean;
  platform?: string;
  platformVersion?: string;
}

const short = (value: unknown): value is string => typeof value === "string" && value.length <= 64;

function hintsOf(hints: unknown): Hints | undefined {
  if (typeof hints !== "object" || hints === null) return undefined;
  const { brands, mobile, platform, platformVersion } = hints as Record<string, unknown>;
  const known = Array.isArray(brands)
    ? (brands as unknown[]).slice(0, 8).flatMap((one) => {
        const { brand, version } = (one ?? {}) as Record<string, unknown>;
        return short(brand) && short(version) ? [{ brand, version }] : [];
      })
    : [];
  return {
    ...(known.length ? { brands: known } : {}),
    ...(typeof mobile === "boolean" ? { mobile } : {}),
    ...(short(platform) ? { platform } : {}),
    ...(short(platformVersion) ? { platformVersion } : {}),
  };
}
