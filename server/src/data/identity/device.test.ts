import { expect, test } from "vitest";
import { z } from "zod";
import { openGarden } from "../../../test/harness.ts";
import { findCustomer } from "./index.ts";

test("an event on the device of one customer that names another by e-mail is the other's everywhere", async () => {
  const garden = await openGarden();
  const { writeKey } = await garden.source("server");
  const tell = async (call: Record<string, unknown>) => {
    expect((await garden.send(writeKey, "/v1/identify", call)).status).toBe(200);
    await garden.drained();
  };
  await tell({ userId: "ada", anonymousId: "ada-phone", messageId: "1" });
  await tell({ userId: "bea", traits: { email: "bea@brand.example" }, messageId: "2" });
  const before = Date.now();
  await tell({ anonymousId: "ada-phone", traits: { email: "bea@brand.example" }, messageId: "3" });

  const [ada, bea] = [
    await findCustomer(garden.ctx.pool, "user_id", "ada"),
    await findCustomer(garden.ctx.pool, "user_id", "bea"),
  ];
  const rows = await garden.ctx.events.query(
    z.object({ customerId: z.number(), subjectId: z.number(), visitorId: z.number() }),
    { before },
    "select customer_id, subject_id, visitor_id from events where received_at >= fromUnixTimestamp64Milli({before:Int64})",
  );
  // The browser is still told apart; whose event it is, is said in one way.
  const visitor = await garden.ctx.events.query(
    z.object({ visitorId: z.number() }),
    { ada: ada! },
    "select distinct visitor_id from events where customer_id = {ada:UInt64}",
  );
  expect(rows).toEqual([{ customerId: bea, subjectId: bea, visitorId: visitor[0]!.visitorId }]);
  const namesOf = async (userId: string) => {
    const { body } = await garden.api("GET", `/api/customers?search=${userId}`);
    const timeline = await garden.api("GET", `/api/customers/${body.items[0].id}/timeline`);
    return timeline.body.items.length;
  };
  expect([await namesOf("ada"), await namesOf("bea")]).toEqual([1, 2]);
});
