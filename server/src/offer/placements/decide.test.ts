import { createHmac } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { publicId } from "../../platform/ids.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { drawArm } from "../experiments/index.ts";
import { refreshOffers } from "./refresh.ts";

const signingSecret = "sg_only_the_brand_knows";
const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day).toISOString();

let garden: TestGarden;
let server: string;
let browser: string;

/** Thirty customers: all have the grinder and the beans, half of them the kettle too; the victim alone has the secret. */
beforeAll(async () => {
  garden = await openGarden();
  const stated = { measure: "contract", personalise: "legitimate_interest" } as const;
  server = (await garden.source("server", { statedBasis: stated })).writeKey;
  browser = (await garden.source("browser", { signingSecret })).writeKey;
  const orders = Array.from({ length: 30 }, (_, n) =>
    order(`u${n}`, n % 2 ? ["grinder", "beans"] : ["grinder", "beans", "kettle"], 40 - n),
  );
  const others = Array.from({ length: 30 }, (_, n) => order(`other${n}`, ["tea"], 20));
  await sendAll([
    ...orders,
    ...others,
    order("newer", ["grinder"], 10),
    order("victim", ["secret", "grinder"], 5),
  ]);
  await garden.drained();
  await refreshOffers(garden.ctx);
});

function order(userId: string, products: string[], daysAgo: number) {
  return {
    type: "track",
    event: "Order Completed",
    messageId: `${userId}-${daysAgo}-${products.join()}`,
    userId,
    timestamp: ago(daysAgo),
    properties: {
      order_id: `${userId}-${daysAgo}`,
      currency: "EUR",
      revenue: 10 * products.length,
      products: products.map((id) => ({ product_id: id, name: `The ${id}`, quantity: 1, price: 10 })),
    },
  };
}

async function sendAll(batch: object[]) {
  const answer = await garden.send(server, "/v1/batch", { batch });
  expect(answer).toMatchObject({ status: 200, body: { accepted: batch.length } });
}

const decideAsBrand = (body: object) => garden.api("POST", "/v1/decide", body);
const decideAsPage = (body: object, headers = {}) => garden.send(browser, "/v1/decide", body, headers);
const consenting = { consent: { categoryPreferences: { Analytics: true, Functional: true } } };

async function pageEvent(anonymousId: string, event: object) {
  const answer = await garden.send(browser, "/v1/batch", {
    batch: [{ messageId: Math.random().toString(36), anonymousId, context: consenting, ...event }],
  });
  expect(answer.status).toBe(200);
  await garden.drained();
}

const Told = z.object({ name: z.string(), arm: z.string(), decisionId: z.string(), by: z.string() });
const told = async (userId: string) => {
  await garden.drained();
  return garden.ctx.events.query(
    Told,
    { user: await customer(userId) },
    `select name, ifNull(properties.arm::Nullable(String), '') as arm, properties.decision_id::String as decision_id, ifNull(properties.by::Nullable(String), '') as by
    from events where customer_id = {user:UInt64} and name like 'Offer %' order by happened_at, name desc`,
  );
};
async function customer(userId: string): Promise<number> {
  const [row] = await query(
    garden.ctx.pool,
    sql`select coalesce(l.customer_id, i.customer_id) as id from identifiers i left join customer_links l on l.subject_id = i.customer_id where kind in ('user_id', 'anonymous_id') and value = ${userId}`,
    z.object({ id: z.number() }),
  );
  return row!.id;
}
/** A customer of the wanted arm among those who bought grinder and beans only. */
async function oneOf(arm: "treated" | "holdout", skip = 0): Promise<string> {
  for (let n = 1; n < 30; n += 2) {
    if (drawArm(garden.garden.salt, await customer(`u${n}`), 0.1) === arm && skip-- <= 0) return `u${n}`;
  }
  return "";
}

test("the next best product comes with its reason in words, and the decision becomes an event", async () => {
  const userId = await oneOf("treated");
  const { status, body } = await decideAsBrand({ userId });
  expect(status).toBe(200);
  expect(body).toMatchObject({ reason: null, arm: "treated" });
  expect(body.decision.offer).toMatchObject({
    productId: "kettle",
    title: "The kettle",
    priceMinor: 1000,
    currency: "EUR",
  });
  expect(body.decision.offer.reason).toMatchObject({ code: "bought_together", customers: 15 });
  expect(body.decision.offer.reason.text.en).toMatch(
    /^Bought together with “The (beans|grinder)” by 15 customers\.$/,
  );
  expect(body.decision.offer.reason.text.de).toMatch(
    /^Von 15 Kundinnen und Kunden zusammen mit „The (beans|grinder)“ gekauft\.$/,
  );

  const confirm = () => garden.send(browser, "/v1/decide/shown", { decisionId: body.decision.id });
  expect((await confirm()).status).toBe(200);
  expect((await confirm()).status).toBe(200);
  expect((await garden.send(browser, "/v1/decide/accepted", { decisionId: body.decision.id })).status).toBe(
    200,
  );
  expect(await told(userId)).toEqual([
    { name: "Offer Decided", arm: "treated", decisionId: body.decision.id, by: "" },
    { name: "Offer Shown", arm: "", decisionId: body.decision.id, by: "" },
    { name: "Offer Accepted", arm: "", decisionId: body.decision.id, by: "click" },
  ]);
});

test("what was just bought is not offered, before the next run too", async () => {
  const userId = await oneOf("treated", 1);
  expect((await decideAsBrand({ userId })).body.decision.offer.productId).toBe("kettle");
  await sendAll([order(userId, ["kettle"], 0)]);
  await garden.drained();
  await expect
    .poll(async () => (await decideAsBrand({ userId })).body.decision?.offer.productId, {
      timeout: 15_000,
      interval: 200,
    })
    .not.toBe("kettle");
});

test("without consent to profiling there is no decision, and the customer is in neither arm", async () => {
  const before = await arms();
  await sendAll([
    {
      ...order("shy", ["grinder"], 3),
      context: { consent: { categoryPreferences: { personalise: false } } },
    },
  ]);
  await garden.drained();
  expect((await decideAsBrand({ userId: "shy" })).body).toEqual({ decision: null, reason: "no_consent" });
  expect((await decideAsBrand({ userId: "nobody" })).body).toEqual({ decision: null, reason: "no_consent" });
  expect(await arms()).toBe(before);
  expect(await told("shy")).toEqual([]);
});
const arms = async () => (await query(garden.ctx.pool, sql`select customer_id from holdout_arms`)).length;

test("the holdout gets nothing, but its decision is kept with what would have been offered", async () => {
  // Enough customers that one of them is surely drawn into the holdout.
  await sendAll(Array.from({ length: 90 }, (_, n) => order(`h${n}`, ["grinder"], 6)));
  await garden.drained();
  let held = "";
  for (let n = 0; n < 90 && !held; n++)
    if (drawArm(garden.garden.salt, await customer(`h${n}`), 0.1) === "holdout") held = `h${n}`;
  const { body } = await decideAsBrand({ userId: held });
  expect(body).toMatchObject({ decision: null, reason: "holdout", arm: "holdout" });
  expect(await told(held)).toEqual([
    { name: "Offer Decided", arm: "holdout", decisionId: body.decisionId, by: "" },
  ]);
  expect((await garden.send(browser, "/v1/decide/shown", { decisionId: body.decisionId })).status).toBe(404);

  const userIdSignature = createHmac("sha256", signingSecret).update(held).digest("hex");
  expect((await decideAsPage({ userId: held, userIdSignature })).body).toEqual({
    decision: null,
    reason: "nothing_to_offer",
  });
});

test("an attacker with the public key learns nothing about somebody else", async () => {
  // Somebody else's userId, without and with a made-up signature.
  expect(await decideAsPage({ userId: "victim" })).toMatchObject({
    status: 403,
    body: { error: { code: "decide.not_proved" } },
  });
  expect(await decideAsPage({ userId: "victim", anonymousId: "attacker" })).toMatchObject({ status: 403 });
  const forged = createHmac("sha256", "guessed").update("victim").digest("hex");
  expect(await decideAsPage({ userId: "victim", userIdSignature: forged })).toMatchObject({
    status: 403,
    body: { error: { code: "decide.bad_signature" } },
  });
  expect(await garden.api("POST", "/v1/decide", { userId: "victim" }, "nobody")).toMatchObject({
    status: 401,
  });
  expect(await garden.api("POST", "/v1/decide", { userId: "victim" }, "analyst")).toMatchObject({
    status: 401,
  });

  // The own anonymousId, said to be the victim: what comes is what any visitor would get.
  await pageEvent("attacker", {
    type: "track",
    event: "Product Viewed",
    properties: { product_id: "beans" },
  });
  await pageEvent("attacker", { type: "identify", userId: "victim" });
  await pageEvent("bystander", {
    type: "track",
    event: "Product Viewed",
    properties: { product_id: "beans" },
  });
  const [attacked, usual] = await Promise.all([
    decideAsPage({ anonymousId: "attacker" }),
    decideAsPage({ anonymousId: "bystander" }),
  ]);
  expect(JSON.stringify(attacked.body)).not.toMatch(/secret|victim/);
  for (const { body } of [attacked, usual]) {
    const decision = body.decision as { offer: { reason: { code: string; because: unknown } } } | null;
    if (decision)
      expect(decision.offer.reason).toMatchObject({
        code: "viewed_together",
        because: { productId: "beans" },
      });
  }
  // A second browser id tied to the victim by `alias` reads nothing of the first one's browser either.
  await pageEvent("attacker2", { type: "alias", previousId: "attacker2", userId: "victim" });
  expect(JSON.stringify((await decideAsPage({ anonymousId: "attacker2" })).body)).not.toMatch(
    /secret|victim/,
  );
});

test("an attacker who claims to be somebody learns neither what they allowed nor their arm", async () => {
  const salt = garden.garden.salt;
  await sendAll([
    {
      ...order("closed", ["grinder"], 3),
      context: { consent: { categoryPreferences: { personalise: false } } },
    },
  ]);
  await sendAll(Array.from({ length: 90 }, (_, n) => order(`v${n}`, ["grinder"], 6)));
  await garden.drained();
  const drawn = async (id: string) => drawArm(salt, await customer(id), 0.1);
  let held = "";
  let open = "";
  for (let n = 0; n < 90 && !(held && open); n++) {
    if ((await drawn(`v${n}`)) === "holdout") held ||= `v${n}`;
    else open ||= `v${n}`;
  }
  await decideAsBrand({ userId: held });

  /** A browser of the attacker whose own arm is as wanted; it looks at a product and says to be the victim. */
  const attack = async (victim: string, own: "treated" | "holdout") => {
    for (let n = 0; ; n++) {
      const anonymousId = `${own}-${victim}-${n}`;
      await pageEvent(anonymousId, {
        type: "track",
        event: "Product Viewed",
        properties: { product_id: "beans" },
      });
      if ((await drawn(anonymousId)) !== own) continue;
      await pageEvent(anonymousId, { type: "identify", userId: victim });
      expect(await customer(anonymousId)).toBe(await customer(victim));
      const { body } = await decideAsPage({ anonymousId });
      return { offered: body.decision !== null, reason: body.reason };
    }
  };
  for (const victim of ["closed", held, open])
    expect(await attack(victim, "treated")).toEqual({ offered: true, reason: null });
  expect(await attack(open, "holdout")).toEqual({ offered: false, reason: "nothing_to_offer" });
  const [mixed] = await query(
    garden.ctx.pool,
    sql`select arm, mixed_at is not null as mixed from holdout_arms where customer_id = ${await customer(held)}`,
    z.object({ arm: z.string(), mixed: z.boolean() }),
  );
  // Both arms may have met one person: the customer keeps the arm, and is compared no more.
  expect(mixed).toEqual({ arm: "holdout", mixed: true });
});

test("a browser for which the brand vouches shares the customer's consent and arm", async () => {
  const allowing = { consent: { categoryPreferences: { personalise: true } } };
  await sendAll([{ ...order("lena", ["grinder"], 3), context: allowing }]);
  await pageEvent("lena-phone", { type: "page" });
  await pageEvent("lena-phone", { type: "identify", userId: "lena" });
  // Claimed by the browser first, and then signed by the brand.
  const userIdSignature = createHmac("sha256", signingSecret).update("lena").digest("hex");
  await pageEvent("lena-phone", { type: "identify", userId: "lena", userIdSignature });
  const asked = await decideAsPage({ anonymousId: "lena-phone" });
  const arm = drawArm(garden.garden.salt, await customer("lena"), 0.1);
  expect(asked.body.decision !== null).toBe(arm === "treated");
  const rows = await query(
    garden.ctx.pool,
    sql`select arm, mixed_at from holdout_arms where customer_id = ${await customer("lena")}`,
    z.object({ arm: z.string(), mixedAt: z.date().nullable() }),
  );
  expect(rows).toEqual([{ arm, mixedAt: null }]);
  await sendAll([
    {
      type: "track",
      event: "Told Otherwise",
      userId: "lena",
      context: { consent: { categoryPreferences: { personalise: false } } },
    },
  ]);
  await garden.drained();
  expect((await decideAsPage({ anonymousId: "lena-phone" })).body).toEqual({
    decision: null,
    reason: "no_consent",
  });
});

test("a browser that takes its consent back gets no decision, whomever it named", async () => {
  await pageEvent("fickle", { type: "identify", userId: "u1" });
  expect((await decideAsPage({ anonymousId: "fickle" })).body.reason).not.toBe("no_consent");
  await pageEvent("fickle", {
    type: "page",
    context: { consent: { categoryPreferences: { Analytics: true, Functional: false } } },
  });
  expect((await decideAsPage({ anonymousId: "fickle" })).body.reason).toBe("no_consent");
});

test("a signed userId gets what fits the customer", async () => {
  const userId = await oneOf("treated", 2);
  const userIdSignature = createHmac("sha256", signingSecret).update(userId).digest("hex");
  const { body } = await decideAsPage({ userId, userIdSignature });
  expect(body).toMatchObject({
    decision: { offer: { productId: "kettle", reason: { code: "bought_together" } } },
    reason: null,
  });
  expect(body).not.toHaveProperty("arm");
});

test("a page of another site may ask, and `at` is refused outside synthetic gardens", async () => {
  const preflight = await garden.app.http.inject({
    method: "OPTIONS",
    url: "/v1/decide",
    headers: {
      origin: "https://shop.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    },
  });
  expect(preflight.headers["access-control-allow-origin"]).toBe("https://shop.example");
  expect(preflight.headers["access-control-allow-headers"]).toContain("authorization");
  expect(await decideAsPage({ anonymousId: "x", at: ago(3) })).toMatchObject({
    status: 400,
    body: { error: { code: "decide.at_refused" } },
  });
});

test("a purchase of the shown product within two weeks is an acceptance, told once", async () => {
  const userId = await oneOf("treated", 3);
  const { body } = await decideAsBrand({ userId });
  await garden.api("POST", "/v1/decide/shown", { decisionId: body.decision.id });
  const bought = order(userId, [body.decision.offer.productId], 0);
  await sendAll([{ ...bought, timestamp: new Date(Date.now() + 60_000).toISOString() }]);
  await garden.drained();
  expect((await refreshOffers(garden.ctx)).acceptedByPurchase).toBe(1);
  await garden.drained();
  expect((await refreshOffers(garden.ctx)).acceptedByPurchase).toBe(0);
  expect((await told(userId)).map(({ name, by }) => [name, by])).toContainEqual([
    "Offer Accepted",
    "purchase",
  ]);
});

test("what was decided for one part of a merged customer is that part's again when the merge is taken back", async () => {
  const [one, other] = [await customer("u20"), await customer("u21")];
  const [survivor, joined] = [one, other].map((id) => publicId("customer", id));
  const merged = await garden.api("POST", `/api/customers/${survivor}/merges`, { joined });
  expect(merged.status).toBe(201);
  await garden.drained();
  expect((await decideAsBrand({ userId: "u21" })).status).toBe(200);
  // While they are one it is the whole customer's, whichever id asks.
  expect(await told("u20")).toMatchObject([{ name: "Offer Decided" }]);
  const arms = () =>
    query(
      garden.ctx.pool,
      sql`select customer_id, arm from holdout_arms where customer_id = any(${[one, other]}::bigint[]) and merged_into is null order by customer_id`,
    );
  const [whole] = await arms();
  await garden.api("POST", `/api/merges/${merged.body.id}/undo`);
  expect([await told("u20"), await told("u21")]).toMatchObject([[], [{ name: "Offer Decided" }]]);
  // They were treated as one, by one arm: each keeps it.
  expect(await arms()).toEqual(
    [one, other].sort((a, b) => a - b).map((id) => ({ customerId: id, arm: whole!.arm })),
  );
});
