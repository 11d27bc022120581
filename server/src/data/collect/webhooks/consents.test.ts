import { createHmac } from "node:crypto";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../../test/harness.ts";
import { isAllowed } from "../../consent/index.ts";
import { findCustomer } from "../../identity/index.ts";

/** The mails that the brand sent, as they came in. */
const received: { to: string; text: string }[] = [];
const mailServer = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS", "AUTH"],
  closeTimeout: 100,
  onData(stream, session, done) {
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => {
      const text = Buffer.concat(parts).toString("latin1").replace(/=\r\n/g, "").replaceAll("=3D", "=");
      received.push({ to: session.envelope.rcptTo[0]!.address, text });
      done();
    });
  },
});

let garden: TestGarden;
beforeAll(async () => {
  await new Promise<void>((resolve) => mailServer.listen(0, "127.0.0.1", resolve));
  const { port } = mailServer.server.address() as { port: number };
  garden = await openGarden({}, { smtpUrl: `smtp://127.0.0.1:${port}`, publicUrl: "https://shop.example" });
});
afterAll(() => new Promise<void>((resolve) => mailServer.close(() => resolve())));

/** A system for newsletters that tells by webhook who agreed to what; `changes` are of its source. */
async function newsletterSystem(changes: { provesConsent?: boolean } = {}) {
  const secret = "nl_secret";
  const { body: hook } = await garden.api("POST", "/api/webhooks", {
    ...{ name: "Newsletter", provider: "custom", secret },
  });
  const rule = {
    makes: "person",
    person: { userId: "$.id", email: "$.mail" },
    consents: { contact: "$.newsletter", personalise: "$.offers" },
  };
  expect((await garden.api("PUT", `/api/webhooks/${hook.id}/rules`, { rules: [rule] })).status).toBe(200);
  if (Object.keys(changes).length)
    expect((await garden.api("PATCH", `/api/sources/${hook.id}`, changes)).status).toBe(200);
  return async (delivery: { id: string; mail: string; newsletter?: unknown; offers?: unknown }) => {
    const payload = JSON.stringify(delivery);
    const answer = await garden.app.http.inject({
      method: "POST",
      url: new URL(hook.address).pathname,
      headers: {
        "content-type": "application/json",
        "x-signature": createHmac("sha256", secret).update(payload).digest("hex"),
      },
      payload,
    });
    expect(answer.statusCode).toBe(200);
    await garden.drained();
    await garden.app.work.of("test").mails.drained();
    return (await findCustomer(garden.ctx.pool, "user_id", delivery.id))!;
  };
}

const mayWrite = (id: number) => isAllowed(garden.ctx.pool, id, "contact:email");
const mayProfile = (id: number) => isAllowed(garden.ctx.pool, id, "profile");
const mailsTo = (address: string) => received.filter(({ to }) => to === address);
const ledgerOf = async (id: number) =>
  (
    await garden.ctx.pool.query(
      "select purpose, act, granted, basis, origin, proof from consent_answers where customer_id = $1 and purpose <> 'measure' order by id",
      [id],
    )
  ).rows;
const press = (mail: { text: string } | undefined) =>
  garden.app.http.inject({
    method: "POST",
    url: "/p/confirm",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    payload: new URLSearchParams({ t: /\/p\/confirm\?t=([\w-]+)/.exec(mail!.text)![1]! }).toString(),
  });

describe("a delivery that says yes", () => {
  test("counts at once for a purpose that asks nobody to confirm, with what told of it", async () => {
    const tell = await newsletterSystem();
    const ada = await tell({ id: "ada", mail: "ada@example.org", offers: "yes" });
    expect(await mayProfile(ada)).toBe(true);
    expect(await mayWrite(ada)).toBe(false);
    expect(await ledgerOf(ada)).toMatchObject([
      {
        purpose: "personalise",
        act: "answer",
        granted: true,
        basis: "consent",
        proof: expect.stringMatching(/^message /),
      },
    ]);
    expect(mailsTo("ada@example.org")).toEqual([]);
  });

  test("waits for the button in a mail where a purpose asks for that, and is asked once", async () => {
    const tell = await newsletterSystem();
    const bea = await tell({ id: "bea", mail: "Bea@Example.org", newsletter: "subscribed" });
    expect(await mayWrite(bea)).toBe(false);
    const [mail, ...more] = mailsTo("bea@example.org");
    expect(more).toEqual([]);
    expect(await ledgerOf(bea)).toMatchObject([{ purpose: "contact", act: "asked", granted: null }]);
    // Told again, as such systems do, it neither counts nor asks again.
    await tell({ id: "bea", mail: "Bea@Example.org", newsletter: "subscribed" });
    expect(await mayWrite(bea)).toBe(false);
    expect(mailsTo("bea@example.org")).toHaveLength(1);

    expect((await press(mail)).statusCode).toBe(200);
    expect(await mayWrite(bea)).toBe(true);
    expect((await ledgerOf(bea)).at(-1)).toMatchObject({
      act: "answer",
      granted: true,
      origin: "double opt-in",
    });
  });

  test("counts at once where the brand has proof of each yes of that system", async () => {
    const tell = await newsletterSystem({ provesConsent: true });
    const cleo = await tell({ id: "cleo", mail: "cleo@example.org", newsletter: true });
    expect(await mayWrite(cleo)).toBe(true);
    expect(mailsTo("cleo@example.org")).toEqual([]);
    expect(await ledgerOf(cleo)).toMatchObject([{ purpose: "contact", act: "answer", granted: true }]);
  });
});

test("a delivery that says no is obeyed at once, and takes a question that is open with it", async () => {
  const tell = await newsletterSystem();
  const dora = await tell({ id: "dora", mail: "dora@example.org", newsletter: "yes", offers: "yes" });
  await tell({ id: "dora", mail: "dora@example.org", newsletter: "unsubscribed", offers: "no" });
  expect(await mayProfile(dora)).toBe(false);
  expect(await mayWrite(dora)).toBe(false);
  await press(mailsTo("dora@example.org")[0]);
  expect(await mayWrite(dora)).toBe(false);
});

test("a word that is neither a yes nor a no says nothing", async () => {
  const tell = await newsletterSystem({ provesConsent: true });
  const eve = await tell({
    id: "eve",
    mail: "eve@example.org",
    newsletter: "perhaps",
    offers: { toString: "yes" },
  });
  expect(await ledgerOf(eve)).toEqual([]);
  expect(await mayWrite(eve)).toBe(false);
});
