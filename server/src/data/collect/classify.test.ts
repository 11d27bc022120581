import { describe, expect, test } from "vitest";
import { classify as classified } from "./classify.ts";
import type { Incoming } from "./model.ts";

/** Without what only sessions ask for. */
const classify = (of: Incoming) => {
  const { visit: _, ...rest } = classified(of);
  return rest;
};
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
    ["?gbraid=1", "search", "paid"],
    ["?dclid=1", "display", "paid"],
    ["?ttclid=1", "social", "paid"],
    ["?li_fat_id=1", "social", "paid"],
    ["?awc=1", "affiliate", "paid"],
    ["?gclid=1&utm_medium=display", "display", "paid"],
    ["?fbclid=1", "social", "earned"],
    ["?utm_source=chatgpt.com", "assistant", "earned"],
    ["?utm_source=google&utm_medium=organic", "search", "earned"],
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
    ["https://google.co.uk/", "search"],
    ["https://search.yahoo.com/", "search"],
    ["https://mygoogle.example/", "referral"],
    ["https://google.evil.example/", "referral"],
    ["https://t.co/abc", "social"],
    ["https://art.co/abc", "referral"],
    ["https://old.reddit.com/r/tea", "social"],
    ["https://chatgpt.com/", "assistant"],
    ["https://gemini.google.com/app", "assistant"],
    ["https://www.perplexity.ai/search", "assistant"],
    ["https://mail.google.com/", "email"],
    ["https://deref-gmx.net/", "email"],
    ["android-app://com.google.android.gm/", "email"],
    ["https://www.paypal.com/checkout", "web"],
    ["https://checkout.shop.example/", "web"],
    ["https://www.shop.example/other", "web"],
  ])("of a visit from %s is %s", (referrer, channel) => {
    expect(click("", referrer).channel).toBe(channel);
  });

  test("sites of one brand are no referrals to one another, and neighbours under a shared ending are", () => {
    const from = (referrer: string, url: string) => classify(event({ page: { referrer, url } })).channel;
    expect(from("https://blog.brand.co.uk/", "https://shop.brand.co.uk/")).toBe("web");
    expect(from("https://other.co.uk/", "https://brand.co.uk/")).toBe("referral");
    expect(from("https://a.myshopify.com/", "https://b.myshopify.com/")).toBe("referral");
    expect(from("http://10.0.0.2/", "http://10.0.0.1/")).toBe("referral");
  });

  test("the address of the page is read where a client tells no search of its own", () => {
    const url = "https://shop.example/tea?utm_source=bing&utm_medium=cpc#top";
    expect(classify(event({ page: { url } })).channel).toBe("search");
  });

  test("is what the sender says; the campaign says whether it was paid for", () => {
    const said = event({ campaign: { medium: "cpc", name: "Spring" } }, { channel: "Hotline" }, "track");
    expect(classify(said)).toEqual({ channel: "hotline", medium: "paid", campaign: "Spring" });
  });
});
