import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { parseId } from "../../platform/ids.ts";
import { findCustomer } from "../identity/index.ts";
import { customersById } from "../profiles/index.ts";
import { readyMappings } from "./ready.ts";
import { importFiles, sendFile } from "./testing.ts";

/** Real exports lie beside the project where there are any; they are no part of it. */
const shared = resolve(import.meta.dirname, "../../../../../shared/data");

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden({ currency: "EUR", timezone: "Europe/Berlin" });
});

async function imported(mapping: string, body: string | Buffer, currency?: string) {
  const file = await sendFile(garden, `${mapping}.csv`, body);
  const preview = await garden.api("POST", "/api/imports/preview", { files: [file] });
  const one = await importFiles(garden, {
    mapping,
    files: [file],
    timezone: "Europe/Berlin",
    ...(currency ? { currency } : {}),
  });
  const events = await garden.ctx.events.query(
    z.object({
      name: z.string(),
      channel: z.string(),
      minor: z.number().nullable(),
      currency: z.string(),
      customerId: z.number(),
      properties: z.string().transform((text) => JSON.parse(text) as Record<string, unknown>),
    }),
    { id: parseId("import", one.id)! },
    `select name, channel, amount_minor as minor, currency, customer_id, toString(properties) as properties
      from events where import_id = {id:UInt32} order by happened_at, record_key`,
  );
  return { result: one.result, events, chosen: preview.body.mapping.name as string | null };
}

const person = async (kind: string, value: string) => {
  const id = await findCustomer(garden.ctx.pool, kind, value);
  return id === undefined ? undefined : (await customersById(garden.ctx.pool, [id]))[0];
};

describe("exports of consents become answers in the ledger", () => {
  const answersOf = async (kind: string, value: string) => {
    const id = (await findCustomer(garden.ctx.pool, kind, value))!;
    const { rows } = await garden.ctx.pool.query(
      "select purpose, granted, place, at from consent_answers where customer_id = $1 order by at",
      [id],
    );
    return rows;
  };

  test("Mailchimp: who subscribed and who left, each with its own time", async () => {
    const columns =
      "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP";
    const subscribed = await imported(
      "mailchimp-subscribed",
      `${columns},LAST_CHANGED\nmia@example.com,Mia,Berg,4,2025-01-02 08:00:00,,2025-01-02 08:05:00,,2025-01-02 08:05:00\n`,
    );
    expect([subscribed.chosen, subscribed.result.accepted]).toEqual(["mailchimp-subscribed", 1]);
    const left = await imported(
      "mailchimp-unsubscribed",
      `${columns},UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER\nmia@example.com,Mia,Berg,4,,,2025-01-02 08:05:00,,2025-03-01 09:00:00,Spring,1,NORMAL,\n`,
    );
    expect([left.chosen, left.result.accepted]).toEqual(["mailchimp-unsubscribed", 1]);
    expect(await answersOf("email", "mia@example.com")).toMatchObject([
      { purpose: "contact", granted: true, place: "Mailchimp" },
      { purpose: "contact", granted: false, place: "Spring" },
    ]);
  });

  test("Klaviyo: a consent to e-mail is a yes, and other channels are not guessed", async () => {
    const { result } = await imported(
      "klaviyo-consents",
      `id,email,custom_consent,custom_consent_timestamp,custom_consent_method,custom_consent_form_version
K1,kai@example.com,"[""email""]",2025-02-01 10:00:00,Klaviyo Form,190980
K2,kim@example.com,"[""sms""]",2025-02-01 10:00:00,Klaviyo Form,190980
`,
    );
    expect(result).toMatchObject({ accepted: 1, rejectedBy: { answer_unreadable: 1 } });
    expect(await answersOf("email", "kai@example.com")).toMatchObject([
      { granted: true, place: "Klaviyo Form" },
    ]);
  });

  test("Usercentrics: nothing is taken until the brand says which service is which purpose", async () => {
    const file = `"Controller ID","Timestamp","CMP Configuration ID","CMP Configuration Version","Consent Action","Data Processing Service ID","Data Processing Service Version","Consent Given","Consent String"
c0ffee,2025-04-01T10:00:00.000Z,x1,12.0.3,onAcceptAllServices,HkocEodjb7,1.2.3,true,
`;
    await expect(imported("usercentrics-history", file)).rejects.toThrow(/rejected as purpose_unknown/);
    const mapping = structuredClone(readyMappings["usercentrics-history"]!);
    mapping.rules.meanings = { purpose: { HkocEodjb7: "measure" } };
    await garden.api("PUT", "/api/imports/mappings/our-usercentrics", mapping);
    const ours = await imported("our-usercentrics", file);
    expect(ours.result).toMatchObject({ accepted: 1 });
    expect(await answersOf("customer_of:usercentrics", "c0ffee")).toMatchObject([
      { purpose: "measure", granted: true, place: "onAcceptAllServices" },
    ]);
  });
});

describe("each ready mapping reads its export, and is chosen for it", () => {
  test("Shopify: only the first line of an order says whose it is and what delivery cost", async () => {
    const { result, events, chosen } = await imported(
      "shopify-orders",
      `Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing City,Billing Country,Notes
#1001,ada@example.com,paid,2026-03-01 10:00:00 +0100,EUR,30.00,4.90,5.00,32.90,SPRING,2.00,2026-03-01 09:59:00 +0100,1,Cup,10.00,CUP-1,Bonn,DE,
#1001,ada@example.com,,,,,,,,,,2026-03-01 09:59:00 +0100,2,Gift wrap,10.00,,,,
#1002,bo@example.com,voided,,EUR,10.00,0.00,1.60,10.00,,0.00,2026-03-02 09:59:00 +0100,1,Cup,10.00,CUP-1,Ulm,DE,
#1002,,,,,,,,,,,2026-03-02 09:59:00 +0100,1,Plate,8.00,PLA-1,,,
#1003,,refunded,,CHF,8.00,0.00,0,8.00,,0.00,2026-03-03 09:59:00 +0100,1,Plate,8.00,PLA-1,,,
`,
    );
    expect(chosen).toBe("shopify-orders");
    expect(result).toMatchObject({ orders: 2, customers: 1, leftOutBy: { not_purchased: 2 }, rejected: 0 });
    expect(events).toMatchObject([
      {
        minor: 3290,
        currency: "EUR",
        properties: {
          products: [{ product_id: "CUP-1" }, { product_id: "Gift wrap", quantity: 2 }],
          country: "DE",
          status: "paid",
        },
      },
      { minor: 800, currency: "CHF", customerId: 0 },
    ]);
  });

  test("Shopify: customers meet their orders by the address", async () => {
    const { result, chosen } = await imported(
      "shopify-customers",
      `Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,Default Address City,Default Address Country Code,Default Address Zip,Phone,Total Spent,Total Orders,Tags
6001,Ada,Lovelace,ada@example.com,yes,,Main St 1,Bonn,DE,01234,'+49 170 1,32.90,1,vip
`,
    );
    expect(chosen).toBe("shopify-customers");
    // Known by the address of the order, so that nobody is new.
    expect(result).toMatchObject({ accepted: 1, newCustomers: 0 });
    expect((await person("customer_of:shopify", "6001"))!.id).toBe(
      (await person("email", "ada@example.com"))!.id,
    );
    expect((await person("email", "ada@example.com"))!.traits).toMatchObject({ zip: "01234", Tags: "vip" });
    expect((await person("email", "ada@example.com"))!.traits).not.toHaveProperty("Total Spent");
  });

  test("WooCommerce: what is of the order is repeated in each of its lines, and counts once", async () => {
    const { events, chosen } = await imported(
      "woocommerce-orders",
      `Order Number,Order Status,Order Date,Email (Billing),City (Billing),Country Code (Billing),Cart Discount Amount,Order Shipping Amount,Item Name,Quantity (- Refund),Item Cost,SKU
77,Completed,2026-03-01 10:00,wu@example.com,Kiel,DE,1.00,5.00,Cup,1,10.00,C
77,Completed,2026-03-01 10:00,wu@example.com,Kiel,DE,1.00,5.00,Plate,1,8.00,
78,Cancelled,2026-03-01 10:00,wu@example.com,Kiel,DE,0,5.00,Cup,1,10.00,C
`,
      "EUR",
    );
    expect(chosen).toBe("woocommerce-orders");
    expect(events).toMatchObject([{ minor: 2200, properties: { order_id: "77" } }]);
  });

  test("Shopware: orders and customers share the shop's numbers", async () => {
    const orders = await imported(
      "shopware-orders",
      `orderNumber;customerNumber;orderTime;orderState;currency;shippingCosts;articleNumber;articleName;quantity;price;billingCity;billingCountry
20001;10001;2026-03-01 10:00:00;completed;EUR;3,90;SW1;Tasse;2;9,99;Köln;Deutschland
`,
    );
    expect(orders.events).toMatchObject([{ minor: 2388 }]);
    const customers = await imported(
      "shopware-customers",
      `id;customer_number;email;first_name;last_name;billing_street;billing_zipcode;billing_city
0a1b;10001;sw@example.com;Sven;Wald;Weg 1;50667;Köln
`,
    );
    expect(customers.result).toMatchObject({ accepted: 1, newCustomers: 0 });
    expect((await person("customer_of:shopware", "10001"))!.displayName).toBe("Sven Wald");
    expect([orders.chosen, customers.chosen]).toEqual(["shopware-orders", "shopware-customers"]);
  });

  test("Klaviyo: events and profiles share its numbers", async () => {
    const profiles = await imported(
      "klaviyo-profiles",
      `id,updated,created,_fivetran_deleted,first_name,last_name,address_1,organization,region,phone_number,country,zip,city,email,custom_tier
K1,2026-03-01 10:00:00.000,2025-01-01 10:00:00.000,FALSE,Kim,Lee,,,,,Germany,10115,Berlin,kim@example.com,gold
`,
    );
    const events = await imported(
      "klaviyo-events",
      `id,person_id,campaign_id,flow_id,datetime,timestamp,_fivetran_deleted,metric_id,type,property_subject,property_customer_email
e1,K1,C9,,2026-03-02 10:00:00.000,2026-03-02 10:00:00.000,FALSE,M1,Opened Email,Spring is here,kim@example.com
`,
    );
    expect(events.events).toMatchObject([
      { name: "Opened Email", channel: "email", customerId: (await person("email", "kim@example.com"))!.id },
    ]);
    expect(events.events[0]!.properties).toEqual({ property_subject: "Spring is here" });
    expect((await person("customer_of:klaviyo", "K1"))!.traits).toMatchObject({ custom_tier: "gold" });
    expect([profiles.chosen, events.chosen]).toEqual(["klaviyo-profiles", "klaviyo-events"]);
  });

  test("Qualtrics: contacts, who took part, and answers", async () => {
    const contacts = await imported(
      "qualtrics-contacts",
      "directory_id,id,creation_date,email,email_domain,first_name,language,last_modified,last_name,phone\nP1,CID_1,2026-01-01 10:00:00,quin@example.com,example.com,Quin,DE,2026-02-01 10:00:00,Ohm,\n",
    );
    const taken = await imported(
      "qualtrics-responses",
      "id,distribution_channel,duration_in_seconds,finished,ip_address,recipient_email,recorded_date,survey_id\nR_1,email,90,1,10.0.0.1,quin@example.com,2026-03-01 10:00:00.000000,SV_1\n",
    );
    const answers = await imported(
      "qualtrics-nps",
      "RecordedDate,ResponseId,RecipientEmail,Q1,Q2\n2026-03-01 10:00:00,R_1,quin@example.com,10,Quick\n",
    );
    const { id } = (await person("email", "quin@example.com"))!;
    expect(taken.events).toMatchObject([
      {
        name: "Survey Taken",
        channel: "email",
        customerId: id,
        properties: { duration_in_seconds: 90, finished: 1 },
      },
    ]);
    expect(JSON.stringify(taken.events)).not.toContain("10.0.0.1");
    expect(answers.events).toMatchObject([{ customerId: id, properties: { score: 10, group: "promoter" } }]);
    expect([contacts.chosen, taken.chosen, answers.chosen]).toEqual([
      "qualtrics-contacts",
      "qualtrics-responses",
      "qualtrics-nps",
    ]);
  });

  test("Zendesk: a ticket is opened and closed", async () => {
    const { events, chosen } = await imported(
      "zendesk-tickets",
      `Id,Requester,Requester email,Subject,Tags,Status,Priority,Via,Ticket type,Created at,Solved at,Satisfaction Score
12,Zoe,zoe@example.com,Broken cup,"damage, cup",Solved,High,Mail,Problem,2026-03-01 08:00,2026-03-01 10:00,Good
13,Zoe,zoe@example.com,Where is it,,Open,Normal,Web Widget,Question,2026-03-02 08:00,,Not Offered
`,
    );
    expect(chosen).toBe("zendesk-tickets");
    expect(events.map((event) => event.name)).toEqual(["Ticket Opened", "Ticket Closed", "Ticket Opened"]);
    expect(events[0]).toMatchObject({
      channel: "mail",
      properties: { tags: ["damage", "cup"], priority: "high" },
    });
  });

  test("Google Analytics and Matomo: visits of browsers, and of customers where they are named", async () => {
    const ga = await imported(
      "google-analytics-4",
      `${JSON.stringify({ event_date: "20260301", event_timestamp: "1772355600123456", event_name: "page_view", user_id: "ga-u1", user_pseudo_id: "111.222", traffic_source: { name: "spring", medium: "cpc" }, geo: { country: "Germany" } })}\n`,
    );
    expect(ga.events).toMatchObject([
      {
        name: "Page Viewed",
        customerId: (await person("user_id", "ga-u1"))!.id,
        properties: { traffic_source: { medium: "cpc" } },
      },
    ]);
    const matomo = await imported(
      "matomo-visits",
      "idVisit,visitIp,visitorId,fingerprint,serverTimestamp,userId,referrerType,visitDuration,country\n1,10.0.0.1,abc123,f,1772355600,,search,61,Germany\n2,10.0.0.2,def456,f,1772355601,mat-1,direct,5,Germany\n",
    );
    expect(matomo.events).toMatchObject([
      { name: "Website Visited", channel: "search", properties: { visitDuration: 61 } },
      { channel: "web" },
    ]);
    expect(matomo.result).toMatchObject({ customers: 2 });
    expect((await person("anonymous_id", "abc123"))!.known).toBe(false);
    expect(JSON.stringify(matomo.events)).not.toContain("10.0.0.");
    expect([ga.chosen, matomo.chosen]).toEqual(["google-analytics-4", "matomo-visits"]);
  });
});

const real: [string, string, object][] = [
  ["klaviyo-events", "saas-export-klaviyo/event.csv", { rejected: 0 }],
  ["klaviyo-profiles", "saas-export-klaviyo/person.csv", { rejected: 0 }],
  ["qualtrics-contacts", "saas-export-qualtrics/directory_contact.csv", { rejected: 0 }],
  ["qualtrics-responses", "saas-export-qualtrics/survey_response.csv", { rejected: 0 }],
  ["google-analytics-sessions", "ga-merch-store/ga_all_sessions.csv.gz", { rejected: 0, customers: 0 }],
];
for (const [mapping, path, expected] of real) {
  const file = join(shared, path);
  const there = existsSync(file);
  test.skipIf(!there)(
    `${mapping} reads a real export${there ? "" : ` (skipped: ${path} is not there)`}`,
    async () => {
      const { result, chosen } = await imported(mapping, await readFile(file));
      const text = (
        path.endsWith(".gz") ? gunzipSync(await readFile(file)) : await readFile(file)
      ).toString();
      expect(result).toMatchObject(expected);
      expect(result.accepted).toBeGreaterThan(0);
      expect(result.read).toBeLessThanOrEqual(text.split("\n").length);
      expect(chosen).toBe(mapping);
    },
  );
}

test("every ready mapping is one of its kind, with a title of its own", () => {
  const titles = Object.values(readyMappings).map((mapping) => mapping.title);
  expect(new Set(titles).size).toBe(titles.length);
});
