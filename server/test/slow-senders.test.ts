import { once } from "node:events";
import { connect, type Server, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { pino } from "pino";
import { expect, test } from "vitest";
import { openHttp } from "../src/platform/http/index.ts";

/** A server as it runs, with its times so much shorter. */
async function openServer(hastens = 200) {
  const app = await openHttp({ log: pino({ level: "silent" }), trustProxy: false, hastens });
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

test("connections beyond the limit are closed at once, and those that are there go on", async () => {
  const { app, port } = await openServer(1);
  expect(app.server.maxConnections).toBe(10_000);
  app.server.maxConnections = 3;
  const first = connect(port, "127.0.0.1");
  const others = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  await Promise.all([first, ...others].map((socket) => once(socket, "connect")));
  await expect.poll(() => connectionsOf(app)).toBe(3);
  expect(await dribble(port, ["GET /quick HTTP/1.1\r\nHost: a\r\n\r\n"], 0)).toBe("");
  first.write("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(String((await once(first, "data"))[0])).toMatch(/^HTTP\/1\.1 200/);
  for (const socket of [first, ...others]) socket.destroy();
  await expect.poll(() => connectionsOf(app)).toBe(0);
  expect((await fetch(`http://127.0.0.1:${port}/quick`)).status).toBe(200);
  await app.close();
});

const connectionsOf = (app: { server: Server }) =>
  new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count)));
