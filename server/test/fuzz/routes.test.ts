import { Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { pino } from "pino";
import { beforeAll, expect, test } from "vitest";
import { errorForLog } from "../../src/platform/error-for-log.ts";
import { openGarden, type TestGarden } from "../harness.ts";
import { Reach } from "./reach.ts";
import { type Ask, asksOf, KnownIds, type Target, targetsOf } from "./requests.ts";
import { openStock, type Stock } from "./stock.ts";

/** Requests in all: a few thousand for every change, many more by `npm run fuzz`. */
const runs = Number(process.env.RONDELL_FUZZ_RUNS ?? 2_500);
/** Beside the other tests always the same is asked; the long form looks for what nobody has seen yet. */
const seed = Number(
  process.env.RONDELL_TEST_SEED ?? (process.env.RONDELL_FUZZ_RUNS ? Date.now() % 1_000_000 : 729_158),
);
/** Of each route before the next one. */
const atOnce = 5;
/** Routes after which what they took away is put there again. */
const restockEvery = 50;

const logged: { level: number; msg: string; [more: string]: unknown }[] = [];
let garden: TestGarden;
let targets: Target[];
let stock: Stock;
const known = new KnownIds();
const reach = new Reach();

beforeAll(async () => {
  const log = pino(
    { level: "error", serializers: { err: errorForLog } },
    new Writable({
      write(line, _encoding, done) {
        logged.push(JSON.parse(String(line)));
        done();
      },
    }),
  );
  garden = await openGarden({}, {}, { log });
  targets = targetsOf(garden);
  stock = await openStock(garden, known);
  console.log(`seed ${seed}: RONDELL_TEST_SEED=${seed} asks the same again`);
});

/** The code of a refusal, in whatever shape the protocol tells it. */
function codeOf(body: string): string | undefined {
  try {
    const told = JSON.parse(body) as { error?: { code?: string }; code?: string };
    return told.error?.code ?? told.code;
  } catch {
    return undefined;
  }
}

const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}` });

/** Streams have no end of their own. */
const isStream = ({ url }: Target) => /\/(stream|live)$/.test(url);

/** Asks once, and gives what a promise was broken by. */
async function askOnce(target: Target, ask: Ask): Promise<string | undefined> {
  const url = known.address(target, ask);
  const body = ask.body;
  const payload =
    body === undefined
      ? undefined
      : "raw" in body
        ? body.raw.bytes
        : JSON.stringify(known.filled(target.url, body.value));
  const who =
    ask.as === "token"
      ? { authorization: `Bearer ${stock.token}` }
      : ask.as === "session"
        ? { cookie: stock.cookie }
        : ask.as === "key"
          ? basic(stock.writeKey)
          : {};
  const giveUp = new AbortController();
  const timer = isStream(target) ? setTimeout(() => giveUp.abort(), 200) : undefined;
  try {
    const answer = await garden.app.http.inject({
      method: target.method as "GET",
      url,
      headers: {
        host: "127.0.0.1:4300",
        ...who,
        ...(body && "value" in body ? { "content-type": "application/json" } : {}),
        ...(body && "raw" in body ? body.raw.headers : {}),
        ...(known.filled(target.url, ask.headers) as Record<string, string>),
      },
      ...(payload === undefined ? {} : { payload }),
      signal: giveUp.signal,
    });
    reach.note(target, answer.statusCode, answer.statusCode < 400 ? undefined : codeOf(answer.body));
    const mayWait = answer.statusCode === 503 && answer.headers["retry-after"] !== undefined;
    if (answer.statusCode >= 500 && !mayWait) return `${answer.statusCode} ${answer.body.slice(0, 200)}`;
    if (/json/.test(String(answer.headers["content-type"]))) {
      const told = answer.json() as { error?: { code?: unknown; message?: unknown } };
      if (answer.statusCode < 300) known.note(target.url, told);
      else if (target.url.startsWith("/api/") && answer.statusCode >= 400 && !told.error?.code)
        return `${answer.statusCode} without a code: ${answer.body.slice(0, 200)}`;
    }
    return undefined;
  } catch (error) {
    if (giveUp.signal.aborted) return undefined;
    return `no answer: ${String(error)}`;
  } finally {
    clearTimeout(timer);
  }
}

const collectGarbage = (() => {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
})();

async function heldBytes(): Promise<number> {
  await wait(50);
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test(
  "whatever is sent to any route, it answers or refuses, and the garden goes on",
  async () => {
    expect(targets.length).toBeGreaterThan(250);
    const faults: Record<string, unknown>[] = [];
    const loose: unknown[] = [];
    const note = (error: unknown) => loose.push(error);
    process.on("unhandledRejection", note).on("uncaughtException", note);
    let asked = 0;
    let told = 0;
    let heldAtFirst: number | undefined;
    for (let round = 0; round < 2 || asked < runs; round++) {
      for (const [at, target] of targets.entries()) {
        if (at % restockEvery === 0) await stock.fill();
        await stock.renew();
        const before = logged.length;
        const asks = fc.sample(asksOf(target, stock.writeKey), {
          numRuns: atOnce,
          // Another of each route, so that not all of them are asked by the same person in the same way.
          seed: seed + round * 1_000_003 + at * 7_919,
        });
        for (const ask of asks) {
          asked++;
          const fault = await askOnce(target, ask);
          const name = `${target.method} ${target.url}`;
          if (fault) faults.push({ route: name, fault, ask: JSON.stringify(ask).slice(0, 1_500) });
        }
        for (const line of logged.slice(before))
          faults.push({
            near: `${target.method} ${target.url}`,
            logged: JSON.stringify(line).slice(0, 1_500),
          });
        for (const error of loose.splice(0))
          faults.push({
            near: `${target.method} ${target.url}`,
            loose: String((error as Error)?.stack ?? error),
          });
        expect(Object.keys(Object.prototype)).toEqual([]);
        expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      }
      const answer = await garden.app.http.inject({ url: "/health" });
      expect(answer.statusCode).toBe(200);
      heldAtFirst ??= await heldBytes();
      // A long run tells what it found at once.
      console.log(`${asked} requests asked, ${faults.length} faults`, faults.slice(told));
      told = faults.length;
      if (faults.length > 50) break;
    }
    process.off("unhandledRejection", note).off("uncaughtException", note);
    const reached = reach.summary();
    console.log(reached);
    expect(faults).toEqual([]);
    // Requests that all stop at the door would show nothing.
    expect(reached.good).toBeGreaterThan(0.5);
    expect(reached.neverWithin.length).toBeLessThan(reached.routes / 10);
    expect((await heldBytes()) - (heldAtFirst ?? Number.POSITIVE_INFINITY)).toBeLessThan(200 * 1024 * 1024);
  },
  Math.max(240_000, runs * 100),
);
