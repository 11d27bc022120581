import { describe, expect, test } from "vitest";
import { isPersonalTrait } from "../profiles/index.ts";
import { storable } from "./normalise.ts";

describe("properties that the event store keeps", () => {
  test("hold no direct personal data, however deep it stands", () => {
    const order = {
      order_id: "o-1",
      revenue: 12.5,
      customer: { id: "c-1", email: "ada@brand.example", name: "Ada", firstName: "Ada", segment: "gold" },
      shipping_address: { street: "Lane 1", city: "Ulm" },
      billingAddress: { name: "Ada" },
      shipping: { name: "Ada", method: { name: "Express" }, cost: 4.9 },
      recipient: { full_name: "Ada L", phone: 491_234_567 },
      contactPhone: "+49 1",
      "E-Mail": "ada@brand.example",
      customer_name: "Ada",
      Vorname: "Ada",
      date_of_birth: "1990-01-01",
      client: { ipAddress: "10.0.0.1", ip: "10.0.0.1" },
      anything: " ada@brand.example ",
      copies: ["bob@brand.example", "kept"],
      products: [
        { product_id: "p1", name: "Lamp", brand: "Glow", engraving: { recipient: { name: "Ada" } } },
      ],
      deep: [[{ a: { b: { mobilePhone: "1", fine: true } } }]],
    };
    const kept = storable(order);
    expect(kept).toEqual({
      order_id: "o-1",
      revenue: 12.5,
      customer: { id: "c-1", segment: "gold" },
      shipping: { method: { name: "Express" }, cost: 4.9 },
      recipient: {},
      client: {},
      copies: ["kept"],
      products: [{ product_id: "p1", name: "Lamp", brand: "Glow", engraving: { recipient: {} } }],
      deep: [[{ a: { b: { fine: true } } }]],
    });
    expect(JSON.stringify(kept)).not.toMatch(/ada|bob|lane|\+49|1990|10\.0/i);
  });

  test("keep the names of products and pages, and what only sounds personal", () => {
    const properties = {
      name: "Brass lamp",
      category: "Phones",
      title: "Lamps",
      products: [{ name: "Brass lamp" }],
      items: [{ name: "Shade" }],
      coupon: { name: "SPRING" },
      promotion_name: "Spring",
      email_opened: true,
      email_subject: "News",
      phone_model: "X1",
      headphones: 2,
      smartphone: "X2",
      membership: "gold",
      tip: 3,
      zip_file: "a.zip",
      constructor: "text",
    };
    expect(storable(properties)).toEqual(properties);
  });
});

test("traits are personal by name", () => {
  for (const key of [
    "email",
    "Name",
    "firstName",
    "last_name",
    "PHONE",
    "address",
    "billing_address",
    "avatar",
    "Nachname",
  ])
    expect([key, isPersonalTrait(key)]).toEqual([key, true]);
  for (const key of ["plan", "favourite", "company_name", "country", "city", "email_opt_in_type"])
    expect([key, isPersonalTrait(key)]).toEqual([key, false]);
});
