import { jitsuAnalytics } from "@jitsu/js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../../test/harness.ts";
import { listening, oddText, openLine, stored } from "./testing.ts";

let garden: TestGarden;
let line: Awaited<ReturnType<typeof openLine>>;
beforeAll(async () => {
  garden = await openGarden();
  line = await openLine(await listening(garden));
});
afterAll(() => line.close());

test.each([
  ["in a page", false, "/api/s/track"],
  ["on a server", true, "/api/s/s2s/track"],
])(
  "Jitsu's client %s delivers each event once, also over a line that delivers twice",
  async (where, s2s, path) => {
    const { id, writeKey } = await garden.source("server");
    const before = (await garden.drops()).duplicate ?? 0;
    line.breaks("twice", "twice", "twice", "twice");
    const client = jitsuAnalytics({ host: line.url, writeKey: `${writeKey}:secret`, s2s, fetch });
    await client.identify(`j ${where}`, { email: "anna@example.com", city: oddText });
    await client.page({ name: "Tea", title: oddText });
    await client.track("Order Completed", { order_id: `j-${id}`, note: oddText });
    await client.group("acme", { name: "ACME" });
    const events = (await stored(garden)).filter((event) => event.source === id);
    expect(events.map((event) => event.name)).toEqual([
      "Customer Identified",
      "Group Joined",
      "Order Completed",
      "Page Viewed",
    ]);
    expect(events[2]!.properties).toMatchObject({ order_id: `j-${id}`, note: oddText });
    expect(new Set(events.map((event) => event.customerId)).size).toBe(1);
    expect((await garden.drops()).duplicate).toBe(before + 4);
    expect(line.seen.map((one) => one.path)).toContain(path);
  },
);

test("an unknown key is refused, whatever stands after the colon", async () => {
  for (const key of ["wk_nobody:x", ":", "wk_nobody"])
    expect(
      (
        await garden.send(
          "",
          "/api/s/track",
          { userId: "u", event: "x" },
          { "x-write-key": key, authorization: "" },
        )
      ).status,
    ).toBe(401);
});
