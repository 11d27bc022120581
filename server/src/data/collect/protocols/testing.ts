import { createServer, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import type { TestGarden } from "../../../../test/harness.ts";

/** What a bad line does to one request: `lost` stores it and cuts the answer off, `twice` delivers it two times. */
export type Fault = "lost" | "twice" | 503 | 429;

/** A line between a client and the server that does what it is told, one fault a request, and then lets all through. */
export async function openLine(target: string) {
  const faults: Fault[] = [];
  const seen: { method: string; path: string; status: number | Fault }[] = [];
  const server = createServer(async (request, reply) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const fault = faults.shift();
    const { method = "", url: path = "" } = request;
    if (fault === 503 || fault === 429) {
      seen.push({ method, path, status: fault });
      reply.writeHead(fault, fault === 429 ? { "retry-after": "1" } : {}).end("{}");
      return;
    }
    const body = Buffer.concat(parts);
    if (fault === "twice") await forward(target, request, body);
    const answer = await forward(target, request, body);
    seen.push({ method, path, status: fault ?? answer.status });
    if (fault === "lost") request.socket.destroy();
    else reply.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    /** What becomes of the next requests. */
    breaks(...next: Fault[]) {
      faults.splice(0, faults.length, ...next);
      seen.length = 0;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function forward(target: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  return new Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }>(
    (resolve, reject) => {
      const onward = send(`${target}${url}`, { method, headers, agent: false }, async (answer) => {
        const parts: Buffer[] = [];
        for await (const part of answer) parts.push(part as Buffer);
        const { connection: _, "transfer-encoding": __, ...kept } = answer.headers;
        resolve({ status: answer.statusCode ?? 0, headers: kept, body: Buffer.concat(parts) });
      });
      onward.on("error", reject);
      onward.end(body);
    },
  );
}

/** The server of a test's garden, listening. */
export const listening = (garden: TestGarden): Promise<string> =>
  garden.app.http.listen({ port: 0, host: "127.0.0.1" });

/** Every stored event in the order of names, with what it is about. */
export async function stored(garden: TestGarden) {
  await garden.drained();
  const rows = await garden.ctx.events.query(
    z.object({
      name: z.string(),
      customerId: z.number(),
      at: z.string(),
      text: z.string(),
      source: z.number(),
    }),
    {},
    `select name, customer_id, toString(happened_at) as at, toString(properties) as text, source_id as source
      from events order by name, happened_at`,
  );
  return rows.map(({ text, at, ...row }) => ({
    ...row,
    at: new Date(`${at.replace(" ", "T")}Z`).toISOString(),
    properties: JSON.parse(text) as Record<string, unknown>,
  }));
}

/** Resolves when `check` is true of the server; gives up after `timeoutMs`. */
export async function until(check: () => Promise<boolean> | boolean, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await check())) {
    if (Date.now() > end) throw new Error("It did not happen in time.");
    await new Promise((later) => setTimeout(later, 100));
  }
}

/** What survives every encoding. */
export const oddText = 'Grüße „aus“ Köln "\\ & 100 % 🌻 – naïve';
