import { Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { hashPassword } from "better-auth/crypto";
import fc from "fast-check";
import { pino } from "pino";
import { beforeAll, expect, test } from "vitest";
import { createToken, rightsOfRole } from "../../src/garden/index.ts";
import { insertOperator } from "../../src/garden/operators/store.ts";
import { errorForLog } from "../../src/platform/error-for-log.ts";
import { openGarden, type TestGarden } from "../harness.ts";
import { type Ask, asksOf, KnownIds, type Target, targetsOf } from "./requests.ts";

/** Requests in all: a few thousand for every change, many more by `npm run fuzz`. */
const runs = Number(process.env.RONDELL_FUZZ_RUNS ?? 2_500);
/** Beside the other tests always the same is asked; the long form looks for what nobody has seen yet. */
const seed = Number(
  process.env.RONDELL_TEST_SEED ?? (process.env.RONDELL_FUZZ_RUNS ? Date.now() % 1_000_000 : 729_158),
);
/** Of each route before the next one. */
const atOnce = 5;

const logged: { level: number; msg: string; [more: string]: unknown }[] = [];
let garden: TestGarden;
let targets: Target[];
let token: string;
let writeKey: string;
let cookie = "";
const known = new KnownIds();

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
  token = (await createToken(garden.ctx, { name: "owner", scopes: [...rightsOfRole.owner] })).token;
  writeKey = (await garden.source("server")).writeKey;
  for (const list of ["projects", "array", "webhooks"]) known.add(list, writeKey);
  await fillGarden();
  console.log(`seed ${seed}: RONDELL_TEST_SEED=${seed} asks the same again`);
});

/** Something of most kinds, so that requests find what they speak of. */
async function fillGarden(): Promise<void> {
  const passwordHash = await hashPassword("correct horse battery");
  await garden.ctx.inTransaction((tx) =>
    insertOperator(tx, {
      ...{ email: "owner@example.com", name: "Owner", role: "owner", language: "en" },
      ...{ passwordHash, oneTimeUntil: null, at: new Date() },
    }),
  );
  await signIn();
  const batch = Array.from({ length: 60 }, (_, n) => ({
    type: n % 6 ? "track" : "identify",
    userId: `u${n % 7}`,
    anonymousId: `a${n % 9}`,
    event: n % 3 ? "Product Viewed" : "Order Completed",
    properties: {
      order_id: `o${n}`,
      revenue: n,
      currency: "EUR",
      products: [{ product_id: `p${n % 4}`, name: "Cup" }],
    },
    traits: { email: `ada${n % 7}@example.com`, name: '=cmd|"x"!A0' },
    messageId: `m${n}`,
  }));
  await garden.send(writeKey, "/v1/batch", { batch });
  await garden.drained();
}

async function signIn(): Promise<void> {
  const answer = await garden.app.http.inject({
    method: "POST",
    url: "/api/auth/sign-in/email",
    headers: { host: "127.0.0.1:4300" },
    payload: { email: "owner@example.com", password: "correct horse battery" },
  });
  const line = [answer.headers["set-cookie"] ?? []]
    .flat()
    .find((one) => one.startsWith("rondell.session_token="));
  if (line) cookie = line.split(";")[0]!;
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
      ? { authorization: `Bearer ${token}` }
      : ask.as === "session"
        ? { cookie }
        : ask.as === "key"
          ? basic(writeKey)
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
        ...ask.headers,
      },
      ...(payload === undefined ? {} : { payload }),
      signal: giveUp.signal,
    });
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
    let heldAtFirst: number | undefined;
    for (let round = 0; round < 2 || asked < runs; round++) {
      await signIn();
      for (const target of targets) {
        const before = logged.length;
        const asks = fc.sample(asksOf(target), { numRuns: atOnce, seed: seed + round * 1_000_003 });
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
      console.log(`${asked} requests asked, ${faults.length} faults`);
      // A long run shows what it found as soon as there is enough to look at.
      if (faults.length > 50) break;
    }
    process.off("unhandledRejection", note).off("uncaughtException", note);
    expect(faults).toEqual([]);
    expect((await heldBytes()) - (heldAtFirst ?? Number.POSITIVE_INFINITY)).toBeLessThan(200 * 1024 * 1024);
  },
  Math.max(240_000, runs * 100),
);
