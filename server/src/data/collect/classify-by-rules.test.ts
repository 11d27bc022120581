import { expect, test } from "vitest";
import { TouchpointRule } from "../touchpoints/model.ts";
import { classifyBy } from "./classify-by-rules.ts";
import type { Incoming } from "./model.ts";

const event = (page: object, type = "page") =>
  ({ type, name: "Page Viewed", properties: {}, context: { page } }) as unknown as Incoming;
const rules = [
  TouchpointRule.parse({
    ...{ name: "The partner", channel: "partner", medium: "paid", campaign: "Coffee week" },
    when: [
      { field: "referrer", is: "equals", value: "coffee.example" },
      { field: "page", is: "starts", value: "/beans" },
    ],
  }),
];

test("new events are written by the brand's rules, and by the usual ones where none holds", () => {
  const from = (path: string, type?: string) =>
    classifyBy(
      rules,
      event({ url: `https://shop.example${path}`, referrer: "https://www.coffee.example/" }, type),
    );
  expect(from("/beans/1")).toMatchObject({ channel: "partner", medium: "paid", campaign: "Coffee week" });
  expect(from("/beans/1", "track")).toMatchObject({ channel: "partner" });
  expect(from("/tea")).toMatchObject({ channel: "referral", medium: "earned" });
  expect(classifyBy([], event({ url: "no address" }))).toMatchObject({ channel: "web" });
});
