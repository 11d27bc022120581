import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { publicId } from "../../platform/ids.ts";
import { queueMail } from "../../platform/mail/index.ts";
import { findCustomer } from "../identity/index.ts";
import { recordAnswers } from "./record.ts";
import { isAllowed } from "./store.ts";

/** A mail server on this machine, which may be away or refuse. */
const received: { to: string; text: string }[] = [];
let answer: "take" | "away" | "refuse" = "take";
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS", "AUTH"],
  onRcptTo({ address }, _session, done) {
    if (answer === "take") return done();
    const code = answer === "away" ? 451 : 550;
    done(Object.assign(new Error(`${address} is not taken`), { responseCode: code }));
  },
  onData(stream, session, done) {
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => {
      received.push({
        to: session.envelope.rcptTo[0]!.address,
        text: decoded(Buffer.concat(parts).toString("utf8")),
      });
      done();
    });
  },
});
/** Quoted-printable, as mails are written. */
const decoded = (text: string) =>
  Buffer.from(
    text
      .replace(/=\r\n/g, "")
      .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    "latin1",
  ).toString("utf8");

let garden: TestGarden;
let browser: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as { port: number };
  garden = await openGarden({}, { smtpUrl: `smtp://127.0.0.1:${port}`, publicUrl: "https://shop.example" });
  browser = (await garden.source("browser")).writeKey;
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

const mails = () => garden.app.work.of("test").mails;
let messages = 0;

/** A form of the website that asks for the newsletter. */
async function subscribes(anonymousId: string, email: string, locale = "de-DE", granted = true) {
  await garden.send(browser, "/v1/identify", {
    anonymousId,
    traits: { email },
    messageId: `m-${++messages}`,
    context: { locale, consent: { categoryPreferences: { measure: true, contact: granted } } },
  });
  await garden.drained();
  await mails().drained();
  const { rows } = await garden.ctx.pool.query(
    "select customer_id::int as id from identifiers where kind = 'anonymous_id' and value = $1",
    [anonymousId],
  );
  return rows[0].id as number;
}

const mailsTo = (address: string) => received.filter((mail) => mail.to === address);
const mayWrite = (id: number) => isAllowed(garden.ctx.pool, id, "contact:email");
const linkIn = (mail: { text: string } | undefined) =>
  /https:\/\/shop\.example(\/p\/confirm\?t=[\w-]+)/.exec(mail!.text)![1]!;
const get = (url: string) => garden.app.http.inject({ url });
const press = (link: string) =>
  garden.app.http.inject({
    method: "POST",
    url: "/p/confirm",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    payload: new URLSearchParams({ t: link.split("t=")[1]! }).toString(),
  });
const historyOf = async (id: number) =>
  (
    await garden.ctx.pool.query(
      "select act, granted, origin, proof from consent_answers where customer_id = $1 and purpose = 'contact' order by seq",
      [id],
    )
  ).rows;

test("a yes to mails from a website counts only when the button behind the link was pressed, once", async () => {
  const id = await subscribes("v-ada", "Ada@Example.org");
  expect(await mayWrite(id)).toBe(false);
  const [mail, ...more] = mailsTo("ada@example.org");
  expect(more).toEqual([]);
  expect(mail!.text).toContain("Ja, ich bestätige");
  const link = linkIn(mail);

  // A program that looks for bad links opens it, again and again: nothing happens.
  for (let at = 0; at < 3; at++) {
    const page = await get(link);
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('<form class="stack" method="post" action="/p/confirm"');
    expect(page.body).not.toContain('<script type="module"');
    expect(page.body).toContain('lang="de"');
  }
  expect((await garden.app.http.inject({ method: "HEAD", url: link })).statusCode).toBe(200);
  expect(await mayWrite(id)).toBe(false);

  expect((await press(link)).body).toContain("Bestätigt. Danke.");
  expect(await mayWrite(id)).toBe(true);
  expect((await press(link)).body).toContain("Das war schon bestätigt.");
  expect(await historyOf(id)).toMatchObject([
    { act: "asked", granted: null },
    { act: "answer", granted: true, origin: "double opt-in", proof: expect.stringMatching(/^mail </) },
  ]);
  // Said along with the next event, it is neither asked nor noted again.
  await subscribes("v-ada", "ada@example.org");
  expect(mailsTo("ada@example.org")).toHaveLength(1);
  expect(await historyOf(id)).toHaveLength(2);
});

test("the link works for a week, and no longer after a no", async () => {
  const [late, changed] = [
    await subscribes("v-late", "late@example.org", "en-GB"),
    await subscribes("v-no", "no@example.org"),
  ];
  await garden.ctx.pool.query(
    "update consent_requests set expires_at = now() where address = 'late@example.org'",
  );
  const old = await press(linkIn(mailsTo("late@example.org")[0]));
  expect([old.statusCode, old.body.includes("This link is no longer valid.")]).toEqual([410, true]);
  expect(await mayWrite(late)).toBe(false);

  await subscribes("v-no", "no@example.org", "de", false);
  expect((await press(linkIn(mailsTo("no@example.org")[0]))).statusCode).toBe(410);
  expect(await mayWrite(changed)).toBe(false);
  expect((await get("/p/confirm?t=nobody-was-sent-this")).statusCode).toBe(404);
  expect((await get("/p/confirm")).statusCode).toBe(404);
});

test("nobody fills the mailbox of somebody else", async () => {
  for (let at = 0; at < 6; at++) await subscribes(`v-flood-${at}`, "flooded@example.org");
  expect(mailsTo("flooded@example.org")).toHaveLength(3);
});

test("a server's yes waits as well, unless its call or its source says what shows it", async () => {
  const { writeKey, id } = await garden.source("server");
  const says = async (userId: string, more: object = {}) => {
    await garden.send(writeKey, "/v1/identify", {
      userId,
      traits: { email: `${userId}@example.org` },
      messageId: `m-${userId}`,
      context: { consent: { categoryPreferences: { contact: true }, ...more } },
    });
    await garden.drained();
    await mails().drained();
    const customer = (await findCustomer(garden.ctx.pool, "user_id", userId))!;
    return [mailsTo(`${userId}@example.org`).length, await mayWrite(customer)];
  };
  expect(await says("till-bare")).toEqual([1, false]);
  expect(await says("till-flag", { doubleOptIn: true })).toEqual([0, true]);
  expect(await says("till-proof", { proof: "form entry 12" })).toEqual([0, true]);
  const { rows } = await garden.ctx.pool.query(
    "select proof from consent_answers where proof like 'form entry 12%'",
  );
  expect(rows[0].proof).toBe("form entry 12, message m-till-proof");
  await garden.api("PATCH", `/api/sources/${publicId("source", id)}`, { provesConsent: true });
  expect(await says("till-source")).toEqual([0, true]);
  // A public key proves nothing, whatever it says.
  await garden.send(browser, "/v1/identify", {
    anonymousId: "v-claims",
    traits: { email: "claims@example.org" },
    messageId: "m-claims",
    context: {
      consent: {
        categoryPreferences: { measure: true, contact: true },
        doubleOptIn: true,
        proof: "so I say",
      },
    },
  });
  await garden.drained();
  await mails().drained();
  expect(mailsTo("claims@example.org")).toHaveLength(1);
});

test("the mail's subject names what is confirmed", async () => {
  await subscribes("v-subject", "subject@example.org", "en-GB");
  expect(mailsTo("subject@example.org")[0]!.text).toMatch(/^Subject: Please confirm: Messages from us/m);
});

test("a mail waits for a server that is away, keeps its name, and is given up where the address is refused", async () => {
  answer = "away";
  await subscribes("v-wait", "wait@example.org");
  const stateOf = async (address: string) =>
    (
      await garden.ctx.pool.query(
        "select state, attempts, message_id, body_text from mails where recipient = $1",
        [address],
      )
    ).rows[0];
  const waiting = await stateOf("wait@example.org");
  expect(waiting).toMatchObject({ state: "waiting", attempts: 1 });
  answer = "take";
  await garden.ctx.pool.query(
    "update mails set due_at = now() - interval '1 second' where recipient = 'wait@example.org'",
  );
  await mails().drained();
  expect(await stateOf("wait@example.org")).toMatchObject({ state: "sent", attempts: 2, body_text: null });
  expect(mailsTo("wait@example.org")[0]!.text).toContain(waiting.message_id);

  answer = "refuse";
  await subscribes("v-refused", "refused@example.org");
  expect(await stateOf("refused@example.org")).toMatchObject({ state: "failed", attempts: 1 });
  answer = "take";
});

test("a mail whose sender was killed is taken up after its lease, and no sooner", async () => {
  await garden.ctx.inTransaction((tx) =>
    queueMail(tx, {
      kind: "test",
      customerId: null,
      needs: null,
      to: "killed@example.org",
      subject: "s",
      text: "t",
      html: "h",
      at: new Date(),
    }),
  );
  await mails().drained();
  await garden.ctx.pool.query(
    "update mails set state = 'sending', body_text = 't', body_html = 'h', due_at = now() + interval '1 minute' where recipient = 'killed@example.org'",
  );
  await mails().drained();
  expect(mailsTo("killed@example.org")).toHaveLength(1);
  await garden.ctx.pool.query(
    "update mails set due_at = now() - interval '1 second' where recipient = 'killed@example.org'",
  );
  await mails().drained();
  const sent = mailsTo("killed@example.org").map((mail) => /Message-ID: (\S+)/i.exec(mail.text)![1]);
  expect(sent).toHaveLength(2);
  expect(new Set(sent).size).toBe(1);
});

test("after a withdrawal the very next event is dropped, and a mail that waited is not sent", async () => {
  const id = await subscribes("v-leaves", "leaves@example.org");
  await press(linkIn(mailsTo("leaves@example.org")[0]));
  expect(await mayWrite(id)).toBe(true);
  await mails().pause();
  await garden.ctx.inTransaction((tx) =>
    queueMail(tx, {
      kind: "news",
      customerId: id,
      needs: "contact:email",
      to: "leaves@example.org",
      subject: "News",
      text: "n",
      html: "n",
      at: new Date(),
    }),
  );
  const before = await garden.drops();
  const said = {
    customerId: id,
    granted: false,
    basis: "consent" as const,
    origin: "consent page",
    at: new Date(),
  };
  await garden.ctx.inTransaction((tx) =>
    recordAnswers(tx, [
      { ...said, purpose: "contact" },
      { ...said, purpose: "measure" },
    ]),
  );
  mails().resume();
  await mails().drained();
  expect(mailsTo("leaves@example.org")).toHaveLength(1);
  const { rows } = await garden.ctx.pool.query("select state, reason from mails where kind = 'news'");
  expect(rows).toEqual([{ state: "dropped", reason: "withdrawn" }]);
  await garden.send(browser, "/v1/track", {
    anonymousId: "v-leaves",
    event: "Product Viewed",
    messageId: "m-after",
  });
  await garden.drained();
  expect((await garden.drops()).withdrawn).toBe((before.withdrawn ?? 0) + 1);
});

test("without a mail server each mail is a file that mail programs open", async () => {
  const { openMailTransport } = await import("../../platform/mail/index.ts");
  const dir = join(garden.dataDir, "mails");
  const transport = openMailTransport({ dir });
  await transport.send({
    messageId: "<1@rondell>",
    from: { name: "Märchen & Söhne", address: "no-reply@shop.example" },
    to: "ada@example.org",
    subject: "Grüße",
    text: "Hallo",
    html: "<p>Hallo</p>",
  });
  const [name] = await readdir(dir);
  const text = await readFile(join(dir, name!), "utf8");
  expect(text).toMatch(/^To: ada@example\.org\r$/m);
  expect(text).toContain("Message-ID: <1@rondell>");
});
