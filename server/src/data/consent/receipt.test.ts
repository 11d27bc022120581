import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { publicId } from "../../platform/ids.ts";
import { findCustomer } from "../identity/index.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

async function sent(writeKey: string, messageId: string, categoryPreferences: object, more: object = {}) {
  await garden.send(writeKey, "/v1/track", {
    event: "Consent Granted",
    userId: "ada",
    messageId,
    context: {
      library: { name: "rondell" },
      page: { url: "https://shop.example/account/ada@example.org?email=ada@example.org#top" },
      consent: { categoryPreferences },
    },
    ...more,
  });
  await garden.drained();
}

test("a receipt says what was asked in which words, what was answered when and how, and what shows it", async () => {
  const { writeKey } = await garden.source("server", { consentMode: "ask", statedBasis: {} });
  await sent(writeKey, "m-yes", { measure: true, personalise: false });
  await sent(
    writeKey,
    "m-no",
    { measure: true, personalise: true },
    { properties: { purpose: "personalise" } },
  );
  const id = publicId("customer", (await findCustomer(garden.ctx.pool, "user_id", "ada"))!);

  const { status, body } = await garden.api("GET", `/api/customers/${id}/consents/receipt?language=de`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    schema_version: "ISO/IEC TS 27560:2023",
    language: "de",
    pii_principal_id: id,
    pii_controllers: [{ name: "Test brand" }],
  });
  const personalise = body.processing.find((one: { purpose_id: string }) => one.purpose_id === "personalise");
  expect(personalise).toMatchObject({
    purpose: "Persönliche Vorschläge",
    purpose_kinds: ["profile"],
    state: "granted",
    lawful_basis: "consent",
    notice_version: 1,
    notice: "Wir ziehen Schlüsse aus dem, was Sie hier tun, und schlagen Ihnen Passendes vor.",
  });
  expect(personalise.events).toMatchObject([
    { event_type: "granted", sequence: 2, proof: "message m-no" },
    {
      event_type: "refused",
      sequence: 1,
      collection_method: "banner",
      // Neither the query nor what looks like a person is kept of the address.
      collection_place: "https://shop.example/account/…",
      by: "customer",
      proof: "message m-yes",
    },
  ]);
  expect(body.processing.find((one: { purpose_id: string }) => one.purpose_id === "contact")).toMatchObject({
    state: "not_asked",
    events: [],
  });

  const ledger = await garden.api("GET", `/api/customers/${id}/consents`);
  expect(ledger.body.items.map((one: { hash: string }) => one.hash)).toContain(personalise.events[0].hash);
  expect((await garden.api("GET", "/api/customers/cus_zzzzzz/consents/receipt")).status).toBe(404);
});

test("the check of the ledger can be asked for, and says what it found", async () => {
  expect((await garden.api("GET", "/api/consent/ledger")).body.check).toBeNull();
  const started = await garden.api("POST", "/api/consent/ledger/verify", {});
  expect(started.status).toBe(202);
  const run = await garden.app.jobs.ended(started.body.jobId);
  expect(run).toMatchObject({ state: "done", result: { whole: true, fault: null } });
  const { body } = await garden.api("GET", "/api/consent/ledger");
  expect(body).toMatchObject({ entries: expect.any(Number), check: { whole: true }, jobId: null });
  expect(body.check.entries).toBe(body.entries);
});

test("the receipt is a document too, in both languages, whatever letters the brand is written in", async () => {
  const id = publicId("customer", (await findCustomer(garden.ctx.pool, "user_id", "ada"))!);
  await garden.ctx.pool.query("update purposes set name = $1 where key = 'share_x' or key = 'contact'", [
    { en: "Łódź, 東京 & Messages", de: "Łódź, 東京 & Nachrichten" },
  ]);
  for (const language of ["de", "en"]) {
    const answer = await garden.app.http.inject({
      url: `/api/customers/${id}/consents/receipt.pdf?language=${language}`,
      headers: { authorization: `Bearer ${await token()}` },
    });
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "application/pdf"]);
    expect(answer.rawPayload.subarray(0, 5).toString()).toBe("%PDF-");
    expect(answer.rawPayload.subarray(-6).toString()).toContain("%%EOF");
  }
});

async function token(): Promise<string> {
  const { createToken } = await import("../../garden/index.ts");
  return (await createToken(garden.ctx, { name: "reader", scopes: ["customers:read"] })).token;
}
