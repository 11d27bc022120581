import { connect, type Socket } from "node:net";

/**
 * The load generator, a process of its own: it sends prepared requests over kept connections to loopback, bounded in
 * count, and tells how long each took. Started with `fork`; one message asks, one answers.
 */
export interface LoadAsk {
  port: number;
  writeKey: string;
  /** Events in a request: 1 is a single track call. */
  batch: number;
  requests: number;
  connections: number;
  /** Requests a second over all connections; as fast as they are answered where nothing is said. */
  perSecond?: number;
  /** Makes message ids of this run differ from those of others. */
  run: string;
}

export interface LoadAnswer {
  seconds: number;
  /** Requests that were answered with 200. */
  good: number;
  p50Ms: number;
  p99Ms: number;
  /** When each good request was answered, in ms since 1970, in order. */
  answeredAt: number[];
}

const digits = 12;
const blank = "#".repeat(digits);

/** An event of about 790 bytes, as a shop sends it. */
function eventText(ask: LoadAsk): string {
  return JSON.stringify({
    type: "track",
    event: "Product Viewed",
    messageId: `bench-${ask.run}-${blank}`,
    userId: `user-${blank.slice(0, 5)}`,
    timestamp: new Date().toISOString(),
    properties: {
      product_id: "product-4711",
      name: "A warm jumper of merino wool, in five colours and seven sizes",
      category: "clothing/women/knitwear",
      price: 89.9,
      currency: "EUR",
      position: 3,
      list: "recommended for you",
      tags: ["wool", "winter", "new"],
    },
    context: {
      library: { name: "bench", version: "1.0.0" },
      page: {
        path: "/clothing/women/knitwear/4711",
        url: "https://shop.example/clothing/women/knitwear/4711",
        title: "A warm jumper",
        referrer: "https://shop.example/clothing/women/knitwear",
      },
      userAgent:
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0 Safari/537.36",
      locale: "de-DE",
    },
  });
}

/** Requests whose numbers are written into the same bytes each time. */
function template(ask: LoadAsk) {
  const body =
    ask.batch === 1
      ? eventText(ask)
      : `{"batch":[${Array.from({ length: ask.batch }, () => eventText(ask)).join(",")}]}`;
  const head = [
    `POST /v1/${ask.batch === 1 ? "track" : "batch"} HTTP/1.1`,
    "host: 127.0.0.1",
    `authorization: Basic ${Buffer.from(`${ask.writeKey}:`).toString("base64")}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "",
    "",
  ].join("\r\n");
  const bytes = Buffer.from(head + body);
  const ids: number[] = [];
  const users: number[] = [];
  for (let at = bytes.indexOf("#"); at >= 0; at = bytes.indexOf("#", at)) {
    let end = at;
    while (bytes[end] === 35) end++;
    (end - at === digits ? ids : users).push(at);
    at = end;
  }
  let event = 0;
  return () => {
    const copy = Buffer.from(bytes);
    for (const at of ids) copy.write(String(event++).padStart(digits, "0"), at, "latin1");
    // 20,000 people, in no order.
    for (const [index, at] of users.entries())
      copy.write(String(((event + index) * 7919) % 20_000).padStart(5, "0"), at, "latin1");
    return copy;
  };
}

async function run(ask: LoadAsk): Promise<LoadAnswer> {
  const next = template(ask);
  const latencies: number[] = [];
  const answeredAt: number[] = [];
  let sent = 0;
  const startAt = performance.now();
  async function lane(): Promise<void> {
    const socket = connect(ask.port, "127.0.0.1").setNoDelay();
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    while (sent < ask.requests) {
      const number = sent++;
      if (ask.perSecond) {
        const waitMs = startAt + (number * 1000) / ask.perSecond - performance.now();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
      const request = next();
      const begun = performance.now();
      const status = await exchange(socket, request);
      if (status === 200) {
        latencies.push(performance.now() - begun);
        answeredAt.push(Date.now());
      }
    }
    socket.destroy();
  }
  await Promise.all(Array.from({ length: ask.connections }, lane));
  const seconds = (performance.now() - startAt) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return { seconds, good: latencies.length, p50Ms: at(0.5), p99Ms: at(0.99), answeredAt };
}

/** Sends one request and gives the status of its answer. */
function exchange(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    const onData = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      socket.off("data", onData).off("error", reject);
      resolve(Number(text.slice(9, 12)));
    };
    socket.on("data", onData).once("error", reject);
    socket.write(request);
  });
}

process.on("message", (ask: LoadAsk) => {
  run(ask).then(
    (answer) => process.send?.(answer, () => process.disconnect()),
    (error: Error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
