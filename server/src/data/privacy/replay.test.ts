import { join } from "node:path";
import { expect, test } from "vitest";
import { openGarden } from "../../../test/harness.ts";
import { personStores } from "../../person-stores.ts";
import { ringOf } from "../../platform/keys/index.ts";
import { Staging } from "../imports/index.ts";
import { Archives } from "./archives.ts";
import { readErasures, replayErasures } from "./replay.ts";

const garden = await openGarden();

test("a list of erasures finds the person again in a garden that came back, by keyed hashes alone", async () => {
  const { writeKey } = await garden.source("server");
  const identify = (name: string) =>
    garden.send(writeKey, "/v1/identify", { userId: name, traits: { email: `${name}@example.org`, name } });
  await identify("greta");
  await identify("otto");
  await garden.drained();
  const whom = { kind: "email", value: "Greta@example.org" };
  expect((await garden.api("POST", "/api/privacy/erasures", { whom })).status).toBe(201);
  const path = join(garden.dataDir, "erasures.jsonl");
  const lines = await readErasures(path);
  expect(lines).toHaveLength(1);
  expect(JSON.stringify(lines)).not.toMatch(/greta/i);

  // As a backup of before would bring it back.
  await garden.ctx.pool.query("delete from suppressions");
  await identify("greta");
  await garden.drained();
  const names = async () =>
    (await garden.api("GET", "/api/customers")).body.items.map((one: { name: string }) => one.name);
  expect((await names()).sort()).toEqual(["greta", "otto"]);
  const { dataDir } = garden;
  const places = { archives: new Archives(dataDir), staging: new Staging(dataDir), dataDir };
  const parts = { stores: personStores(places), dataDir: garden.dataDir };
  expect(await replayErasures(garden.ctx, parts, lines)).toBe(1);
  expect(await names()).toEqual(["otto"]);
  await identify("greta");
  await garden.drained();
  expect(await names()).toEqual(["otto"]);

  const other = {
    ...garden.ctx,
    keys: { ...garden.ctx.keys, ring: () => ringOf(Buffer.alloc(32, 7).toString("base64")) },
  };
  await expect(replayErasures({ ...other, garden: garden.garden }, parts, lines)).rejects.toMatchObject({
    code: "erasures.other_key",
  });
});

test("what was done can be kept under an id that leads to nobody", async () => {
  const { writeKey } = await garden.source("server");
  await garden.send(writeKey, "/v1/batch", {
    batch: [
      { type: "identify", userId: "anna", anonymousId: "anna-b", traits: { email: "anna@example.org" } },
      {
        type: "track",
        userId: "anna",
        event: "Order Completed",
        properties: {
          order_id: "secret-77",
          total: 30,
          currency: "EUR",
          note: "for anna",
          products: [{ product_id: "p1", name: "Cup", price: 15, quantity: 2 }],
        },
      },
    ],
  });
  await garden.drained();
  const sums = async () =>
    JSON.parse(
      await garden.ctx.events.text(
        {},
        "select sum(amount_garden_minor) as amount, countIf(name = 'Order Completed') as orders, sum(arraySum(arrayMap(l -> ifNull(l.quantity, 0), order_lines))) as cups from events",
        "JSONEachRow",
      ),
    );
  const before = await sums();
  const { status, body } = await garden.api("POST", "/api/privacy/erasures", {
    whom: { kind: "user_id", value: "anna" },
    mode: "anonymise",
  });
  expect(status).toBe(201);
  expect(body.receipt.stores).toContainEqual(
    expect.objectContaining({ store: "events_stored", count: 2, kept: true }),
  );
  expect(await sums()).toEqual(before);
  const rows = await garden.ctx.events.text({}, "select * from events", "JSONEachRow");
  expect(rows).not.toMatch(/anna|secret-77/);
  expect((await garden.api("GET", "/api/customers?search=anna")).body.items).toEqual([]);
});
