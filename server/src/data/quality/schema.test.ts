import { beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { fromJsonSchema, toJsonSchema } from "./json-schema.ts";
import { checkOf, type Rule } from "./schema.ts";

const rule = (path: string, more: Partial<Rule> = {}): Rule => ({
  path,
  required: false,
  types: [],
  ...more,
});

describe("a schema", () => {
  const check = checkOf([
    rule("size", { required: true, types: ["number"], minimum: 1 }),
    rule("kind", { types: ["text"], enum: ["green", "black"] }),
    rule("code", { pattern: "^[A-Z]{2}\\d+$" }),
    rule("lines", { types: ["list"] }),
    rule("lines[].price", { required: true, format: "amount" }),
    rule("box.lid", { required: true }),
  ]);
  test.each([
    [{ size: 2 }, []],
    [{}, ["size missing"]],
    [{ size: null }, ["size missing"]],
    [{ size: "2" }, ["size type"]],
    [{ size: 0 }, ["size minimum"]],
    [{ size: 1, kind: "red" }, ["kind enum"]],
    [{ size: 1, code: "ab1" }, ["code pattern"]],
    [{ size: 1, lines: {} }, ["lines type"]],
    [
      { size: 1, lines: [{ price: "1.5" }, { price: "1,5" }, {}] },
      ["lines[].price amount", "lines[].price missing"],
    ],
    // Nothing is asked of what is in an object that is not there.
    [{ size: 1, box: {} }, ["box.lid missing"]],
    [{ size: 1, box: 3 }, []],
  ])("%j", (properties, found) => {
    expect(check(properties).map(({ path, reason }) => `${path} ${reason}`)).toEqual(found);
  });

  test("shows a value that is short and harmless, and no other", () => {
    const examples = (properties: object) =>
      checkOf(["note", "email", "size"].map((path) => rule(path, { types: ["boolean"] })))(
        properties as never,
      ).map(({ path, example }) => [path, example]);
    expect(examples({ note: "12,50", size: 3 })).toEqual([
      ["note", "12,50"],
      ["size", "3"],
    ]);
    expect(examples({ note: "to ada@brand.example", email: "x", size: "x".repeat(90) })).toEqual([
      ["note", undefined],
      ["email", undefined],
      ["size", undefined],
    ]);
  });

  test("reads a pattern in time linear to the text", () => {
    const evil = checkOf([rule("code", { pattern: "^(a+)+$" })]);
    expect(evil({ code: `${"a".repeat(900)}b` })).toHaveLength(1);
    expect(evil({ code: `${"a".repeat(100_000)}` })).toHaveLength(0);
  });

  test("goes out as JSON Schema and comes back the same", () => {
    const rules = [
      rule("order_id", { required: true, types: ["text", "number"] }),
      rule("kind", { types: ["text"], enum: ["a", "b"], pattern: "^[ab]$" }),
      rule("box", { required: true, types: ["object"] }),
      rule("box.lid", { required: true, types: ["boolean"] }),
      rule("lines", { types: ["list"] }),
      rule("lines[].price", { required: true, format: "amount", minimum: 0 }),
    ];
    const schema = toJsonSchema("Order Completed", rules);
    expect(schema).toMatchObject({
      type: "object",
      required: ["order_id", "box"],
      properties: { lines: { type: "array", items: { required: ["price"] } } },
    });
    expect(fromJsonSchema(JSON.parse(JSON.stringify(schema)))).toEqual(rules);
  });

  test.each([
    [{ oneOf: [] }, "schema.unsupported"],
    [{ properties: { a: { $ref: "#/x" } } }, "schema.unsupported"],
    [{ properties: { a: { format: "date" } } }, "schema.unsupported"],
    [{ properties: { a: { type: "color" } } }, "schema.unsupported"],
    [{ properties: { a: { pattern: "(?=x)" } } }, "schema.invalid"],
    [{ properties: { a: [] } }, "schema.invalid"],
    [JSON.parse('{"properties":{"__proto__":{"type":"string"}}}'), "schema.unsupported"],
  ])("that asks for more than is checked is refused: %j", (schema, code) => {
    expect(() => fromJsonSchema(schema)).toThrow(expect.objectContaining({ code }));
  });
});

describe("events and their schema", () => {
  let garden: TestGarden;
  let key: string;
  let browser: string;
  beforeAll(async () => {
    garden = await openGarden();
    key = (await garden.source("server")).writeKey;
    browser = (await garden.source("browser")).writeKey;
  });
  let sent = 0;
  const call = (event: string, properties: object) => ({
    messageId: `s${++sent}`,
    type: "track",
    userId: "ada",
    event,
    properties,
  });
  const send = async (...batch: object[]) => {
    expect((await garden.send(key, "/v1/batch", { batch })).status).toBe(200);
    await garden.drained();
  };
  const detail = async (name: string) =>
    (await garden.api("GET", `/api/events/catalogue/event?name=${encodeURIComponent(name)}`)).body;
  const put = (body: object) => garden.api("PUT", "/api/events/schema", body);
  const broken = async (name: string) =>
    (await detail(name)).violationList.map((one: Record<string, unknown>) => [
      one.path,
      one.reason,
      one.events,
      one.example,
    ]);

  test("a schema is made of what was seen", async () => {
    await send(
      ...Array.from({ length: 25 }, (_, n) => call("Cup Sold", { size: n, ...(n % 2 ? { lid: true } : {}) })),
      // A name of which no path can be made is seen, and no rule for it is proposed.
      call("Cup Sold", { size: 25, "handle.": 1 }),
    );
    expect((await detail("Cup Sold")).propertyList.map((one: { path: string }) => one.path)).toContain(
      "handle.",
    );
    const { body } = await garden.api("GET", "/api/events/schema/draft?name=Cup%20Sold");
    expect(body.rules).toEqual([
      { path: "lid", required: false, types: ["boolean"] },
      { path: "size", required: true, types: ["number"] },
    ]);
    expect((await put({ name: "Cup Sold", mode: "report", rules: body.rules })).body.origin).toBe("own");
    await send(call("Cup Sold", { size: "large" }), call("Cup Sold", { size: 3 }), call("Cup Sold", {}));
    expect(await broken("Cup Sold")).toEqual([
      ["size", "missing", 1, null],
      ["size", "type", 1, "large"],
    ]);
    const entry = await detail("Cup Sold");
    expect(entry).toMatchObject({ events: 29, violations: 2 });
  });

  test("what is blocked is rejected with its reason, keeps nothing, and a no in it is obeyed", async () => {
    await put({
      name: "Tin Sold",
      mode: "block",
      rules: [rule("size", { required: true, types: ["number"] })],
    });
    const consent = (measure: boolean) => ({ consent: { categoryPreferences: { measure } } });
    const look = (properties: object, measure: boolean) => ({
      ...call("Tin Sold", properties),
      userId: undefined,
      anonymousId: "tins",
      context: consent(measure),
    });
    await garden.send(browser, "/v1/batch", { batch: [look({ size: 1 }, true), look({ size: "x" }, true)] });
    await garden.drained();
    expect((await garden.drops()).schema).toBe(1);
    const { body } = await garden.api("GET", "/api/events/rejected");
    expect(body.items[0]).toMatchObject({
      code: "event.schema",
      messageId: `s${sent}`,
      message: 'Tin Sold: size is of another type (it says "x").',
    });
    expect(await detail("Tin Sold")).toMatchObject({ events: 1, violations: 1 });
  });

  test("an order whose amount cannot be read, or is below zero, is kept and told", async () => {
    const order = (id: string, more: object) =>
      call("Order Completed", { order_id: id, currency: "EUR", ...more });
    await send(
      order("1", { revenue: "12,50" }),
      order("2", { revenue: "abc", total: 20 }),
      order("3", { revenue: -5 }),
      order("4", {}),
      order("5", { revenue: "12.50" }),
      order("6", { products: [{ product_id: "tea", price: 3 }] }),
      call("Order Completed", { revenue: 3 }),
    );
    expect((await broken("Order Completed")).sort()).toEqual([
      ["order_id", "missing", 1, null],
      ["revenue", "amount", 2, "abc"],
      ["revenue", "negative_order", 1, "-5"],
      ["revenue", "no_amount", 1, null],
    ]);
    const { schema, violations, events } = await detail("Order Completed");
    expect(schema).toMatchObject({ mode: "report", origin: "built_in" });
    expect([events, violations]).toEqual([7, 5]);
    await put({ name: "Order Completed", mode: "off", rules: null });
    await send(order("7", { revenue: "13,50" }));
    expect((await detail("Order Completed")).violations).toBe(5);
  });

  test("it comes and goes as a file", async () => {
    const { body } = await garden.api("GET", "/api/events/schema/json?name=Cup%20Sold");
    expect(body).toMatchObject({ title: "Cup Sold", required: ["size"] });
    const taken = await garden.api("PUT", "/api/events/schema/json", {
      ...{ name: "Cup Lent", mode: "block" },
      schema: body,
    });
    expect(taken.body.rules).toEqual((await detail("Cup Sold")).schema.rules);
    const refused = await garden.api("PUT", "/api/events/schema/json", {
      ...{ name: "Cup Lent", mode: "block", schema: { allOf: [] } },
    });
    expect(refused.body.error).toMatchObject({ code: "schema.unsupported", details: { keyword: "allOf" } });
  });
});
