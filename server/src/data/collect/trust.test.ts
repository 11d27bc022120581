import { createHmac } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { consentsOf, isAllowed, recordAnswers } from "../consent/index.ts";
import { findCustomer } from "../identity/index.ts";
import { customersById } from "../profiles/index.ts";

/**
 * The attacker has the public key that stands in every page, knows ids and addresses of customers, and sends
 * whatever is of use.
 */
let garden: TestGarden;
let browser: string;
let server: string;
const signingSecret = "sg_secret";
const yes = { consent: { categoryPreferences: { Analytics: true, Functional: true, Advertising: true } } };
const no = { consent: { categoryPreferences: { Analytics: false, Functional: false } } };
let number = 0;

beforeAll(async () => {
  garden = await openGarden();
  browser = (await garden.source("browser", { signingSecret })).writeKey;
  server = (await garden.source("server")).writeKey;
});

/** One call; it is worked through when this returns. */
async function say(key: string, type: string, call: Record<string, unknown>) {
  const answer = await garden.send(key, `/v1/${type}`, { messageId: `t-${number++}`, ...call });
  await garden.drained();
  return answer;
}
const idOf = async (userId: string) => (await findCustomer(garden.ctx.pool, "user_id", userId))!;
const visitorOf = (anonymousId: string) => findCustomer(garden.ctx.pool, "anonymous_id", anonymousId);
const profileOf = async (userId: string) => (await customersById(garden.ctx.pool, [await idOf(userId)]))[0]!;
const eventsOf = async (userId: string) =>
  (
    await garden.ctx.events.query(
      z.object({ name: z.string() }),
      { id: await idOf(userId) },
      "select name from events where customer_id = {id:UInt64} order by happened_at",
    )
  ).map((row) => row.name);
const count = async (statement: string) =>
  Number((await garden.ctx.pool.query(statement)).rows[0].n as number);

/** A customer whom the brand's server has told of. */
async function known(userId: string) {
  await say(server, "identify", {
    userId,
    traits: { email: `${userId}@brand.example`, name: `Customer ${userId}`, plan: "gold" },
  });
  return idOf(userId);
}

describe("who holds only the public key", () => {
  test("does not join two known customers, by device, alias or e-mail", async () => {
    const ada = await known("ada");
    const eve = await known("eve");
    await say(server, "identify", { userId: "ada", anonymousId: "ada-phone" });
    await say(browser, "identify", { userId: "eve", anonymousId: "ada-phone", context: yes });
    await say(browser, "alias", { userId: "eve", previousId: "ada", context: yes });
    await say(browser, "identify", {
      userId: "eve",
      anonymousId: "eve-phone",
      traits: { email: "ada@brand.example" },
      context: yes,
    });
    expect(await idOf("ada")).toBe(ada);
    expect(await idOf("eve")).toBe(eve);
    expect(await visitorOf("ada-phone")).toBe(ada);
    expect(await count("select count(*) as n from merge_proposals where state = 'open'")).toBe(1);
  });

  test("ties no other browser to a known customer by alias", async () => {
    const ivy = await known("ivy");
    await say(server, "identify", { userId: "ivy", anonymousId: "ivy-phone" });
    await say(browser, "page", { anonymousId: "passer-by", context: yes });
    const passerBy = await visitorOf("passer-by");
    // By the name, by a browser that is hers, and each with an id that nobody has and one that somebody else has.
    for (const previousId of ["not-yet-seen", "passer-by"]) {
      await say(browser, "alias", { userId: "ivy", previousId, context: yes });
      await say(browser, "alias", { userId: "ivy", anonymousId: "ivy-tablet", previousId, context: yes });
      await say(browser, "alias", { anonymousId: "ivy-phone", previousId, context: yes });
    }
    expect(await visitorOf("not-yet-seen")).toBeUndefined();
    expect(await visitorOf("passer-by")).toBe(passerBy);
    await say(browser, "page", { anonymousId: "not-yet-seen", context: yes });
    expect(await visitorOf("not-yet-seen")).not.toBe(ivy);

    // A nameless visitor may say so of itself, and the brand of everybody.
    await say(browser, "alias", { anonymousId: "ann-new", previousId: "ann-old", context: yes });
    expect(await visitorOf("ann-old")).toBe(await visitorOf("ann-new"));
    await say(server, "alias", { userId: "ivy", previousId: "ivy-laptop" });
    await say(server, "alias", { userId: "ivy", previousId: "passer-by" });
    expect(await visitorOf("ivy-laptop")).toBe(ivy);
    expect(await visitorOf("passer-by")).toBe(ivy);
    const userIdSignature = createHmac("sha256", signingSecret).update("ivy").digest("hex");
    await say(browser, "alias", { userId: "ivy", previousId: "ivy-watch", userIdSignature, context: yes });
    expect(await visitorOf("ivy-watch")).toBe(ivy);
  });

  test("does not become a customer by knowing the e-mail", async () => {
    const bea = await known("bea");
    await say(browser, "identify", {
      anonymousId: "stranger",
      traits: { email: "bea@brand.example" },
      context: yes,
    });
    const stranger = await visitorOf("stranger");
    expect(stranger).toBeDefined();
    expect(stranger).not.toBe(bea);
    await say(browser, "identify", {
      anonymousId: "stranger",
      userId: "bea-2",
      traits: { email: "bea@brand.example" },
      context: yes,
    });
    expect(await idOf("bea-2")).not.toBe(bea);
  });

  test("does not change where a known customer's messages go, or the name", async () => {
    await known("cleo");
    await say(browser, "identify", {
      userId: "cleo",
      anonymousId: "thief",
      traits: { email: "thief@example.org", name: "Thief", phone: "1", favourite: "tea" },
      context: yes,
    });
    const cleo = await profileOf("cleo");
    expect(cleo).toMatchObject({ email: "cleo@brand.example", displayName: "Customer cleo" });
    expect(cleo.traits).toMatchObject({ plan: "gold", favourite: "tea" });
    expect(cleo.traits).not.toHaveProperty("phone");
  });

  test("does not grant anything for a known customer, nor overrule a no", async () => {
    const dora = await known("dora");
    await say(browser, "page", { userId: "dora", anonymousId: "dora-phone", context: yes });
    expect(await isAllowed(garden.ctx.pool, dora, "profile")).toBe(false);
    expect(await isAllowed(garden.ctx.pool, dora, "contact:email")).toBe(false);
    await say(browser, "page", { userId: "dora", context: no });
    const before = (await eventsOf("dora")).length;
    // By the id alone, with a device, and with a device that nobody saw before.
    await say(browser, "page", { userId: "dora", context: yes });
    await say(browser, "page", { userId: "dora", anonymousId: "dora-phone", context: yes });
    await say(browser, "page", { userId: "dora", anonymousId: "fresh-phone", context: yes });
    expect(await eventsOf("dora")).toHaveLength(before);
    expect(await isAllowed(garden.ctx.pool, dora, "collect")).toBe(false);
  });

  test("is obeyed when it withdraws, whoever is meant", async () => {
    const finn = await known("finn");
    await garden.ctx.inTransaction((tx) =>
      recordAnswers(tx, [
        {
          customerId: finn,
          purpose: "personalise",
          granted: true,
          basis: "consent",
          origin: "test",
          at: new Date(Date.now() - 60_000),
        },
      ]),
    );
    await say(browser, "track", { userId: "finn", event: "Anything", context: no });
    expect(await isAllowed(garden.ctx.pool, finn, "profile")).toBe(false);
    expect(await isAllowed(garden.ctx.pool, finn, "collect")).toBe(false);
    const [row] = await garden.ctx.events.query(
      z.object({ profile: z.number() }),
      { id: finn },
      "select profile from customers where customer_id = {id:UInt64}",
    );
    expect(row?.profile).toBe(0);
  });

  test("does not name a customer by the inner id", async () => {
    const gus = await known("gus");
    const before = await eventsOf("gus");
    const alone = await say(server, "track", { customerId: gus, event: "Forged" });
    expect(alone.status).toBe(400);
    await say(browser, "track", { customerId: gus, anonymousId: "forger", event: "Forged", context: yes });
    expect(await eventsOf("gus")).toEqual(before);
  });

  test("can speak for a customer once the brand's server has signed the id", async () => {
    const hal = await known("hal");
    const userIdSignature = createHmac("sha256", signingSecret).update("hal").digest("hex");
    await say(browser, "page", {
      userId: "hal",
      anonymousId: "hal-phone",
      userIdSignature: "0".repeat(64),
      context: yes,
    });
    expect(await isAllowed(garden.ctx.pool, hal, "profile")).toBe(false);
    await say(browser, "page", { userId: "hal", anonymousId: "hal-phone", userIdSignature, context: yes });
    expect(await isAllowed(garden.ctx.pool, hal, "profile")).toBe(true);
    await say(browser, "page", { userId: "hal", anonymousId: "hal-phone", userIdSignature, context: no });
    const before = await eventsOf("hal");
    await say(browser, "page", { userId: "hal", anonymousId: "hal-phone", userIdSignature, context: yes });
    await say(server, "track", { userId: "hal", anonymousId: "hal-phone", event: "Back Again" });
    expect((await eventsOf("hal")).length).toBe(before.length + 2);
    expect((await consentsOf(garden.ctx.pool, hal)).every((answer) => answer.granted)).toBe(true);
  });
});

describe("consent", () => {
  test("after it is withdrawn, events are counted but not kept", async () => {
    const before = await garden.drops();
    await say(browser, "page", { anonymousId: "ines", context: yes });
    await say(browser, "page", { anonymousId: "ines", context: no });
    await say(browser, "page", { anonymousId: "ines" });
    const drops = await garden.drops();
    expect((drops.withdrawn ?? 0) - (before.withdrawn ?? 0)).toBe(2);
    const visitor = (await visitorOf("ines"))!;
    const [row] = await garden.ctx.events.query(
      z.object({ n: z.number() }),
      { visitor },
      "select count() as n from events where visitor_id = {visitor:UInt64}",
    );
    expect(row?.n).toBe(1);
    expect(await count("select count(*) as n from inbox")).toBe(0);
    // A nameless visitor may change her mind.
    await say(browser, "page", { anonymousId: "ines", context: yes });
    const [later] = await garden.ctx.events.query(
      z.object({ n: z.number() }),
      { visitor },
      "select count() as n from events where visitor_id = {visitor:UInt64}",
    );
    expect(later?.n).toBe(2);
  });

  test("what the brand stated for its server lets nothing in from a source that asks", async () => {
    await known("lea");
    const before = await eventsOf("lea");
    expect(before).toHaveLength(1);
    const dropped = (await garden.drops()).no_consent ?? 0;
    await say(browser, "page", { userId: "lea" });
    await say(browser, "page", { userId: "lea", anonymousId: "lea-phone" });
    expect(await eventsOf("lea")).toEqual(before);
    expect(await visitorOf("lea-phone")).toBeUndefined();
    expect((await garden.drops()).no_consent).toBe(dropped + 2);
    // Nor where the server itself has told of the browser.
    await say(server, "identify", { userId: "lea", anonymousId: "lea-laptop" });
    await say(browser, "page", { anonymousId: "lea-laptop" });
    expect((await garden.drops()).no_consent).toBe(dropped + 3);
    // A preference of hers does, and holds for what comes without one.
    await say(server, "track", {
      userId: "lea",
      event: "Preference",
      context: { consent: { categoryPreferences: { measure: true } } },
    });
    const since = (await eventsOf("lea")).length;
    await say(browser, "page", { userId: "lea", anonymousId: "lea-laptop" });
    expect(await eventsOf("lea")).toHaveLength(since + 1);
  });

  test("what a visitor refused is refused for the customer that she turns out to be", async () => {
    const jo = await known("jo");
    await say(browser, "page", { anonymousId: "jo-phone", context: yes });
    await say(browser, "page", {
      anonymousId: "jo-phone",
      context: { consent: { categoryPreferences: { Functional: false, Analytics: true } } },
    });
    await say(server, "identify", {
      anonymousId: "jo-phone",
      userId: "jo",
      context: { consent: { categoryPreferences: { contact: true }, doubleOptIn: true } },
    });
    expect(await isAllowed(garden.ctx.pool, jo, "profile")).toBe(false);
    expect(await isAllowed(garden.ctx.pool, jo, "contact:email")).toBe(true);
  });

  test("an old no that arrives late does not overrule a later yes, and a late yes no later no", async () => {
    const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const kim = await known("kim");
    const preference = (personalise: boolean, minutes: number) =>
      say(server, "track", {
        userId: "kim",
        event: "Preference",
        timestamp: at(minutes),
        context: { consent: { categoryPreferences: { personalise } } },
      });
    await preference(true, 10);
    await preference(false, 20);
    expect(await isAllowed(garden.ctx.pool, kim, "profile")).toBe(true);
    await preference(false, 5);
    await preference(true, 7);
    expect(await isAllowed(garden.ctx.pool, kim, "profile")).toBe(false);
  });
});
