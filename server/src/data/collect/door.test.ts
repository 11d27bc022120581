import { gzipSync } from "node:zlib";
import Fastify, { type FastifyBaseLogger, LogController } from "fastify";
import { pino } from "pino";
import { beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { createToken, type Gardens, rightNames } from "../../garden/index.ts";
import { collectRoutes } from "./routes.ts";

/** What stands at the door: who may send, and what becomes of requests that cannot be taken. */
let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

const rejectedOf = async (name: string) =>
  ((await garden.api("GET", "/api/events/rejected?max=200")).body.items as { source: string; code: string }[])
    .filter((one) => one.source === name)
    .map((one) => one.code);
async function counted(outcome: string, reason: string): Promise<number> {
  const { body } = await garden.api("GET", "/metrics");
  const line = `rondell_collect_events_total{outcome="${outcome}",reason="${reason}"} `;
  const found = String(body)
    .split("\n")
    .find((one) => one.startsWith(line));
  return Number(found?.slice(line.length) ?? 0);
}
const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}` });

describe("a request of which no event can be looked at", () => {
  const json = { "content-type": "application/json" };
  test.each<[string, string | Buffer | undefined, Record<string, string>, number, string]>([
    ["malformed JSON", '{"email":"ada@example.org"', json, 400, "body.bad_json"],
    ["no body", undefined, {}, 400, "body.missing"],
    ["bad gzip", Buffer.from([0x1f, 0x8b, 8, 1, 2, 3]), json, 400, "body.bad_gzip"],
    ["a gzip bomb", gzipSync(Buffer.alloc(30_000_000, 32)), json, 413, "body.too_large"],
    ["600 KB", JSON.stringify({ batch: [], pad: "x".repeat(600_000) }), json, 413, "body.too_large"],
    ["3 MB", JSON.stringify({ batch: [], pad: "x".repeat(3_000_000) }), json, 413, "body.too_large"],
    ["3 MB of text", "x".repeat(3_000_000), { "content-type": "text/plain" }, 413, "body.too_large"],
    ["no batch in it", "{}", json, 400, "batch.missing"],
  ])(
    "%s is answered in our words, counted by its reason and shown",
    async (name, payload, headers, status, code) => {
      const { id, writeKey } = await garden.source("server");
      await garden.api("PATCH", `/api/sources/${(await sourceIds()).get(id)}`, { name });
      const before = await counted("refused", code);
      const answer = await garden.app.http.inject({
        method: "POST",
        url: "/v1/batch",
        headers: { ...basic(writeKey), ...headers },
        ...(payload === undefined ? {} : { payload }),
      });
      expect(answer.statusCode).toBe(status);
      expect(answer.json().error).toMatchObject({
        code,
        message: expect.stringMatching(/^[A-Z].*(500 KB|JSON|gzip|batch)/),
      });
      expect(await counted("refused", code)).toBe(before + 1);
      expect(await rejectedOf(name)).toEqual([code]);
      const { rows } = await garden.ctx.pool.query("select * from rejected_events");
      expect(JSON.stringify(rows)).not.toContain("ada@example.org");
    },
  );
  const sourceIds = async () => {
    const { sources } = (await garden.api("GET", "/api/sources")).body as { sources: { id: string }[] };
    const { parseId } = await import("../../platform/ids.ts");
    return new Map(sources.map((source) => [parseId("source", source.id)!, source.id]));
  };

  test("is logged by its reason, without a word of what was sent, and not for every one of a flood", async () => {
    const { writeKey, id } = await garden.source("browser");
    const lines: Record<string, unknown>[] = [];
    const write = (line: string) => void lines.push(JSON.parse(line));
    const http = Fastify({
      loggerInstance: pino({ level: "warn" }, { write }) as FastifyBaseLogger,
      logController: new LogController({ disableRequestLogging: true }),
    });
    http.removeAllContentTypeParsers();
    http.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    collectRoutes(http, {
      gardens: garden.app.gardens,
      networkOf: () => undefined,
      inbox: () => garden.app.work.of("test").inbox,
      now: () => new Date(),
      count: () => {},
    });
    const body = '{"traits":{"email":"ada@example.org"';
    for (let n = 0; n < 20; n++)
      await http.inject({ method: "POST", url: "/v1/identify", headers: basic(writeKey), payload: body });
    await http.close();
    expect(lines[0]).toMatchObject({ code: "body.bad_json", route: "/v1/identify", sourceId: id });
    expect(lines.length).toBeLessThan(20);
    expect(JSON.stringify(lines)).not.toMatch(/ada|wk_|127\.0\.0\.1/);
  });

  test("an unknown key is counted, and shown to nobody", async () => {
    const before = await counted("refused", "key.unknown");
    for (const body of [
      { userId: "u", event: "x" },
      { writeKey: "wk_nobody", userId: "u", event: "x" },
    ])
      expect(await garden.send("wk_nobody", "/v1/track", body)).toMatchObject({
        status: 401,
        body: { error: { code: "key.unknown" } },
      });
    expect(await counted("refused", "key.unknown")).toBe(before + 2);
  });

  test("events that are rejected one by one are counted by their reason too", async () => {
    const { writeKey } = await garden.source("server");
    const before = [await counted("accepted", ""), await counted("rejected", "event.too_large")];
    const batch = [
      { type: "track", userId: "u", event: "Good" },
      { type: "track", userId: "u", event: "Large", properties: { text: "x".repeat(33_000) } },
    ];
    expect((await garden.send(writeKey, "/v1/batch", { batch })).body).toMatchObject({
      accepted: 1,
      rejected: [{ code: "event.too_large" }],
    });
    expect([await counted("accepted", ""), await counted("rejected", "event.too_large")]).toEqual(
      before.map((count) => count + 1),
    );
  });
});

describe("a secret token", () => {
  const send = (token: string, body: object) =>
    garden.app.http.inject({
      method: "POST",
      url: "/v1/identify",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      payload: JSON.stringify(body),
    });
  const sourcesOf = async () =>
    (
      await garden.ctx.pool.query(
        `select s.name, count(*)::int as n from message_ids m join sources s on s.id = m.source_id
          where m.message_id like 'token-%' group by s.name order by s.name`,
      )
    ).rows;

  test("with the scope collect:write writes as the brand, for a source of its own or the one named", async () => {
    const { token } = await createToken(garden.ctx, { name: "till", scopes: ["collect:write"] });
    const { writeKey } = await garden.source("server");
    const call = (n: number) => ({
      userId: `till-${n}`,
      messageId: `token-${n}`,
      traits: { email: `till-${n}@example.org` },
    });
    const answers = await Promise.all([1, 2, 3].map((n) => send(token, call(n))));
    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200]);
    expect((await send(token, { ...call(4), writeKey })).statusCode).toBe(200);
    expect((await send(token, { ...call(5), writeKey: "wk_nobody" })).statusCode).toBe(401);
    await garden.drained();
    expect(await sourcesOf()).toEqual([
      { name: "API tokens", n: 3 },
      { name: "server", n: 1 },
    ]);
    // Only the brand itself gives a customer an e-mail to be found by.
    const { rows } = await garden.ctx.pool.query(
      "select count(*)::int as n from identifiers where kind = 'email' and value like 'till-%'",
    );
    expect(rows).toEqual([{ n: 4 }]);

    const { sources } = (await garden.api("GET", "/api/sources")).body;
    const own = sources.filter((source: { name: string }) => source.name === "API tokens");
    expect(own).toMatchObject([{ kind: "server", consentMode: "basis" }]);
    await garden.api("PATCH", `/api/sources/${own[0].id}`, { enabled: false });
    const off = await send(token, call(5));
    expect([off.statusCode, off.json().error.code]).toEqual([403, "source.disabled"]);
  });

  test("without that scope, or unknown, is refused", async () => {
    const { token } = await createToken(garden.ctx, { name: "reader", scopes: ["data:read"] });
    const { writeKey } = await garden.source("server");
    for (const body of [{ userId: "u" }, { userId: "u", writeKey }]) {
      const refused = await send(token, body);
      expect([refused.statusCode, refused.json().error.code]).toEqual([403, "right.missing"]);
    }
    const unknown = await send("rk_nobody", { userId: "u" });
    expect([unknown.statusCode, unknown.json().error.code]).toEqual([401, "token.unknown"]);
  });

  test("each right that a token can be given opens something", async () => {
    const used = new Set(
      garden.app.http.declaredRoutes.flatMap(({ access }) =>
        typeof access === "object" && access !== null && "right" in access ? [access.right] : [],
      ),
    );
    // What is asked for within handlers: the collect paths, and decisions about anyone.
    const within = ["collect:write", "decide:read"];
    expect(rightNames.filter((right) => !used.has(right) && !within.includes(right))).toEqual([]);
  });
});

test("the settings of the Segment client lead to the address that browsers use", async () => {
  const { writeKey } = await garden.source("browser");
  const ask = async (publicUrl: string | undefined, trustProxy: boolean, headers: Record<string, string>) => {
    const http = Fastify({ trustProxy });
    const gardens: Gardens = garden.app.gardens;
    collectRoutes(http, {
      gardens,
      networkOf: () => undefined,
      inbox: () => garden.app.work.of("test").inbox,
      now: () => new Date(),
      publicUrl,
      count: () => {},
    });
    const answer = await http.inject({ url: `/v1/projects/${writeKey}/settings`, headers });
    await http.close();
    const { apiHost, protocol } = answer.json().integrations["Segment.io"];
    return `${protocol}://${apiHost}`;
  };
  const headers = {
    host: "inner:4300",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "data.shop.example",
  };
  expect(await ask("https://rondell.shop.example", false, headers)).toBe("https://rondell.shop.example/v1");
  expect(await ask("https://shop.example:8443/rondell", true, headers)).toBe(
    "https://shop.example:8443/rondell/v1",
  );
  expect(await ask(undefined, true, headers)).toBe("https://data.shop.example/v1");
  expect(await ask(undefined, false, headers)).toBe("http://inner:4300/v1");
});
