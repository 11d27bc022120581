import { expect, test } from "vitest";
import { bind, conversionOf, emptyRule, pathOf, withConversion } from "./bind.ts";

test("a place is a path, with quotes where a name is none", () => {
  expect(pathOf(["customer", "first name", 2, "größe"])).toBe('$.customer["first name"][2].größe');
  expect(pathOf([])).toBe("$");
});

test("a pressed value goes into the field that waits for it", () => {
  const rule = bind(emptyRule(), "person.email", ["who", "mail"], "a@example.com");
  expect(rule.person.email).toBe("$.who.mail");
  expect(bind(rule, "amount", ["cents"], 5)).toMatchObject({
    amount: "$.cents",
    person: { email: "$.who.mail" },
  });
  expect(bind(rule, "when.+", ["topic"], "orders/create").when).toEqual([
    { value: "$.topic", is: "equal", to: "orders/create" },
  ]);
});

test("a property is named after its value, and none takes the place of another", () => {
  const once = bind(emptyRule(), "properties.+", ["order", "id"], 1);
  const twice = bind(once, "properties.+", ["customer", "id"], 2);
  expect(twice.properties).toEqual({ id: "$.order.id", id_2: "$.customer.id" });
  expect(bind(twice, "properties.id", ["no"], 3).properties.id).toBe("$.no");
});

test("what stands in one line of an order is read from each", () => {
  const rule = bind(emptyRule(), "products.sku", ["lines", 0, "item", "sku"], "a");
  expect(rule.products).toEqual({ list: "$.lines", fields: { sku: "@.item.sku" } });
  expect(bind(rule, "products", ["order", "rows", 1, "sku"], "b").products?.list).toBe("$.order.rows");
});

test("a conversion is chosen at the end of a path, and left alone in what is written by hand", () => {
  expect(withConversion("$.a", "minor")).toBe("$.a | minor");
  expect(withConversion("$.a | minor", "")).toBe("$.a");
  expect(conversionOf("$.a | unix")).toBe("unix");
  expect(conversionOf("$.a")).toBe("");
  expect(conversionOf("$.a ?? $.b")).toBe(undefined);
  expect(conversionOf("$.a | trim | lower")).toBe(undefined);
});
