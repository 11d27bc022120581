import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { z } from "zod";
import { openGarden } from "../../../test/harness.ts";
import { openText } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";

const rondell = await openGarden({ language: "de" });
const { api, app, ctx, drained, drops } = rondell;
const server = await rondell.source("server");

await api("POST", "/api/surveys", {
  name: "Welcome",
  slug: "welcome",
  language: "de",
  question: { de: "Würden Sie uns <empfehlen>?", en: "Would you recommend us?" },
}).then(({ body }) => api("POST", `/api/surveys/${body.id}/publish`));
const surveyId = (await api("GET", "/api/surveys")).body.surveys[0].id as string;

/** A customer with a name, by an event of the brand's server. */
async function knownCustomer(userId: string): Promise<{ id: string; number: number }> {
  await rondell.send(server.writeKey, "/v1/identify", { userId, traits: { name: userId } });
  await drained();
  const { rows } = await ctx.pool.query(
    "select customer_id from identifiers where kind = 'user_id' and value = $1",
    [userId],
  );
  const number = Number(rows[0].customer_id);
  return { id: publicId("customer", number), number };
}

async function tokenOf(customerId: string): Promise<string> {
  const { body } = await api("POST", `/api/surveys/${surveyId}/links`, { customerId });
  return new URL(body.url).searchParams.get("t")!;
}

async function visitorToken(anonymousId: string): Promise<string> {
  const reply = await app.http.inject({
    method: "POST",
    url: "/p/api/surveys/welcome/answers",
    payload: { key: randomUUID(), score: 8, anonymousId },
  });
  return reply.json().token;
}

async function consents(token: string) {
  const reply = await app.http.inject({ url: "/p/api/consents", headers: { "x-rondell-token": token } });
  return { status: reply.statusCode, body: reply.json(), headers: reply.headers };
}

async function answer(token: string, purpose: string, granted: boolean, wordingVersion = 1) {
  const payload = { token, answers: [{ purpose, granted, wordingVersion }] };
  const reply = await app.http.inject({ method: "POST", url: "/p/api/consents", payload });
  return { status: reply.statusCode, body: reply.json() };
}

const page = (url: string, headers: Record<string, string> = {}) => app.http.inject({ url, headers });
const stateOf = (body: { purposes: { key: string; state: string }[] }, key: string) =>
  body.purposes.find((one) => one.key === key)?.state;

const countEvents = async (customer: number, name: string) => {
  const [row] = await ctx.events.query(
    z.object({ events: z.number() }),
    { customer, name },
    "select toUInt32(count()) as events from events where customer_id = {customer:UInt64} and name = {name:String}",
  );
  return row!.events;
};

test("withdrawing works at once: the next event is dropped, and the one before stays", async () => {
  const ada = await knownCustomer("ada");
  const token = await tokenOf(ada.id);
  await rondell.send(server.writeKey, "/v1/track", { userId: "ada", event: "Product Viewed" });
  await drained();
  expect(stateOf((await consents(token)).body, "measure")).toBe("granted");

  const droppedBefore = (await drops()).withdrawn ?? 0;
  const { body } = await answer(token, "measure", false);
  expect(stateOf(body, "measure")).toBe("withdrawn");
  await rondell.send(server.writeKey, "/v1/track", { userId: "ada", event: "Product Viewed" });
  await drained();
  expect(await countEvents(ada.number, "Product Viewed")).toBe(1);
  // The withdrawal's own event is dropped like all others.
  expect((await drops()).withdrawn).toBe(droppedBefore + 2);
});

/** The answers with these words, which stand sealed in the database. */
async function answersWith(reason: string) {
  const { rows } = await ctx.pool.query<{ reason: string | null; score: number }>(
    "select customer_id, channel, score, reason from survey_answers",
  );
  return rows.filter((row) => row.reason && openText(ctx, row.reason, "survey_answers.reason") === reason);
}

test("an answer after withdrawing counts, and is not kept with the customer", async () => {
  const customer = await knownCustomer("edith");
  const token = await tokenOf(customer.id);
  await answer(token, "measure", false);
  const reply = await app.http.inject({
    method: "POST",
    url: "/p/api/surveys/welcome/answers",
    payload: { key: randomUUID(), score: 5, reason: "Zu viel Post", token },
  });
  expect(reply.statusCode).toBe(200);
  expect(await answersWith("Zu viel Post")).toMatchObject([{ customer_id: null, channel: "open" }]);
});

test("granting stands in the ledger with its wording, time and place; old words are refused", async () => {
  const grace = await knownCustomer("grace");
  const token = await tokenOf(grace.id);
  expect(stateOf((await consents(token)).body, "contact")).toBe("never");
  expect((await answer(token, "contact", true)).status).toBe(200);
  const { rows } = await ctx.pool.query(
    "select granted, basis, origin, wording_version from consent_answers where customer_id = $1 and purpose = 'contact'",
    [grace.number],
  );
  expect(rows).toEqual([{ granted: true, basis: "consent", origin: "consent page", wording_version: 1 }]);

  await ctx.pool.query("update purposes set wording_version = 2 where key = 'personalise'");
  expect((await answer(token, "personalise", true, 1)).body.error.code).toBe("consent.wording_changed");
  expect((await answer(token, "personalise", true, 2)).status).toBe(200);
});

test("a no given before two ids were one does not outlive the customer's own yes", async () => {
  const customer = await knownCustomer("joined");
  await rondell.send(server.writeKey, "/v1/track", {
    anonymousId: "joined-browser",
    event: "Product Viewed",
  });
  await drained();
  await answer(await visitorToken("joined-browser"), "personalise", false, 2);
  await rondell.send(server.writeKey, "/v1/identify", { userId: "joined", anonymousId: "joined-browser" });
  await drained();
  const token = await tokenOf(customer.id);
  expect(stateOf((await consents(token)).body, "personalise")).toBe("withdrawn");
  expect(stateOf((await answer(token, "personalise", true, 2)).body, "personalise")).toBe("granted");
});

test("a token opens its own customer's page and no other; guesses and old links open nothing", async () => {
  const [one, two] = [await knownCustomer("one"), await knownCustomer("two")];
  const [first, second] = [await tokenOf(one.id), await tokenOf(two.id)];
  await answer(first, "contact", true);
  expect(stateOf((await consents(second)).body, "contact")).toBe("never");
  for (const wrong of ["", "x", "a".repeat(32), `${first}x`, first.slice(0, 31)]) {
    expect((await consents(wrong)).body.error.code).toBe("link.unknown");
    expect((await answer(wrong, "contact", false)).status).toBe(404);
  }
  await ctx.pool.query(
    "update survey_links set expires_at = now() - interval '1 second' where customer_id = $1",
    [one.number],
  );
  expect((await consents(first)).status).toBe(404);
});

test("whoever only claims a known customer's browser sees nothing of them, may say no and not yes", async () => {
  await rondell.send(server.writeKey, "/v1/identify", {
    userId: "victim",
    anonymousId: "victim-browser",
    traits: { name: "V" },
  });
  await drained();
  const { number } = await knownCustomer("victim");
  const token = await visitorToken("victim-browser");
  const { body } = await consents(token);
  expect(body.access).toBe("withdraw");
  expect(
    body.purposes.every(
      (one: { state: string; since: unknown }) => one.state === "hidden" && one.since === null,
    ),
  ).toBe(true);
  expect((await answer(token, "contact", true)).body.error.code).toBe("consent.grant_not_allowed");
  expect((await answer(token, "personalise", false)).status).toBe(200);
  const { rows } = await ctx.pool.query(
    "select granted from consent_current where customer_id = $1 and purpose = 'personalise'",
    [number],
  );
  expect(rows).toEqual([{ granted: false }]);
});

test("the public page speaks the reader's language, and works without JavaScript", async () => {
  const german = await page("/s/welcome");
  expect(german.body).toContain('<html lang="de"');
  expect(german.body).toContain("Würden Sie uns &lt;empfehlen&gt;?");
  expect((await page("/s/welcome", { "accept-language": "en-GB,en;q=0.9,de;q=0.8" })).body).toContain(
    '<html lang="en"',
  );
  expect((await page("/s/welcome?lang=de", { "accept-language": "en" })).body).toContain('<html lang="de"');
  expect(german.headers["referrer-policy"]).toBe("no-referrer");
  expect(german.headers["cache-control"]).toBe("no-store");

  const key = /name="key" value="([\w-]+)"/.exec(german.body)![1]!;
  const send = (fields: Record<string, string>) =>
    app.http.inject({
      method: "POST",
      url: "/s/welcome",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      payload: new URLSearchParams(fields).toString(),
    });
  const titleOf = (body: string) => /<title>(.*)<\/title>/.exec(body)?.[1];
  expect(titleOf(german.body)).toMatch(/^Würden Sie uns &lt;empfehlen&gt;\? · \S/);
  const thanks = await send({ key, score: "10", reason: "Käse & Brot", lang: "de" });
  expect(thanks.statusCode).toBe(200);
  expect(titleOf(thanks.body)).toMatch(/^Danke\. · \S/);
  expect(titleOf((await page("/s/nothing?lang=de")).body)).toMatch(/^Unter dieser Adresse ist nichts\./);
  expect(thanks.body).toContain("Ihre Antwort ist angekommen");
  expect(await answersWith("Käse & Brot")).toMatchObject([{ score: 10 }]);
  expect((await send({ key, score: "11", lang: "de" })).statusCode).toBe(400);
  expect((await send({ key, score: "", lang: "de" })).statusCode).toBe(400);
});

test("a text of the brand cannot end the page's script, and unknown addresses say so", async () => {
  const html = (await page("/s/welcome")).body;
  const data = /id="page-data">([^<]*)<\/script>/.exec(html)![1]!;
  expect(JSON.parse(data).survey.question.de).toBe("Würden Sie uns <empfehlen>?");
  expect((await page("/s/nothing")).statusCode).toBe(404);
  expect((await page(`/p/consents?t=${"a".repeat(32)}`)).statusCode).toBe(404);
});

test("a brand's websites may show a survey in a frame, others and personal pages may not", async () => {
  const ancestorsOf = async (url: string) => {
    const { headers } = await page(url);
    const policy = String(headers["content-security-policy"]);
    return [/frame-ancestors ([^;]*)/.exec(policy)?.[1], headers["x-frame-options"]];
  };
  const own = ["'self'", "SAMEORIGIN"];
  expect(await ancestorsOf("/s/welcome")).toEqual(["'self'", undefined]);
  await rondell.source("browser", { origins: ["https://shop.example"] });
  expect(await ancestorsOf("/s/welcome?aid=a-1")).toEqual(["'self' https://shop.example", undefined]);
  const token = await tokenOf((await knownCustomer("framed")).id);
  expect(await ancestorsOf(`/s/welcome?t=${token}`)).toEqual(own);
  expect(await ancestorsOf(`/p/consents?t=${token}`)).toEqual(own);
  await rondell.source("browser");
  expect(await ancestorsOf("/s/welcome")).toEqual(["'self' *", undefined]);
});

test("the brand's colour is worn by customers' pages, and refused where text in it is hard to read", async () => {
  expect((await api("PUT", "/api/portal/look", { colour: "#ffcc00" })).body.error.code).toBe(
    "look.contrast_low",
  );
  expect((await api("PUT", "/api/portal/look", { colour: "#7a2b20" })).status).toBe(200);
  expect((await page("/s/welcome")).body).toContain('"colour":"#7a2b20"');
  expect((await api("PUT", "/api/portal/look", { colour: null }, "editor")).status).toBe(403);
});

test("a flood from one address is turned away", async () => {
  const ask = async (remoteAddress: string) =>
    (await app.http.inject({ url: "/s/nothing", remoteAddress })).statusCode;
  let status = 404;
  for (let asked = 0; asked < 700 && status !== 429; asked++) status = await ask("192.0.2.1");
  expect(status).toBe(429);
  expect(await ask("192.0.2.2")).toBe(404);
});

test("a visitor's yes to mails waits for the link in a mail, and needs an address", async () => {
  await rondell.send(server.writeKey, "/v1/page", { anonymousId: "nameless-visitor" });
  // Only where anybody may write does an address not make a customer of the visitor.
  const browser = await rondell.source("browser");
  await rondell.send(browser.writeKey, "/v1/identify", {
    anonymousId: "visitor-with-address",
    traits: { email: "visitor@example.org" },
    context: { consent: { categoryPreferences: { measure: true } } },
  });
  await drained();
  const nameless = await visitorToken("nameless-visitor");
  expect((await answer(nameless, "contact", true)).body.error.code).toBe("consent.no_address");
  expect(stateOf((await consents(nameless)).body, "contact")).toBe("never");

  const token = await visitorToken("visitor-with-address");
  const answered = await answer(token, "contact", true);
  expect(stateOf(answered.body, "contact")).toBe("waiting");
  const { rows } = await ctx.pool.query("select kind from mails where recipient = 'visitor@example.org'");
  expect(rows).toEqual([{ kind: "double_opt_in" }]);
  // A no ends the waiting.
  expect(stateOf((await answer(token, "contact", false)).body, "contact")).toBe("withdrawn");
});

test("the receipt is the holder's own, as JSON and as a document", async () => {
  await rondell.send(server.writeKey, "/v1/page", { anonymousId: "receipt-visitor" });
  await drained();
  const token = await visitorToken("receipt-visitor");
  const receipt = await app.http.inject({
    url: "/p/api/consents/receipt?language=de",
    headers: { "x-rondell-token": token },
  });
  expect(receipt.json()).toMatchObject({ language: "de", schema_version: "ISO/IEC TS 27560:2023" });
  const pdf = await app.http.inject({ url: `/p/consents/receipt.pdf?t=${token}` });
  expect([pdf.statusCode, pdf.rawPayload.subarray(0, 5).toString()]).toEqual([200, "%PDF-"]);
  for (const url of ["/p/consents/receipt.pdf", `/p/consents/receipt.pdf?t=${"a".repeat(32)}`])
    expect((await app.http.inject({ url })).statusCode).toBe(404);
  expect((await app.http.inject({ url: "/p/api/consents/receipt" })).statusCode).toBe(404);
});
