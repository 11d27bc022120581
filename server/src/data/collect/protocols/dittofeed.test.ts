import { DittofeedSdk } from "@dittofeed/sdk-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../../test/harness.ts";
import { createToken } from "../../../garden/index.ts";
import { listening, oddText, openLine, stored } from "./testing.ts";

let garden: TestGarden;
let line: Awaited<ReturnType<typeof openLine>>;
beforeAll(async () => {
  garden = await openGarden();
  line = await openLine(await listening(garden));
});
afterAll(() => line.close());

test("Dittofeed's client delivers each event once, also over a line that delivers twice", async () => {
  const { id, writeKey } = await garden.source("server");
  line.breaks("twice");
  await DittofeedSdk.init({
    host: line.url,
    writeKey: `Basic ${Buffer.from(`${writeKey}:secret`).toString("base64")}`,
  });
  DittofeedSdk.identify({ userId: "d1", traits: { email: "anna@example.com", city: oddText } });
  DittofeedSdk.track({
    userId: "d1",
    event: "Order Completed",
    properties: { order_id: "d-1", note: oddText },
  });
  DittofeedSdk.page({ userId: "d1", name: "Tea", properties: { title: oddText } });
  await DittofeedSdk.flush();
  const events = (await stored(garden)).filter((event) => event.source === id);
  expect(events.map((event) => event.name)).toEqual([
    "Customer Identified",
    "Order Completed",
    "Page Viewed",
  ]);
  expect(events[1]!.properties).toMatchObject({ order_id: "d-1", note: oddText });
  expect(new Set(events.map((event) => event.customerId)).size).toBe(1);
  expect((await garden.drops()).duplicate).toBe(3);
  expect(new Set(line.seen.map(({ path }) => path))).toEqual(new Set(["/api/public/apps/batch"]));
});

test("the key may be all that stands in Authorization, or a token with the scope collect:write", async () => {
  const { writeKey } = await garden.source("server");
  const { token } = await createToken(garden.ctx, { name: "dittofeed", scopes: ["collect:write"] });
  const send = (authorization: string) =>
    garden.send("", "/api/public/apps/track", { userId: "d2", event: "Keyed" }, { authorization });
  expect((await send(writeKey)).status).toBe(200);
  expect((await send(`Bearer ${token}`)).status).toBe(200);
  for (const wrong of ["wk_nobody", "Basic !", "Bearer rk_nobody"])
    expect((await send(wrong)).status).toBe(401);
});
