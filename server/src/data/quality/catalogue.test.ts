import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { bounds } from "./model.ts";

let garden: TestGarden;
const keys = { page: "", server: "" };
beforeAll(async () => {
  garden = await openGarden();
  keys.page = (await garden.source("browser")).writeKey;
  keys.server = (await garden.source("server")).writeKey;
});

const consent = { consent: { categoryPreferences: { measure: true } } };
const call = (event: string, properties: object = {}, more: object = {}) => ({
  type: "track",
  userId: "ada",
  event,
  properties,
  context: consent,
  ...more,
});
async function send(key: string, ...batch: object[]) {
  expect((await garden.send(key, "/v1/batch", { batch })).body).toMatchObject({ accepted: batch.length });
  await garden.drained();
}
const detail = async (name: string) =>
  (await garden.api("GET", `/api/events/catalogue/event?name=${encodeURIComponent(name)}`)).body;
const stored = async (name: string) =>
  (
    await garden.ctx.events.query(
      z.object({ properties: z.string() }),
      { name },
      "select toJSONString(properties) as properties from events where name = {name:String} order by received_at",
    )
  ).map((row) => JSON.parse(row.properties));

describe("the event catalogue", () => {
  test("fills itself with names, properties and their types, by source and day", async () => {
    await send(
      keys.server,
      call("Tea Brewed", { grams: 4, kind: "green", pot: { ml: 400 }, leaves: [{ size: "long" }] }),
      call("Tea Brewed", { grams: "4", guest: { name: "Ada" }, note: "to ada@brand.example" }),
      call("Tea Brewed", { grams: 5, contact: "ada@brand.example" }),
    );
    await send(keys.page, call("Tea Brewed", {}, { userId: undefined, anonymousId: "v1" }));
    const { body } = await garden.api("GET", "/api/events/catalogue");
    const entry = body.items.find((one: { name: string }) => one.name === "Tea Brewed");
    expect(entry).toMatchObject({ events: 4, health: "new", sources: ["browser", "server"] });
    expect(entry.days).toHaveLength(29);
    expect(entry.days.at(-1)).toBe(4);

    const { propertyList, bySource } = await detail("Tea Brewed");
    const of = (path: string) => propertyList.find((one: { path: string }) => one.path === path);
    expect(of("grams")).toMatchObject({
      share: 0.75,
      personal: false,
      types: [
        { type: "number", share: 2 / 3 },
        { type: "text", share: 1 / 3 },
      ],
    });
    expect(of("pot.ml").types).toEqual([{ type: "number", share: 1 }]);
    expect(of("leaves[].size").types).toEqual([{ type: "text", share: 1 }]);
    expect(of("guest.name")).toMatchObject({ personal: true, decidedBy: "guess" });
    expect(of("contact")).toMatchObject({ personal: true, decidedBy: "guess" });
    expect(bySource).toMatchObject([
      { source: "server", events: 3 },
      { source: "browser", events: 1 },
    ]);
    expect(JSON.stringify(await detail("Tea Brewed"))).not.toMatch(/Ada|brand\.example|green/);
  });

  test("an event without consent is no entry", async () => {
    await garden.send(keys.page, "/v1/track", {
      ...call("Never Agreed", {}, { userId: undefined, anonymousId: "v2" }),
      context: {},
    });
    await garden.drained();
    expect((await detail("Never Agreed")).error.code).toBe("event.missing");
  });

  test("a property that is marked as personal stays out of the event store from then on, and one that is harmless comes in", async () => {
    const brewed = {
      cup: "of Ada",
      mobile_phone: "black",
      box: { cup: "of Ada" },
      cups: [{ of: "Ada" }, { of: "Bob" }],
    };
    await send(keys.server, call("Cup Filled", brewed));
    const change = await garden.api("PATCH", "/api/events/catalogue/event", {
      name: "Cup Filled",
      owner: "Till team",
      description: "A cup was filled.",
      properties: [
        { path: "cup", personal: true },
        { path: "box.cup", personal: true },
        { path: "cups[].of", personal: true },
        { path: "mobile_phone", personal: false },
      ],
    });
    expect(change.status).toBe(200);
    await send(keys.server, call("Cup Filled", brewed));
    await send(keys.server, call("Cup Filled", { mobile_phone: "ada@brand.example" }));
    const rows = await stored("Cup Filled");
    expect(rows).toEqual([
      { cup: "of Ada", box: { cup: "of Ada" }, cups: [{ of: "Ada" }, { of: "Bob" }] },
      expect.objectContaining({ mobile_phone: "black" }),
      {},
    ]);
    expect(JSON.stringify(rows[1])).not.toMatch(/Ada|Bob/);
    expect(await detail("Cup Filled")).toMatchObject({
      owner: "Till team",
      description: "A cup was filled.",
    });
  });

  test("whoever holds a public key cannot fill it: beyond its room events are counted, not named", async () => {
    const strange = Array.from({ length: bounds.publicNames + 40 }, (_, n) =>
      call(`Odd ${n}`, {}, { userId: undefined, anonymousId: "v3" }),
    );
    await send(keys.page, ...strange);
    const wide = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`p${n}`, n]));
    await send(keys.page, call("Tea Brewed", wide, { userId: undefined, anonymousId: "v3" }));
    const { body } = await garden.api("GET", "/api/events/catalogue");
    const odd = body.items.filter((one: { name: string }) => one.name.startsWith("Odd "));
    expect(odd).toHaveLength(bounds.publicNames);
    expect(body.beyond).toBe(40);
    expect((await detail("Tea Brewed")).propertyList).toHaveLength(bounds.properties);
    // The brand itself still finds room.
    await send(keys.server, call("Kettle Bought"));
    expect(await detail("Kettle Bought")).toMatchObject({ events: 1 });
  });

  test("what is no event or property of the catalogue is refused in words", async () => {
    const patch = (body: object) => garden.api("PATCH", "/api/events/catalogue/event", body);
    expect((await patch({ name: "Unheard Of", owner: "x" })).body.error.code).toBe("event.missing");
    expect(
      (await patch({ name: "Tea Brewed", properties: [{ path: "nowhere", personal: true }] })).body.error
        .code,
    ).toBe("property.missing");
  });
});
