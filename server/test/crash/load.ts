import { request as httpRequest } from "node:http";

/** Numbers in [0, 1) that come again for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Sent {
  key: "server" | "browser";
  path: string;
  body: unknown;
  events: number;
}

/** What the stores must hold once everything that was made is acknowledged. */
export interface Expected {
  events: Set<number>;
  dropped: number;
  users: Map<string, { events: number; orders: number; minor: number; step: number }>;
  visitors: Set<string>;
  unnamed: Set<string>;
}

const usersMax = 50;

/**
 * A shop's traffic: visitors look around, say who they are and buy, as single calls and as batches; some never allow
 * anything. Every event carries a number of its own. Each visitor belongs to one user, so that no order of arrival
 * changes what must come out.
 */
export function openTraffic(random: () => number) {
  const expected: Expected = {
    events: new Set(),
    dropped: 0,
    users: new Map(),
    visitors: new Set(),
    unnamed: new Set(),
  };
  const unsent: Sent[] = [];
  const done: Sent[] = [];
  const counts = { acknowledged: 0, repeated: 0, failed: 0 };
  const startAt = Date.now() - 3_600_000;
  let number = 0;
  const below = (max: number) => Math.floor(random() * max);
  const person = () => {
    const user = `u-${below(usersMax)}`;
    return { user, visitor: `v-${user}-${below(4)}` };
  };
  const userOf = (user: string) => {
    const one = expected.users.get(user) ?? { events: 0, orders: 0, minor: 0, step: -1 };
    expected.users.set(user, one);
    return one;
  };

  function call(kind = below(10), who = person()): Record<string, unknown> {
    const n = number++;
    expected.events.add(n);
    const { user, visitor } = who;
    const one = userOf(user);
    one.events++;
    expected.visitors.add(visitor);
    const base = {
      messageId: `m-${n}`,
      timestamp: new Date(startAt + n).toISOString(),
      anonymousId: visitor,
      properties: { n, user },
    };
    if (kind < 5) return { ...base, type: "page" };
    if (kind < 8) {
      one.step = Math.max(one.step, n);
      const agrees = Number(user.slice(2)) % 2 === 0;
      return {
        ...base,
        type: "identify",
        userId: user,
        traits: { step: n, email: `${user}@example.org` },
        ...(agrees ? { context: { consent: { categoryPreferences: { personalise: true } } } } : {}),
      };
    }
    one.step = Math.max(one.step, -1);
    one.orders++;
    one.minor += 100 + n;
    return {
      ...base,
      type: "track",
      event: "Order Completed",
      userId: user,
      properties: { n, user, order_id: `o-${n}`, revenue: (100 + n) / 100 },
    };
  }

  function next(): Sent {
    const kind = random();
    if (kind < 0.1) {
      const n = number++;
      expected.dropped++;
      return {
        key: "browser",
        path: "/v1/page",
        events: 1,
        body: { messageId: `m-${n}`, anonymousId: `nobody-${n % 7}`, properties: { n } },
      };
    }
    if (kind < 0.6) {
      const single = call();
      return { key: "server", path: `/v1/${single.type}`, body: single, events: 1 };
    }
    const batch = Array.from({ length: 2 + below(40) }, () => call());
    return { key: "server", path: "/v1/batch", body: { batch }, events: batch.length };
  }

  async function send(url: string, one: Sent): Promise<boolean> {
    const status = await post(`${url}${one.path}`, one.body, {
      authorization: `Basic ${Buffer.from(`wk_crash_${one.key}:`).toString("base64")}`,
    }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) counts.acknowledged += one.events;
    else if (status !== 0 && status !== 429 && status < 500)
      throw new Error(`${one.path} answered ${status}`);
    else counts.failed++;
    return status === 200;
  }

  return {
    expected,
    counts,
    /** Sends over a few connections until `isOver`; what was not acknowledged is kept, to be sent again. */
    async run(url: string, isOver: () => boolean): Promise<void> {
      const lane = async () => {
        while (!isOver()) {
          const roll = random();
          let one: Sent;
          if (unsent.length && roll < 0.5) one = unsent.splice(below(unsent.length), 1)[0]!;
          else if (done.length && roll < 0.6) {
            // A client that never saw the answer sends the same again.
            counts.repeated++;
            if (!(await send(url, done[below(done.length)]!))) await pause(5);
            continue;
          } else one = next();
          if (await send(url, one)) done.push(one);
          else {
            unsent.push(one);
            await pause(5);
          }
        }
      };
      await Promise.all([1, 2, 3, 4].map(lane));
    },
    /** Sends what is left, and names every visitor, so that the outcome does not depend on who came first. */
    async finish(url: string): Promise<void> {
      for (const visitor of expected.visitors) {
        const user = visitor.slice(2, visitor.lastIndexOf("-"));
        unsent.push({ key: "server", path: "/v1/identify", body: call(7, { user, visitor }), events: 1 });
      }
      // After ten minutes of blows thousands are left: what counts is that they go through, not how fast.
      let until = Date.now() + stuckMs;
      const lane = async () => {
        while (unsent.length) {
          if (Date.now() > until) throw new Error(`${unsent.length} requests were never acknowledged.`);
          const one = unsent.pop()!;
          if (await send(url, one)) until = Date.now() + stuckMs;
          else unsent.unshift(one);
        }
      };
      await Promise.all([1, 2, 3, 4].map(lane));
    },
  };
}

/** A server that acknowledges nothing for so long does not work. */
const stuckMs = 20_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One request on a connection of its own: a killed server leaves nothing behind. */
export function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        timeout: 10_000,
        agent: false,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on("error", reject);
      },
    );
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
}
