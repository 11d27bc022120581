import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a bad line does to a request, and how often. */
const faults = { refuse: 0.03, hurry: 0.03, loseAnswer: 0.05, delay: 0.1 };

/**
 * What stands before several servers, as a balancer does, on a bad line: it answers 503 and 429 by itself, delays, and
 * loses answers of what was accepted. `targets` are the servers that live at the moment.
 */
export async function openBadLine(targets: () => readonly string[], random: () => number) {
  const counts = { passed: 0, refused: 0, lost: 0, nobody: 0 };
  const server = createServer((request, reply) => void pass(request, reply));

  async function pass(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      return;
    }
    const roll = random();
    if (roll < faults.refuse || roll > 1 - faults.hurry) {
      counts.refused++;
      if (roll < faults.refuse) reply.writeHead(503).end();
      else reply.writeHead(429, { "retry-after": "1" }).end();
      return;
    }
    if (random() < faults.delay) await new Promise((resolve) => setTimeout(resolve, 300 * random()));
    const living = targets();
    const target = living[Math.floor(random() * living.length)];
    if (!target) {
      counts.nobody++;
      reply.writeHead(503).end();
      return;
    }
    const onward = httpRequest(
      new URL(request.url ?? "/", target),
      { method: request.method, headers: request.headers, agent: false, timeout: 10_000 },
      (answer) => {
        if (random() < faults.loseAnswer) {
          counts.lost++;
          answer.resume();
          reply.destroy();
          return;
        }
        counts.passed++;
        reply.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(reply);
        answer.on("error", () => reply.destroy());
      },
    );
    onward.on("timeout", () => onward.destroy());
    onward.on("error", () => reply.destroy());
    onward.end(Buffer.concat(parts));
  }

  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
