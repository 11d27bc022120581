import { describe, expect, test } from "vitest";
import { classify, isBot } from "./classify.ts";
import type { Incoming } from "./model.ts";

const event = (context: object, properties: object = {}, type = "page") =>
  ({ type, context, properties }) as unknown as Incoming;
const click = (search: string, referrer = "") =>
  classify(event({ page: { url: "https://shop.example/", search, referrer } }));

describe("the channel of a touchpoint", () => {
  test.each([
    ["?utm_source=google&utm_medium=cpc", "search", "paid"],
    ["?utm_source=bing&utm_medium=ppc", "search", "paid"],
    ["?utm_source=google&utm_medium=paid_search", "search", "paid"],
    ["?utm_medium=sem", "search", "paid"],
    ["?gclid=1", "search", "paid"],
    ["?msclkid=1", "search", "paid"],
    ["?utm_source=unheard-of&utm_medium=cpc", "search", "paid"],
    ["?utm_source=facebook&utm_medium=cpc", "social", "paid"],
    ["?utm_source=Facebook_Ads&utm_medium=CPC", "social", "paid"],
    ["?utm_source=m.facebook.com&utm_medium=paid", "social", "paid"],
    ["?utm_source=ig&utm_medium=paid_social", "social", "paid"],
    ["?utm_source=unheard-of&utm_medium=paid-social", "social", "paid"],
    ["?utm_source=meta&utm_medium=paidsocial", "social", "paid"],
    ["?utm_source=linkedin&utm_medium=cpm", "social", "paid"],
    ["?utm_source=youtube&utm_medium=cpv", "social", "paid"],
    ["?utm_source=google&utm_medium=display", "display", "paid"],
    ["?utm_source=google_display&utm_medium=cpc", "display", "paid"],
    ["?utm_source=google&utm_medium=cpm", "display", "paid"],
    ["?utm_source=criteo&utm_medium=cpc", "display", "paid"],
    ["?utm_source=news.example&utm_medium=banner", "display", "paid"],
    ["?utm_source=facebook&utm_medium=banner", "display", "paid"],
    ["?utm_source=unheard-of&utm_medium=ads", "display", "paid"],
    ["?utm_source=facebook&utm_medium=retargeting", "social", "paid"],
    ["?utm_source=awin&utm_medium=cpa", "affiliate", "paid"],
    ["?utm_source=blog&utm_medium=affiliate", "affiliate", "paid"],
    ["?utm_source=blog&utm_medium=affiliates", "affiliate", "paid"],
    ["?utm_source=newsletter&utm_medium=email", "email", "owned"],
    ["?utm_source=crm&utm_medium=e-mail", "email", "owned"],
    ["?utm_source=facebook&utm_medium=social", "social", "earned"],
    ["?utm_source=facebook&utm_medium=social-media", "social", "earned"],
    ["", "web", "owned"],
  ])("of a visit with %s is %s, %s", (search, channel, medium) => {
    expect(click(search)).toEqual({ channel, medium, campaign: "" });
  });

  test.each([
    ["https://www.google.de/", "search"],
    ["https://m.facebook.com/", "social"],
    ["https://blog.example/", "referral"],
    ["https://www.shop.example/other", "web"],
  ])("of a visit from %s is %s", (referrer, channel) => {
    expect(click("", referrer).channel).toBe(channel);
  });

  test("is what the sender says; the campaign says whether it was paid for", () => {
    const said = event({ campaign: { medium: "cpc", name: "Spring" } }, { channel: "Hotline" }, "track");
    expect(classify(said)).toEqual({ channel: "hotline", medium: "paid", campaign: "Spring" });
  });
});

test("a phone is no bot because of its maker's name", () => {
  const agent = (userAgent: string) => isBot(event({ userAgent }));
  for (const phone of [
    "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 8.1.0; CUBOT_POWER) AppleWebKit/537.36",
    "Mozilla/5.0 (Linux; Android 12; Cubot KingKong 7)",
  ])
    expect([phone, agent(phone)]).toEqual([phone, false]);
  for (const bot of [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0)",
    "AhrefsBot/7.0",
    "Some crawler",
    "GPTBot",
    "facebookexternalhit/1.1",
  ])
    expect([bot, agent(bot)]).toEqual([bot, true]);
});
