import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { fillPeople } from "./filled-data.ts";
import { madeUpOrders } from "./fixtures/orders.ts";
import { type Operator, until } from "./operator.ts";
import type { RondellProcess } from "./rondell.ts";

export interface Filled {
  /** For each of the operators' pages about one thing, such as `/customers/$id`, the path of one of them. */
  paths: Record<string, string>;
  /** Further addresses of pages that show something else there, by the names of their pictures. */
  more: Record<string, string>;
  /** An open survey, in English and German. */
  survey: { id: string; slug: string };
  /** Customers known by their numbers; the first six have answered. */
  customers: { id: string }[];
}

/**
 * Fills a garden through the product's own doors, so that no page of it is empty: orders, a website, a
 * survey with answers, decisions, and a run of insight.
 */
export async function fillGarden(rondell: RondellProcess, operator: Operator): Promise<Filled> {
  const folder = await mkdtemp(join(tmpdir(), "rondell-orders-"));
  const today = new Date(new Date().toISOString().slice(0, 10));
  await writeFile(join(folder, "orders.csv"), madeUpOrders({ seed: 4, customers: 300, until: today }).csv);
  const imported = (await rondell.command(
    ...["import", "orders", join(folder, "orders.csv"), "--mapping", "uci-online-retail"],
    ...["--currency", "GBP", "--timezone", "Europe/London"],
  )) as { id: string };
  await rm(folder, { recursive: true, force: true });
  await rondell.command("insight", "run");

  const { api } = operator;
  const source = await api<{ id: string; writeKey: string }>("POST", "/api/sources", {
    name: "Website",
    kind: "browser",
  });
  const send = (path: string, key: string, body: object) =>
    fetch(`${rondell.url}${path}`, {
      method: "POST",
      headers: { authorization: key, "content-type": "application/json" },
      body: JSON.stringify(body),
    }).then(async (answer) => {
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    });
  const webKey = `Basic ${Buffer.from(`${source.writeKey}:`).toString("base64")}`;
  const consent = { consent: { categoryPreferences: { Analytics: true, Functional: true } } };
  await send("/v1/page", webKey, { anonymousId: "silent", name: "Teas" });
  await send("/v1/page", webKey, { anonymousId: "agreed", name: "Teas", context: consent });
  const bought = {
    revenue: "12,50",
    currency: "GBP",
    products: [{ product_id: "tea", price: 6.25, quantity: 2 }],
  };
  await send("/v1/track", webKey, {
    ...{ anonymousId: "agreed", event: "Order Completed", context: consent },
    properties: { ...bought, order_id: "web-1", gift_note: "for you", delivery: { name: "Ada", days: 2 } },
  });
  // Without a name it is no event: it stands on the list of what could not be accepted.
  await expect(send("/v1/track", webKey, { anonymousId: "nameless", context: consent })).rejects.toThrow(
    /400/,
  );

  const { items } = await api<{ items: { id: string; userId: string | null }[] }>(
    "GET",
    "/api/customers?max=60",
  );
  const known = items.filter((one) => one.userId?.startsWith("2"));
  const survey = await api<{ id: string; slug: string }>("POST", "/api/surveys", {
    name: "After the order",
    slug: "after-the-order",
    language: "en",
    question: { en: "Would you recommend us?", de: "Würden Sie uns empfehlen?" },
  });
  await api("POST", `/api/surveys/${survey.id}/publish`, {});
  const said = [
    "The tea came in two days.",
    "",
    "The parcel stood in the rain, and nobody answered my letter.",
  ];
  for (const [place, customer] of known.slice(0, 6).entries()) {
    const link = await api<{ url: string }>("POST", `/api/surveys/${survey.id}/links`, {
      customerId: customer.id,
    });
    await send(`/p/api/surveys/${survey.slug}/answers`, "", {
      score: [10, 8, 3][place % 3],
      reason: said[place % 3] || undefined,
      token: new URL(link.url).searchParams.get("t"),
      key: `the-key-of-answer-${place}`,
    });
  }
  const webhook = await api<{ id: string }>("POST", "/api/webhooks", { name: "Shop", provider: "shopify" });
  await api("POST", `/api/webhooks/${webhook.id}/examples`, {
    body: {
      id: 4501,
      total_price: "59.80",
      currency: "EUR",
      customer: { id: 7 },
      line_items: [{ sku: "tea" }],
    },
    headers: { "X-Shopify-Topic": "orders/create" },
  });
  await api("POST", "/api/contacts", {
    ...{ clientId: "a-contact-by-hand", customer: known[0]!.id, kind: "call" },
    ...{ topics: ["Complaint"], mood: "bad", note: "The pot came broken." },
  });
  // A name that no name server knows: nothing is sent anywhere.
  const target = await api<{ id: number }>("POST", "/api/webhook-targets", {
    ...{ name: "Warehouse", url: "https://warehouse.invalid/hook", events: ["Order Completed"] },
  });
  await api("POST", `/api/webhook-targets/${target.id}/test`);
  const people = await fillPeople(operator, send, webKey);
  const account = await api<{ id: string }>("POST", "/api/accounts", {
    number: "lindner",
    traits: { name: "Lindner Hotels", domain: "lindner.example", industry: "Hotels" },
  });
  await api("POST", `/api/accounts/${account.id}/members`, { customer: known[1]!.id, role: "buyer" });
  const { token } = await api<{ token: string }>("POST", "/api/tokens", {
    name: "shop",
    scopes: ["decide:read"],
  });
  for (const { userId } of known.slice(0, 30)) await send("/v1/decide", `Bearer ${token}`, { userId });
  await until("the answers and decisions", async () => {
    const rows = await operator.ask<{ n: number }>(
      "select uniqExact(name) as n from events where name in ('Survey Answered', 'Offer Decided', 'Page Viewed')",
    );
    return rows[0]?.n === 3;
  });
  return {
    paths: {
      "/accounts/$id": `/accounts/${account.id}`,
      "/customers/$id": `/customers/${known[0]!.id}`,
      "/event-catalogue/$name": "/event-catalogue/Order%20Completed",
      "/imports/$id": `/imports/${imported.id}`,
      "/sources/$id": `/sources/${source.id}`,
      "/webhooks/$id": `/webhooks/${webhook.id}`,
      "/surveys/$id": `/surveys/${survey.id}`,
      "/surveys/$id/edit": `/surveys/${survey.id}/edit`,
    },
    more: { "merge-pair": people.merge, "customers-asked": `/customers/${people.customer}` },
    survey,
    customers: known,
  };
}
