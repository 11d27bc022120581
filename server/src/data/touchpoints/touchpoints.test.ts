import { expect, test } from "vitest";
import { openGarden } from "../../../test/harness.ts";
import { seedCustomers, seedEvents } from "../../insight/runs/testing.ts";
import { ruleFor, TouchpointRule } from "./model.ts";

const { api, ctx, clock } = await openGarden({ timezone: "Europe/Berlin" });
clock.now = new Date("2026-06-01T00:00:00Z");

const rule = (more: object) => TouchpointRule.parse({ name: "A rule", medium: "earned", ...more });
const podcast = rule({
  channel: "Podcast",
  selfReported: true,
  when: [
    { field: "event", is: "equals", value: "Survey Answered" },
    { field: "property.heard", is: "contains", value: "podCAST" },
  ],
});
const partner = rule({
  channel: "partner",
  medium: "paid",
  when: [{ field: "referrer", is: "equals", value: "coffee.example" }],
});
const newsletter = rule({
  channel: "newsletter",
  medium: "owned",
  when: [{ field: "source", is: "starts", value: "brief" }],
});
const rules = [podcast, partner, newsletter];

await seedCustomers(ctx, [1, 2]);
const page = { name: "Page Viewed", customer: 1, channel: "referral" };
await seedEvents(ctx, [
  { ...page, at: "2026-01-01", properties: { referrer: "https://www.coffee.example/a" } },
  { ...page, at: "2026-01-02", properties: { url: "https://shop.example/x?utm_source=Brief_7" } },
  { customer: 1, at: "2026-01-03", minor: 1000 },
  // Told after the order, about what was before it.
  { customer: 1, at: "2026-01-04", name: "Survey Answered", properties: { heard: "In a Podcast" } },
  { ...page, customer: 2, at: "2026-01-05", properties: { referrer: "https://other.example" } },
]);
const period = { from: "2026-01-01", to: "2026-02-01" };

test("a preview says which events would change, and changes nothing", async () => {
  const { body } = await api("POST", "/api/touchpoints/preview", { rules, ...period });
  expect(body).toMatchObject({ events: 5, changed: 3 });
  expect(
    body.changes
      .map((one: { rule: number; before: string; after: string }) => [one.rule, one.before, one.after])
      .sort(),
  ).toEqual([
    [1, "", "podcast"],
    [2, "referral", "partner"],
    [3, "referral", "newsletter"],
  ]);
  expect((await api("GET", "/api/touchpoints/rules")).body).toEqual({ rules: [] });
  expect(
    await api("POST", "/api/touchpoints/preview", { rules, from: "2026-01-01", to: "2026-01-01" }),
  ).toMatchObject({ status: 400, body: { error: { code: "touchpoints.period" } } });
});

test("attribution reads past events by the rules, and what was told later stands first", async () => {
  expect((await api("PUT", "/api/touchpoints/rules", { rules })).status).toBe(200);
  const { body } = await api("POST", "/api/insight/attribution", period);
  const given = (model: string) =>
    body.models
      .find((one: { model: string }) => one.model === model)
      .channels.filter((one: { conversions: { estimate: number } }) => one.conversions.estimate > 0)
      .map((one: { channel: string }) => one.channel);
  expect(given("first")).toEqual(["podcast"]);
  expect(given("last")).toEqual(["newsletter"]);
  expect(given("linear").sort()).toEqual(["newsletter", "partner", "podcast"]);
});

test("the rule in memory says what the one in SQL says", () => {
  const seen = {
    ...{
      event: "Survey Answered",
      channel: "",
      medium: "",
      campaign: "",
      source: "",
      referrer: "",
      page: "",
    },
    properties: { heard: "in a PODCAST" },
  };
  expect(ruleFor(rules, seen)).toBe(podcast);
  expect(ruleFor(rules, { ...seen, properties: { heard: { deep: 1 } } })).toBeUndefined();
  expect(ruleFor(rules, { ...seen, properties: {}, source: "BRIEF" })).toBe(newsletter);
});
