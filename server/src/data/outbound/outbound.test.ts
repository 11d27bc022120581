import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { startDispatch } from "./dispatch.ts";

let garden: TestGarden;
let writeKey = "";
beforeAll(async () => {
  garden = await openGarden({}, { webhookAllowPrivate: true });
  ({ writeKey } = await garden.source("server"));
  await garden.ctx.pool.query(
    `insert into purposes (key, kinds, name, wording, position) values ('partners', '{share}', '{"en":"Partners","de":"Partner"}', '{"en":"x","de":"x"}', 9)`,
  );
});

interface Heard {
  body: { id: string; name: string; customer: { userId: string }; properties: { n: number } };
  text: string;
  headers: Record<string, string>;
}

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

/** A system that hears of events. */
async function listener(
  answer: (response: ServerResponse, request: IncomingMessage) => void = (r) => void r.end(),
) {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", () => {
      heard.push({ text, body: JSON.parse(text), headers: request.headers as Record<string, string> });
      answer(response, request);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  closers.push(close);
  return { heard, close, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

let made = 0;
async function target(url: string, event: string) {
  const { status, body } = await garden.api("POST", "/api/webhook-targets", {
    name: `Target ${++made}`,
    url,
    events: [event],
  });
  expect(status).toBe(201);
  return body as { id: number; secret: string };
}
const shown = async (id: number) =>
  (await garden.api("GET", "/api/webhook-targets")).body.targets.find((one: { id: number }) => one.id === id);
const tell = (event: string, userId: string, n: number, partners: boolean | null = true) =>
  garden.send(writeKey, "/v1/track", {
    event,
    userId,
    properties: { n },
    ...(partners === null ? {} : { context: { consent: { categoryPreferences: { partners } } } }),
  });
const idle = () => garden.app.work.of(garden.garden.id).dispatch.idle();
const until = async (is: () => boolean) => {
  while (!is()) await new Promise((done) => setTimeout(done, 20));
};

test("a target that hangs holds up no other, and each hears in the order of time", async () => {
  const hanging = await listener(() => {});
  const quick = await listener();
  const { id } = await target(hanging.url, "Hung");
  await target(quick.url, "Hung");
  for (let n = 0; n < 40; n++) await tell("Hung", `k${n % 7}`, n);
  await garden.drained();
  await until(() => quick.heard.length >= 40);
  expect(quick.heard.map(({ body }) => body.properties.n)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  // The other is still at its first, however often it was tried.
  expect(new Set(hanging.heard.map(({ body }) => body.properties.n))).toEqual(new Set([0]));
  await garden.api("DELETE", `/api/webhook-targets/${id}`);
  hanging.close();
});

test("a delivery is signed, and says whose event it is by the brand's own number", async () => {
  const { heard, url } = await listener();
  const { secret } = await target(url, "Signed");
  await tell("Signed", "K-77", 1);
  await garden.drained();
  await until(() => heard.length >= 1);
  const { headers, text, body } = heard[0]!;
  const expected = createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64"))
    .update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`)
    .digest("base64");
  expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
  expect(body).toMatchObject({ id: headers["webhook-id"], name: "Signed", customer: { userId: "K-77" } });
  const all = await garden.api("GET", "/api/webhook-targets");
  expect(JSON.stringify(all.body)).not.toContain(secret);
});

test("an event of a customer who did not agree to sharing does not leave", async () => {
  const { heard, url } = await listener();
  const { id } = await target(url, "Shared");
  await tell("Shared", "silent", 1, null);
  await tell("Shared", "refused", 2, false);
  await tell("Shared", "agreed", 3, true);
  await garden.drained();
  await until(() => heard.length >= 1);
  await idle();
  expect(heard.map(({ body }) => body.properties.n)).toEqual([3]);
  expect(await shown(id)).toMatchObject({ withheld: 2, sent: 1 });
});

test("a consent that is taken back while an event waits keeps it here", async () => {
  let status = 503;
  const { heard, url } = await listener((response) => void response.writeHead(status).end());
  const { id } = await target(url, "Regretted");
  await tell("Regretted", "regret", 1);
  await garden.drained();
  await until(() => heard.length >= 1);
  await idle();
  await tell("Something Else", "regret", 2, false);
  await garden.drained();
  status = 200;
  await garden.api("PATCH", `/api/webhook-targets/${id}`, { enabled: true });
  await idle();
  expect(heard).toHaveLength(1);
  const { items } = (await garden.api("GET", `/api/webhook-targets/${id}/deliveries`)).body;
  expect(items).toMatchObject([{ state: "withheld" }]);
});

test("a target that fails is tried again, left alone for longer, and switched off in the end with its queue kept", async () => {
  let status = 500;
  const { heard, url } = await listener((response) => void response.writeHead(status).end());
  const { id } = await target(url, "Failing");
  await tell("Failing", "f", 1);
  await tell("Failing", "f", 2);
  await garden.drained();
  await until(() => heard.length >= 1);
  await idle();
  expect(await shown(id)).toMatchObject({ state: "on", failures: 1, lastError: "status 500", waiting: 2 });
  // Not due yet.
  await idle();
  expect(heard).toHaveLength(1);
  for (let attempt = 2; attempt <= 12; attempt++) {
    garden.clock.now = new Date((await shown(id)).nextAt);
    await idle();
    expect(heard).toHaveLength(attempt);
  }
  expect(await shown(id)).toMatchObject({ state: "broken", failures: 12, waiting: 2 });
  await tell("Failing", "f", 3);
  await garden.drained();

  status = 200;
  await garden.api("PATCH", `/api/webhook-targets/${id}`, { enabled: true });
  await until(() => heard.length >= 15);
  await idle();
  expect(heard.slice(12).map(({ body }) => body.properties.n)).toEqual([1, 2, 3]);
  // The same id each time: who hears it twice can tell.
  expect(new Set(heard.slice(0, 13).map(({ body }) => body.id)).size).toBe(1);
  expect(await shown(id)).toMatchObject({ state: "on", failures: 0, waiting: 0, sent: 3 });
});

test("what a target refuses stands in the log and can be sent again; a redirect is not followed", async () => {
  const elsewhere = await listener();
  let isWrong = true;
  const { heard, url } = await listener((response) => {
    if (isWrong) response.writeHead(302, { location: elsewhere.url }).end();
    else response.end();
  });
  const { id } = await target(url, "Refused");
  await tell("Refused", "r", 1);
  await garden.drained();
  await until(() => heard.length >= 1);
  await idle();
  const log = async () => (await garden.api("GET", `/api/webhook-targets/${id}/deliveries`)).body.items;
  expect(await log()).toMatchObject([{ state: "failed", status: 302, error: "redirect", attempts: 1 }]);
  isWrong = false;
  const replay = (delivery?: number) =>
    garden.api("POST", `/api/webhook-targets/${id}/replay`, delivery === undefined ? {} : { delivery });
  expect((await replay()).body).toEqual({ deliveries: 1 });
  await until(() => heard.length >= 2);
  await idle();
  expect(await log()).toMatchObject([{ state: "sent", status: 200 }]);
  expect((await replay(999_999)).status).toBe(404);
  expect(elsewhere.heard).toEqual([]);
});

test("two processes share the work: each event is sent once, in order", async () => {
  const { heard, url } = await listener();
  await target(url, "Twice");
  const other = startDispatch(garden.ctx, { allowPrivate: true });
  for (let n = 0; n < 30; n++) {
    await tell("Twice", "t", n);
    other.wake();
  }
  await garden.drained();
  await until(() => heard.length >= 30);
  await other.idle();
  await other.stop();
  await idle();
  expect(heard.map(({ body }) => body.properties.n)).toEqual(Array.from({ length: 30 }, (_, n) => n));
});

test("where private addresses are not allowed, one that leads there now is not called, whatever it was when it was made", async () => {
  const { heard, url } = await listener();
  const { id } = await target(url, "Rebound");
  const strict = startDispatch(garden.ctx, { allowPrivate: false });
  await garden.ctx.pool.query(
    `update webhook_targets set busy_until = now() + interval '1 hour' where id = ${id}`,
  );
  await tell("Rebound", "r", 1);
  await garden.drained();
  await idle();
  await garden.ctx.pool.query(
    `update webhook_targets set busy_until = null where id <> ${id} and busy_until < now()`,
  );
  // Only the strict one is there when the target becomes free.
  await garden.app.work.of(garden.garden.id).dispatch.stop();
  await garden.ctx.pool.query(`update webhook_targets set busy_until = null where id = ${id}`);
  await strict.idle();
  await strict.stop();
  expect(heard).toEqual([]);
  expect(await shown(id)).toMatchObject({ state: "broken", lastError: "plain" });
});
