import { once } from "node:events";
import { connect } from "node:net";
import { Writable } from "node:stream";
import { pino } from "pino";
import { expect, test } from "vitest";
import { openHttp } from "./server.ts";

test("a sender that goes away in the middle is noted, and is no error of ours", async () => {
  const told: { level: number; msg: string }[] = [];
  const log = pino(
    { level: "info" },
    new Writable({
      write(line, _encoding, done) {
        told.push(JSON.parse(String(line)));
        done();
      },
    }),
  );
  const app = await openHttp({ log, trustProxy: false });
  app.addContentTypeParser("application/octet-stream", (_request, body, done) => done(null, body));
  const begun: Promise<void>[] = [];
  const ended: Promise<unknown>[] = [];
  app.post("/upload", (request) => {
    const reading = (async () => {
      for await (const _ of request.body as AsyncIterable<Buffer>) begun.push(Promise.resolve());
      return {};
    })();
    ended.push(reading.catch(() => {}));
    return reading;
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as { port: number };

  const socket = connect(port, "127.0.0.1");
  socket.write(
    "POST /upload HTTP/1.1\r\nHost: test\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\nhalf",
  );
  await expect.poll(() => begun.length).toBe(1);
  socket.destroy();
  await once(socket, "close");
  await expect
    .poll(() => told.map((line) => line.msg))
    .toContain("the sender went away before all of it was here");
  await Promise.all(ended);
  expect(told.filter((line) => line.level >= 50)).toEqual([]);
  await app.close();
});
