import { Analytics as Customerio } from "@customerio/cdp-analytics-node";
import Rudder from "@rudderstack/rudder-sdk-node";
import { Analytics as Segment } from "@segment/analytics-node";
// @ts-expect-error: this old client has no types.
import OldSegment from "analytics-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../../test/harness.ts";
import { listening, oddText, openLine, stored, until } from "./testing.ts";

/** The clients that speak the Segment protocol, as they are on npm, over a line that breaks. */
let garden: TestGarden;
let line: Awaited<ReturnType<typeof openLine>>;
beforeAll(async () => {
  garden = await openGarden();
  line = await openLine(await listening(garden));
});
afterAll(() => line.close());

type Call = "identify" | "track" | "page" | "group" | "alias";
/** What the clients have in common. */
interface Client {
  identify(call: object): unknown;
  track(call: object): unknown;
  page(call: object): unknown;
  group(call: object): unknown;
  alias(call: object): unknown;
}

const clients: [string, (url: string, writeKey: string) => Client][] = [
  [
    "Segment's client",
    (host, writeKey) => new Segment({ host, writeKey, maxEventsInBatch: 3, flushInterval: 200 }),
  ],
  ["Segment's old client", (host, key) => new OldSegment(key, { host, flushAt: 3, flushInterval: 200 })],
  [
    "Customer.io's client",
    (host, writeKey) =>
      new Customerio({ host, writeKey, maxEventsInBatch: 3, flushInterval: 200 }) as unknown as Client,
  ],
  [
    "RudderStack's client",
    (dataPlaneUrl, key) =>
      new Rudder(key, { dataPlaneUrl, flushAt: 3, flushInterval: 200, logLevel: "error" }) as Client,
  ],
];

const past = new Date("2024-01-02T03:04:05.678Z");

describe.each(clients)("%s", (name, open) => {
  test.each([
    ["answers 503 and 429, and loses one", [503, 429, "lost"] as const],
    ["loses the first answer, and delivers the next request twice", ["lost", "twice"] as const],
  ])("over a line that %s: each event once, at its own time, in its own words", async (fault, faults) => {
    const { id, writeKey } = await garden.source("server");
    const before = ((await garden.drops()).duplicate ?? 0) as number;
    line.breaks(...faults);
    const client = open(line.url, writeKey);
    const userId = `${name} ${fault}`;
    const anonymousId = `anonymous ${userId}`;
    const calls: [Call, object][] = [
      ["page", { anonymousId, name: "Tea", properties: { url: "https://shop.example/tea", title: oddText } }],
      ["identify", { userId, anonymousId, traits: { email: "anna@example.com", city: oddText } }],
      [
        "track",
        {
          userId,
          event: "Order Completed",
          properties: { order_id: `${id}-1`, revenue: 19.9, currency: "EUR", note: oddText },
        },
      ],
      ["group", { userId, groupId: "acme", traits: { name: "ACME" } }],
      ["alias", { userId, previousId: `older ${userId}` }],
      ...Array.from({ length: 5 }, (_, n): [Call, object] => [
        "track",
        { userId, event: `Product Viewed ${n}`, properties: { product_id: `p${n}` } },
      ]),
    ];
    for (const [call, payload] of calls) client[call]({ ...payload, timestamp: past });

    const own = async () => (await stored(garden)).filter((event) => event.source === id);
    await until(async () => (await own()).length >= calls.length);
    // What is sent again comes within a few seconds.
    await until(async () => ((await garden.drops()).duplicate ?? 0) > before);
    const events = await own();
    expect(events.map((event) => event.name)).toEqual([
      "Customer Aliased",
      "Customer Identified",
      "Group Joined",
      "Order Completed",
      "Page Viewed",
      ...Array.from({ length: 5 }, (_, n) => `Product Viewed ${n}`),
    ]);
    expect(new Set(events.map((event) => event.at))).toEqual(new Set([past.toISOString()]));
    expect(new Set(events.map((event) => event.customerId)).size).toBe(1);
    expect(events.find((event) => event.name === "Order Completed")?.properties).toMatchObject({
      order_id: `${id}-1`,
      note: oddText,
    });
    expect(events.find((event) => event.name === "Page Viewed")?.properties.title).toBe(oddText);
    expect(new Set(line.seen.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set(["POST /v1/batch"]),
    );
    expect(line.seen.map(({ status }) => status)).toEqual(expect.arrayContaining([...faults]));
  });
});
