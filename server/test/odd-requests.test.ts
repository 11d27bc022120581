import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "./harness.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

test("a text with the character NUL, which Postgres knows not, is refused with words", async () => {
  for (const [method, url, body] of [
    ["GET", "/api/customers?search=a%00b"],
    ["GET", "/api/customers.csv?search=%00"],
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
