import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { pino } from "pino";
import { expect, test } from "vitest";
import { openHttp } from "../src/platform/http/index.ts";

/** A server as it runs, with its times a hundredth as long. */
async function openServer() {
  const app = await openHttp({ log: pino({ level: "silent" }), trustProxy: false, hastens: 200 });
  app.get("/quick", () => ({ ok: true }));
  app.post("/body", (request) => ({ got: request.body !== undefined }));
  await app.listen({ port: 0, host: "127.0.0.1" });
  return { app, port: (app.server.address() as { port: number }).port };
}

/** Opens a connection and sends a text in pieces until it is cut off. */
async function dribble(port: number, pieces: readonly string[], everyMs: number) {
  const socket: Socket = connect(port, "127.0.0.1");
  let answer = "";
  let isOver = false;
  socket.on("data", (part) => {
    answer += part.toString();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    isOver = true;
  });
  for (const piece of pieces) {
    if (isOver) break;
    socket.write(piece);
    await wait(everyMs);
  }
  await expect.poll(() => isOver, { timeout: 20_000 }).toBe(true);
  return answer;
}

test("who dribbles the head or the body of a request is cut off, and others are answered meanwhile", async () => {
  const { app, port } = await openServer();
  const head = ["GET /quick HTTP/1.1\r\n", ...Array.from({ length: 200 }, (_, n) => `X-${n}: 1\r\n`)];
  const body = [
    "POST /body HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
    ...Array.from({ length: 200 }, () => " "),
  ];
  const slow = [
    ...Array.from({ length: 20 }, () => dribble(port, head, 50)),
    ...Array.from({ length: 20 }, () => dribble(port, body, 50)),
  ];
  for (let n = 0; n < 5; n++) expect((await fetch(`http://127.0.0.1:${port}/quick`)).status).toBe(200);
  for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1\.1 408/);
  await app.close();
});

test("a connection on which nothing is ever asked is closed", async () => {
  const { app, port } = await openServer();
  expect(await dribble(port, [], 0)).toMatch(/^(HTTP\/1\.1 408|$)/);
  await app.close();
});

test("a head that is too long or no HTTP at all is refused", async () => {
  const { app, port } = await openServer();
  expect(
    await dribble(port, [`GET /quick HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(100_000)}\r\n\r\n`], 0),
  ).toMatch(/^HTTP\/1\.1 431/);
  for (const text of [
    "\0\0\0\0\r\n\r\n",
    "GET\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ])
    expect(await dribble(port, [text], 0), text).toMatch(/^HTTP\/1\.1 400/);
  await app.close();
});

test("more connections than are allowed wait for nobody: the others go on", async () => {
  const app = await openHttp({ log: pino({ level: "silent" }), trustProxy: false });
  expect(app.server.maxConnections).toBeGreaterThan(1_000);
  await app.close();
});
