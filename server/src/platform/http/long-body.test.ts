import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import Fastify from "fastify";
import { expect, test } from "vitest";
import { expectLongBody, onClientError } from "./long-body.ts";

test("a slow body is cut off, unless the route expects a long one", async () => {
  const app = Fastify({
    requestTimeout: 300,
    http: { connectionsCheckingInterval: 100, headersTimeout: 200, requestTimeout: 300 },
    clientErrorHandler: onClientError,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, body, done) => done(null, body));
  const read = async (body: unknown) => {
    let bytes = 0;
    for await (const part of body as AsyncIterable<Buffer>) bytes += part.length;
    return { bytes };
  };
  app.post("/long", (request) => {
    expectLongBody(request);
    return read(request.body);
  });
  app.post("/short", (request) => read(request.body));
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as { port: number };
  const send = async (path: string) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (part) => {
      answer += part.toString();
    });
    socket.on("error", () => {});
    socket.write(`POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Length: 40\r\n\r\n`);
    for (let part = 0; part < 4 && !socket.destroyed; part++) {
      await wait(250);
      if (socket.writable) socket.write("0123456789");
    }
    await wait(300);
    socket.destroy();
    return answer;
  };
  const [long, short] = await Promise.all([send("/long"), send("/short")]);
  expect(long).toMatch(/^HTTP\/1\.1 200[\s\S]*\{"bytes":40\}/);
  expect(short).toMatch(/^HTTP\/1\.1 408/);
  await app.close();
});
