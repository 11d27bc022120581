import { type Operator, until } from "./operator.ts";

/** What the pages of the data station show of people: who is asked, who is who, and what they ask for. */
export async function fillPeople(
  { api }: Operator,
  send: (path: string, key: string, body: object) => Promise<void>,
  webKey: string,
): Promise<{ merge: string; customer: string }> {
  await api("POST", "/api/purposes", {
    ...{ key: "newsletter", kinds: ["contact:email"], lifetimeMonths: 24, lifetimeFrom: "activity" },
    ...{ doubleOptIn: true, name: { en: "Newsletter", de: "Rundbrief" } },
    wording: { en: "We write to you once a month.", de: "Wir schreiben Ihnen einmal im Monat." },
  });
  const { writeKey } = await api<{ writeKey: string }>("POST", "/api/sources", {
    name: "Shop",
    kind: "server",
  });
  const key = `Basic ${Buffer.from(`${writeKey}:`).toString("base64")}`;
  const consent = { categoryPreferences: { measure: true, personalise: true, newsletter: true } };
  const identify = (userId: string, traits: object) => ({
    ...{ type: "identify", userId, traits, messageId: `${userId} ${JSON.stringify(traits)}` },
    context: { consent, locale: "de-DE", page: { url: "https://lindgruen.example/rundbrief" } },
  });
  const address = (street: string, postalCode: string, city: string) => ({
    address: { street, postalCode, city },
    city,
  });
  const robot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
  await send("/v1/batch", key, {
    batch: [
      identify("k-1001", {
        ...{ name: "Ada Lindgren", email: "ada@lindgren.example", birthday: "1990-05-02" },
        ...address("Gärtnerstraße 12", "53111", "Bonn"),
      }),
      identify("k-1002", {
        ...{ name: "Ada Lindgrén", email: "ada.lindgren@lindgren.example", birthday: "1990-05-02" },
        ...address("Gaertnerstr. 12", "53111", "Bonn"),
      }),
      // The second address is already Ada's own: two known people, so a pair for an operator to decide.
      identify("k-1002", { email: "ada@lindgren.example" }),
      identify("k-1003", { name: "Jonas Überschär-Hohenstein", email: "jonas@hohenstein.example" }),
      identify("k-1004", { name: "J. Überschär-Hohenstein", email: "jonas.ue@hohenstein.example" }),
      identify("k-1005", { name: "Mia Brandt", email: "mia@brandt.example" }),
      identify("k-1006", { name: "Emil Roth", email: "emil@roth.example" }),
      {
        ...{ type: "track", userId: "k-1005", event: "Product Viewed", messageId: "viewed by a bot" },
        ...{ properties: { sku: "tea" }, context: { userAgent: robot } },
      },
    ],
  });
  // A yes on a website counts once it is confirmed by mail.
  await send("/v1/identify", webKey, {
    ...{ anonymousId: "reads-mails", userId: "k-1007", messageId: "asks for the newsletter" },
    ...{ traits: { name: "Lea Winter", email: "lea@winter.example" }, context: { consent } },
  });
  const find = (search: string) =>
    until(`the customer ${search}`, async () => {
      const { items } = await api<{ items: { id: string; name: string | null }[] }>(
        "GET",
        `/api/customers?search=${encodeURIComponent(search)}`,
      );
      return items[0]?.id;
    });
  await until(
    "the proposed pair",
    async () => (await api<{ total: number }>("GET", "/api/merge-proposals")).total > 0,
  );
  const [ada, jonas, other, mia, emil] = [
    await find("k-1001"),
    await find("k-1003"),
    await find("k-1004"),
    await find("k-1005"),
    await find("k-1006"),
  ];
  const second = await find("k-1002");
  const merged = await api<{ id: number }>("POST", `/api/customers/${jonas}/merges`, { joined: other });
  await api("POST", `/api/merges/${merged.id}/undo`, {});
  await api("POST", `/api/customers/${jonas}/merges`, { joined: other });

  const ask = (customerId: string, kind: string, words?: string) =>
    api<{ id: string }>("POST", "/api/privacy/requests", { whom: { customerId }, kind, words });
  await ask(ada, "rectify", "My street is called Gärtnerweg, not Gärtnerstraße.");
  await ask(jonas, "erase", "Please delete everything you have of me.");
  const access = await ask(ada, "access");
  await api("POST", `/api/privacy/requests/${access.id}/fulfil`, { language: "en" }).catch(emptyAnswer);
  const restrict = await ask(mia, "restrict");
  await api("POST", `/api/privacy/requests/${restrict.id}/fulfil`, {}).catch(emptyAnswer);
  const refused = await ask(mia, "object");
  await api("POST", `/api/privacy/requests/${refused.id}/refuse`, {
    because: "Asked by somebody else.",
  }).catch(emptyAnswer);
  await api("POST", "/api/privacy/erasures", { whom: { customerId: emil } });

  await api("PUT", "/api/imports/folders/zendesk-tickets", {
    timezone: "Europe/London",
    timetable: { every: "week", weekday: 1, at: "06:30" },
  });
  await api("PUT", "/api/events/schema", {
    ...{ name: "Order Completed", mode: "report" },
    rules: (
      await api<{ rules: object[] }>("GET", "/api/events/schema/draft?name=Order%20Completed")
    ).rules.slice(0, 12),
  });
  return { merge: `/merge?a=${ada}&b=${second}`, customer: ada };
}

/** An answer without a body is no JSON; anything else is an error. */
function emptyAnswer(error: Error): void {
  if (!/JSON/.test(error.message)) throw error;
}
