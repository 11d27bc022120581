import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { z } from "zod";
import { openGarden } from "../../../test/harness.ts";
import { parseId, publicId } from "../../platform/ids.ts";
import { answersOf, npsScore } from "./index.ts";

const rondell = await openGarden();
const { api, app, ctx, drained } = rondell;
const always = { from: new Date(0), to: new Date("2100-01-01") };

const draft = (slug: string) => ({
  name: "After your delivery",
  slug,
  language: "de",
  question: { de: "Würden Sie uns empfehlen?", en: "Would you recommend us?" },
});

async function openSurvey(slug: string): Promise<string> {
  const { body } = await api("POST", "/api/surveys", draft(slug));
  await api("POST", `/api/surveys/${body.id}/publish`);
  return body.id;
}

async function answer(slug: string, given: object) {
  const reply = await app.http.inject({
    method: "POST",
    url: `/p/api/surveys/${slug}/answers`,
    payload: { key: randomUUID(), ...given },
  });
  return { status: reply.statusCode, body: reply.json() };
}

async function knownCustomer(email: string): Promise<string> {
  const server = await rondell.source("server");
  await rondell.send(server.writeKey, "/v1/identify", {
    userId: email,
    traits: { email, name: `Name of ${email}` },
  });
  await drained();
  const { rows } = await ctx.pool.query("select id from customers where email = $1", [email]);
  return publicId("customer", Number(rows[0].id));
}

async function personalToken(surveyId: string, customerId: string): Promise<string> {
  const { body } = await api("POST", `/api/surveys/${surveyId}/links`, { customerId });
  return new URL(body.url).searchParams.get("t")!;
}

const EventRow = z.object({
  name: z.string(),
  customerId: z.number(),
  properties: z.record(z.string(), z.unknown()),
});
const eventsOf = (slug: string) =>
  ctx.events.query(
    EventRow,
    { slug },
    "select name, customer_id, properties from events where properties.slug::String = {slug:String} order by received_at, name",
  );

test("a draft has no public page; published, it takes an answer that becomes an event and moves the score", async () => {
  const before = await npsScore(ctx, always);
  const { status, body } = await api("POST", "/api/surveys", draft("delivery"));
  expect(status).toBe(201);
  expect((await answer("delivery", { score: 9 })).status).toBe(404);

  await api("POST", `/api/surveys/${body.id}/publish`);
  expect((await answer("delivery", { score: 9, reason: "Schnell und freundlich" })).status).toBe(200);
  await drained();

  const after = await npsScore(ctx, always);
  expect(after.promoters).toBe(before.promoters + 1);
  const [event] = await eventsOf("delivery");
  expect(event).toMatchObject({
    name: "Survey Answered",
    customerId: 0,
    properties: { score: 9, group: "promoter" },
  });
});

test("an answer without a name leaves nothing about a customer: no consent, no visit, no trait", async () => {
  await openSurvey("nameless");
  await answer("nameless", { score: 6 });
  await drained();
  expect(await eventsOf("nameless")).toMatchObject([{ name: "Survey Answered", customerId: 0 }]);
  for (const table of ["consent_answers", "consent_current"]) {
    const { rows } = await ctx.pool.query(`select count(*)::int as n from ${table} where customer_id = 0`);
    expect(rows).toEqual([{ n: 0 }]);
  }
  const stored = await ctx.events.query(
    z.object({ n: z.number() }),
    {},
    "select count() as n from customers_stored where customer_id = 0",
  );
  expect(stored).toEqual([{ n: 0 }]);
});

test("the words of an answer stay in Postgres and never reach the event store", async () => {
  const id = await openSurvey("words");
  await answer("words", { score: 3, reason: "Unverwechselbare Worte" });
  await drained();
  expect(await ctx.events.text({}, "select * from events_stored", "JSONEachRow")).not.toContain(
    "Unverwechselbare",
  );
  const { body } = await api("GET", `/api/surveys/${id}/answers`);
  expect(body.answers[0]).toMatchObject({ score: 3, reason: "Unverwechselbare Worte", customer: null });
});

test("by a personal link the answer belongs to the customer, once, and can be changed until the survey closes", async () => {
  const id = await openSurvey("personal");
  const ada = await knownCustomer("ada@example.org");
  const token = await personalToken(id, ada);
  const other = await personalToken(id, ada);

  await answer("personal", { score: 4, token });
  await answer("personal", { score: 9, token: other, reason: "Alles gut geworden" });
  await drained();

  const adaId = parseId("customer", ada)!;
  const own = await answersOf(ctx, [adaId]);
  expect(own).toHaveLength(1);
  expect(own[0]).toMatchObject({
    score: 9,
    reason: "Alles gut geworden",
    customerId: adaId,
    group: "promoter",
  });
  const events = await eventsOf("personal");
  expect(events.map((event) => [event.name, event.customerId, event.properties.score])).toEqual([
    ["Survey Answered", adaId, 4],
    ["Survey Answer Changed", adaId, 9],
  ]);

  await api("POST", `/api/surveys/${id}/close`);
  expect(await answer("personal", { score: 0, token })).toMatchObject({
    status: 409,
    body: { error: { code: "survey.closed" } },
  });
});

test("a link of another survey, and a token that nobody was given, answer for nobody", async () => {
  const id = await openSurvey("mine");
  await openSurvey("theirs");
  const token = await personalToken(id, await knownCustomer("grace@example.org"));
  expect((await answer("theirs", { score: 10, token })).status).toBe(404);
  expect(
    (await answer("mine", { score: 10, token: `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}` }))
      .status,
  ).toBe(404);
});

test("the same answer sent twice counts once", async () => {
  await openSurvey("twice");
  const key = randomUUID();
  const both = await Promise.all([answer("twice", { score: 8, key }), answer("twice", { score: 8, key })]);
  expect(both.map((reply) => reply.status)).toEqual([200, 200]);
  await drained();
  expect(await eventsOf("twice")).toHaveLength(1);
});

test("a visitor id ties the answer to a visitor whom we know, and to nobody else", async () => {
  await openSurvey("visitor");
  const server = await rondell.source("server");
  await rondell.send(server.writeKey, "/v1/track", { anonymousId: "browser-1", event: "Product Viewed" });
  await drained();
  const known = await answer("visitor", { score: 7, anonymousId: "browser-1" });
  const unknown = await answer("visitor", { score: 7, anonymousId: "browser-2" });
  expect(known.body.token).toMatch(/^[\w-]{32}$/);
  expect(unknown.body.token).toBeNull();
});

test("each detractor opens an alert, and what was done about it stands in the audit trail", async () => {
  const before = (await api("GET", "/api/survey-alerts/count")).body.open;
  const id = await openSurvey("alerts");
  const customer = await knownCustomer("carla@example.org");
  await answer("alerts", {
    score: 2,
    reason: "Das Paket stand im Regen",
    token: await personalToken(id, customer),
  });
  await answer("alerts", { score: 8 });

  const { body } = await api("GET", "/api/survey-alerts?state=open&max=200");
  expect(body.open).toBe(before + 1);
  const alert = body.alerts.find((one: { surveyId: string }) => one.surveyId === id);
  expect(alert).toMatchObject({
    score: 2,
    reason: "Das Paket stand im Regen",
    customer: { id: customer, name: "Name of carla@example.org" },
  });

  const done = await api(
    "POST",
    `/api/survey-alerts/${alert.id}/notes`,
    { text: "Called back, sent a new parcel" },
    "service",
  );
  expect(done.body).toMatchObject({
    state: "done",
    notes: [{ text: "Called back, sent a new parcel", closed: true }],
  });
  expect((await api("GET", "/api/survey-alerts/count")).body.open).toBe(before);
  const { rows } = await ctx.pool.query("select action, after from audit where subject = $1", [
    `alert ${alert.id}`,
  ]);
  expect(rows).toMatchObject([{ action: "survey.alert_closed", after: { state: "done" } }]);
  expect((await api("POST", `/api/survey-alerts/${alert.id}/notes`, { text: "No" }, "analyst")).status).toBe(
    403,
  );
});

test("a list of links leaves out whoever may not be written to, and their address", async () => {
  const id = await openSurvey("list");
  const [yes, no] = [await knownCustomer("yes@example.org"), await knownCustomer("no@example.org")];
  const { recordAnswers } = await import("../../data/consent/index.ts");
  await ctx.inTransaction((tx) =>
    recordAnswers(tx, [
      {
        customerId: parseId("customer", yes)!,
        purpose: "contact",
        granted: true,
        basis: "consent",
        origin: "test",
        at: ctx.now(),
      },
    ]),
  );
  const { body } = await api("POST", `/api/surveys/${id}/links.csv`, { customerIds: [yes, no] });
  const lines = String(body).trim().split("\r\n");
  expect(lines[1]).toMatch(
    new RegExp(`^${yes},Name of yes@example.org,yes@example.org,http://.*/s/list\\?t=[\\w-]{32},ok$`),
  );
  expect(lines[2]).toBe(`${no},,,,no_consent`);
  await drained();
  const everyone = await api("POST", `/api/surveys/${id}/links.csv`, {});
  expect(String(everyone.body).trim().split("\r\n")).toHaveLength(2);
  // Showing the link to its customer is no message: it may be made, and says so.
  expect((await api("POST", `/api/surveys/${id}/links`, { customerId: no })).body).toMatchObject({
    contactable: false,
  });
});

test("results hold the score with its interval, the distribution and the trend in the garden's days", async () => {
  const id = await openSurvey("results");
  for (const score of [10, 10, 9, 8, 7, 3]) await answer("results", { score });
  const { body } = await api("GET", `/api/surveys/${id}/results?step=day`);
  expect(body.distribution).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 2]);
  expect(body.score).toMatchObject({ promoters: 3, passives: 2, detractors: 1, answers: 6 });
  expect(body.score.estimate.score).toBeCloseTo(100 / 3, 6);
  expect(body.score.estimate.low).toBeLessThan(body.score.estimate.score);
  expect(body.trend.reduce((sum: number, point: { answers: number }) => sum + point.answers, 0)).toBe(6);
  const page = await api("GET", `/api/surveys/${id}/answers?max=4`);
  const rest = await api("GET", `/api/surveys/${id}/answers?max=4&before=${page.body.next}`);
  expect(page.body.answers.length + rest.body.answers.length).toBe(6);
  expect(rest.body.next).toBeNull();
});

test("an address belongs to one survey, and an open survey keeps its question", async () => {
  const id = await openSurvey("taken");
  expect((await api("POST", "/api/surveys", draft("taken"))).body.error.code).toBe("survey.slug_taken");
  const change = await api("PATCH", `/api/surveys/${id}`, { question: { de: "Ganz anders?" } });
  expect(change.body.error.code).toBe("survey.not_draft");
  expect((await api("PATCH", `/api/surveys/${id}`, { name: "Renamed" })).body.name).toBe("Renamed");
  const empty = { ...draft("empty"), question: { de: " ", en: "Only English?" } };
  expect((await api("POST", "/api/surveys", empty)).body.error.code).toBe("survey.no_question");
});

test("what one part of a merged customer answers is that part's again when the merge is taken back", async () => {
  const survey = await openSurvey("merged-answer");
  const [one, other] = [
    await knownCustomer("one@merged.example"),
    await knownCustomer("other@merged.example"),
  ];
  const token = await personalToken(survey, other);
  const merged = await api("POST", `/api/customers/${one}/merges`, { joined: other });
  expect((await answer("merged-answer", { score: 9, token })).status).toBe(200);
  await drained();
  const scores = async (id: string) =>
    (await answersOf(ctx, [parseId("customer", id)!], 10)).map((given) => given.score);
  expect(await scores(one)).toEqual([9]);
  const whose = async () =>
    (await eventsOf("merged-answer")).map((event) => publicId("customer", event.customerId));
  expect(new Set(await whose())).toEqual(new Set([one]));
  await api("POST", `/api/merges/${merged.body.id}/undo`);
  await drained();
  expect([await scores(one), await scores(other)]).toEqual([[], [9]]);
  expect(new Set(await whose())).toEqual(new Set([other]));
});
