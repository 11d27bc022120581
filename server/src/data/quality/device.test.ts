import { describe, expect, test } from "vitest";
import { deviceOf } from "./device.ts";

const chrome =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36";

describe("the device behind a user agent", () => {
  test.each([
    [chrome, "desktop", "Windows", "Chrome"],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
      "mobile",
      "iOS",
      "Safari",
    ],
    [
      "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
      "tablet",
      "iOS",
      "Safari",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:125.0) Gecko/20100101 Firefox/125.0",
      "desktop",
      "macOS",
      "Firefox",
    ],
    ["Dalvik/2.1.0 (Linux; U; Android 12; Pixel 6)", "", "Android", ""],
    ["Totally Made Up/1.0", "", "", ""],
  ])("%s", (agent, device, os, browser) => {
    expect(deviceOf(agent, undefined)).toMatchObject({ device, os, browser, isBot: false });
  });

  test("client hints say what the frozen user agent hides, and odd ones say nothing", () => {
    const hints = { mobile: true, platform: "Android", brands: [{ brand: "Chromium", version: "124" }] };
    expect(deviceOf(chrome, hints).device).toBe("mobile");
    for (const odd of [null, 1, "x", [], { brands: "x" }, { brands: [null, { brand: 1 }] }, { platform: {} }])
      expect(deviceOf(chrome, odd)).toMatchObject({ device: "desktop", browser: "Chrome" });
    for (const odd of [undefined, null, 7, {}, "", "(".repeat(5_000)])
      expect(deviceOf(odd, undefined)).toMatchObject({ device: "", os: "", browser: "" });
  });

  test.each([
    ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", true, true],
    [
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0 Safari/537.36",
      true,
      true,
    ],
    ["GPTBot", true, true],
    ["Some crawler", true, true],
    ["facebookexternalhit/1.1", true, true],
    // A library is no visitor, but a server may send with it.
    ["python-requests/2.31", true, false],
    ["okhttp/4.12.0", false, false],
    ["curl/8.1", true, false],
    // CUBOT makes phones.
    [
      "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
      false,
      false,
    ],
    ["Mozilla/5.0 (Linux; Android 12; Cubot KingKong 7)", false, false],
  ])("%s is a program: %s, and says so itself: %s", (agent, isBot, saysBot) => {
    expect(deviceOf(agent, undefined)).toMatchObject({ isBot, saysBot });
  });

  test("a browser that is steered says so in its hints", () => {
    expect(deviceOf(chrome, { brands: [{ brand: "HeadlessChrome", version: "124" }] }).isBot).toBe(true);
  });
});
