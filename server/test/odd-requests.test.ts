import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "./harness.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

test("a text with the character NUL, which Postgres knows not, is refused with words", async () => {
  for (const [method, url, body] of [
    ["GET", "/api/customers?search=a%00b"],
    ["GET", "/api/customers.csv?search=%00"],
    ["GET", "/api/accounts.csv?search=%00"],
    ["GET", "/api/audit?action=%00"],
    ["GET", "/api/jobs?name=%00"],
    ["GET", "/api/offer/customers/%00/next"],
    ["GET", "/p/api/surveys/%00"],
    ["POST", "/p/api/surveys/%00/answers", { score: 9, key: "k".repeat(16) }],
  ] as const) {
    const { status, body: answer } = await garden.api(method, url, body);
    expect({ url, status, code: answer.error?.code }).toEqual({ url, status: 400, code: "request.invalid" });
    expect(answer.error.message).toContain("NUL");
  }
});

test("a write key with the character NUL is a key that nobody has", async () => {
  const settings = await garden.api("GET", "/v1/projects/a%00b/settings", undefined, "nobody");
  expect({ status: settings.status, code: settings.body.error.code }).toEqual({
    status: 404,
    code: "key.unknown",
  });
  const call = { userId: "u1", event: "Product Viewed" };
  const sent = await garden.send("a\0b", "/v1/track", call);
  expect({ status: sent.status, error: sent.body.error }).toMatchObject({
    status: 401,
    error: { code: "key.unknown" },
  });
});

test("an address that cannot be read is refused in the shape of all refusals", async () => {
  for (const [method, url, status] of [
    ["GET", "/api/customers/%E0%A4%A", 400],
    ["GET", "/%ff%fe", 400],
    ["PUT", `/api/imports/mappings/${"x".repeat(200)}`, 414],
  ] as const) {
    const answer = await garden.api(method, url);
    expect({ url, status: answer.status, code: answer.body.error.code }).toEqual({
      url,
      status,
      code: "request.invalid",
    });
  }
});

test("whoever is signed in and names a garden that is not there is told so", async () => {
  const { insertOperator } = await import("../src/garden/operators/store.ts");
  const { hashPassword } = await import("better-auth/crypto");
  const [email, password] = ["owner@example.com", "correct horse battery"];
  const passwordHash = await hashPassword(password);
  await garden.ctx.inTransaction((tx) =>
    insertOperator(tx, {
      ...{ email, name: "Owner", role: "owner", language: "en" },
      ...{ passwordHash, oneTimeUntil: null, at: new Date() },
    }),
  );
  const host = "127.0.0.1:4300";
  const signedIn = await garden.app.http.inject({
    method: "POST",
    url: "/api/auth/sign-in/email",
    headers: { host },
    payload: { email, password },
  });
  const cookie = [signedIn.headers["set-cookie"] ?? []].flat().join("; ");
  for (const [method, url, payload] of [
    ["GET", "/api/portal/look", undefined],
    ["GET", "/api/customers", undefined],
    ["GET", "/api/jobs", undefined],
    ["GET", "/api/jobs/00000000-0000-4000-8000-000000000000", undefined],
    ["PATCH", "/api/me", { name: "Ada" }],
    ["POST", "/api/me/password", { currentPassword: password, newPassword: "another horse battery" }],
  ] as const) {
    const answer = await garden.app.http.inject({
      ...{ method, url: `${url}?garden=nowhere`, headers: { host, cookie, origin: `http://${host}` } },
      ...(payload ? { payload } : {}),
    });
    // A run that nobody knows is missing before its garden is.
    expect({ url, status: answer.statusCode }).toEqual({ url, status: 404 });
    expect(answer.json().error.code).toMatch(/^(garden|job)\.missing$/);
  }
});

test("a head whose Host names no address is refused where the address matters", async () => {
  const { id, writeKey } = await garden.source("browser");
  const { createToken } = await import("../src/garden/index.ts");
  const { publicId } = await import("../src/platform/ids.ts");
  const { token } = await createToken(garden.ctx, { name: "reader", scopes: ["settings:read"] });
  for (const host of ["evil.example:99999", 'a"><script>', "a b"]) {
    for (const url of [`/v1/projects/${writeKey}/settings`, `/api/sources/${publicId("source", id)}`]) {
      const headers = { host, authorization: `Bearer ${token}` };
      const answer = await garden.app.http.inject({ url, headers });
      expect({ url, host, code: answer.json().error?.code }).toEqual({ url, host, code: "request.invalid" });
    }
  }
});

test("a rule of retention that stands twice, and a run that would observe the first century, are refused", async () => {
  const rule = { rule: "inactive_customers", months: 12, mode: "erase" };
  for (const [method, url, body] of [
    ["PUT", "/api/privacy/retention", { rules: [rule, { ...rule, months: 24 }] }],
    ["POST", "/api/insight/runs", { until: "0001-01-01" }],
  ] as const) {
    const { status, body: answer } = await garden.api(method, url, body);
    expect({ url, status, code: answer.error?.code }).toEqual({ url, status: 400, code: "request.invalid" });
  }
});

test("half a character, as left where a text was cut in an emoji, is taken as U+FFFD and holds nothing up", async () => {
  const half = "cut \\ud83d";
  const whole = "cut \ufffd";
  const send = (url: string, method: "POST" | "PUT", authorization: string, payload: string) =>
    garden.app.http.inject({
      method,
      url,
      headers: { authorization, "content-type": "application/json" },
      payload,
    });
  const { createToken } = await import("../src/garden/index.ts");
  const { token } = await createToken(garden.ctx, {
    name: "half",
    scopes: ["settings:write", "settings:read"],
  });
  const kinds = `{"kinds":[{"key":"talk","name":"${half}","channel":"shop"}],"topics":[]}`;
  const kept = await send("/api/contacts/settings", "PUT", `Bearer ${token}`, kinds);
  expect(kept.statusCode, kept.body).toBe(200);
  expect((await garden.api("GET", "/api/contacts")).body.settings.kinds[0].name).toBe(whole);

  const { writeKey } = await garden.source("server");
  const basic = `Basic ${Buffer.from(`${writeKey}:`).toString("base64")}`;
  const events = `{"batch":[
    {"type":"track","event":"Seat Chosen","userId":"half-1","messageId":"half-1","properties":{"note":"${half}"}},
    {"type":"identify","userId":"half-1","messageId":"half-2","traits":{"note":"${half}"}}]}`;
  expect((await send("/v1/batch", "POST", basic, events)).statusCode).toBe(200);
  await garden.drained();
  const { rows } = await garden.ctx.pool.query(
    "select traits->>'note' as note from customers where traits ? 'note'",
  );
  expect(rows).toEqual([{ note: whole }]);
  const [row] = await garden.ctx.events.query(
    z.object({ note: z.string() }),
    {},
    "select toString(properties.note) as note from events where name = 'Seat Chosen'",
  );
  expect(row).toEqual({ note: whole });
});

test("the character NUL in the name of a property holds up no batch, of whomever it is told", async () => {
  const { writeKey } = await garden.source("browser");
  const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString("base64")}`;
  // Whoever allows nothing is shown by the shape of what came, whoever does by what came.
  for (const context of [{}, { consent: { categoryPreferences: { Analytics: true } } }]) {
    const answer = await garden.app.http.inject({
      ...{ method: "POST", url: "/v1/track", headers: { authorization } },
      payload: { anonymousId: "nul", event: "Seat Turned", properties: { "no\0te": "a\0b" }, context },
    });
    expect(answer.statusCode).toBe(200);
  }
  await garden.drained();
  const { rows } = await garden.ctx.pool.query(
    "select (select count(*)::int from inbox) as waiting, (select count(*)::int from recent_events where name = 'Seat Turned') as shown",
  );
  expect(rows).toEqual([{ waiting: 0, shown: 2 }]);
});
