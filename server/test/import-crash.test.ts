import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Agreement } from "./crash/agree.ts";
import type { Brought } from "./crash/brought.ts";
import { expectAgreement } from "./crash/expect.ts";
import { post, randomOf } from "./crash/load.ts";
import { bundleCrashServer, type CrashServer, startCrashServer } from "./crash/process.ts";

const seed = Number(process.env.RONDELL_TEST_SEED ?? Date.now() % 1_000_000);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const counts = { persons: 5_000, consents: 8_000, events: 20_000, ratings: 4_000 };
const lines = (count: number, line: (n: number) => object) =>
  Array.from({ length: count }, (_, n) => `${JSON.stringify(line(n))}\n`).join("");
const at = (n: number) => new Date(Date.UTC(2025, 0, 1) + n * 60_000).toISOString();

/**
 * A file of each kind, of which every record can be told from every other, with the mapping that reads it, and the steps in
 * which its import is killed.
 */
const kinds = {
  persons: {
    killIn: ["customers", "storing", "showing", "saving"],
    text: lines(counts.persons, (n) => ({ id: `k${n}`, mail: `k${n}@example.com`, city: "Kiel", number: n })),
    columns: { customer: "id", email: "mail", city: "city" },
  },
  consents: {
    killIn: ["checking", "customers", "saving"],
    text: lines(counts.consents, (n) => ({
      ...{ id: `k${n % counts.persons}`, purpose: n % 2 ? "contact" : "personalise" },
      ...{ said: n % 5 ? "yes" : "no", at: at(n) },
    })),
    columns: { customer: "id", purpose: "purpose", answer: "said", happenedAt: "at" },
  },
  events: {
    killIn: ["reading", "storing", "showing"],
    text: lines(counts.events, (n) => ({
      ...{ id: `e${n}`, name: "Shop Visited", at: at(n), who: `v${n % 3_000}` },
      ...{ amount: "2.50", currency: "EUR" },
    })),
    columns: {
      ...{ id: "id", name: "name", happenedAt: "at", customer: "who" },
      ...{ amount: "amount", currency: "currency" },
    },
  },
  ratings: {
    killIn: ["customers", "storing"],
    text: lines(counts.ratings, (n) => ({
      ...{ id: `r${n}`, score: n % 11, at: at(n) },
      ...{ who: `k${n % 1_000}`, text: `What I think, number ${n}` },
    })),
    columns: { review: "id", score: "score", happenedAt: "at", customer: "who", text: "text" },
  },
};

let bundle: Awaited<ReturnType<typeof bundleCrashServer>>;
let folder: string;
let server: CrashServer | undefined;
beforeAll(async () => {
  bundle = await bundleCrashServer();
  folder = await mkdtemp(join(tmpdir(), "rondell-crash-kinds-"));
});
afterAll(async () => {
  await server?.kill();
  await rm(folder, { recursive: true, force: true });
  await bundle.remove();
});

interface Shown {
  id: string;
  state: string;
  progress?: { step: string | null; share: number | null };
}

async function start(to: CrashServer, role: keyof typeof kinds): Promise<string> {
  const authorization = `Bearer ${to.token}`;
  const { text, columns } = kinds[role];
  const file = await post(`${to.url}/api/imports/files?name=${role}.jsonl`, Buffer.from(text), {
    authorization,
    "content-type": "application/octet-stream",
  });
  const { fileId } = JSON.parse(file.body) as { fileId: string };
  const mapping = { title: "", source: "crash", files: { [role]: columns }, rules: {} };
  const started = await post(
    `${to.url}/api/imports`,
    { mapping, files: [fileId], timezone: "UTC" },
    { authorization },
  );
  expect(started.status, started.body).toBe(202);
  return (JSON.parse(started.body) as { id: string }).id;
}

async function look(at: CrashServer, id: string): Promise<Shown> {
  const answer = await fetch(`${at.url}/api/imports/${id}`, {
    headers: { authorization: `Bearer ${at.token}` },
  });
  return (await answer.json()) as Shown;
}

test(`imports of customers, consents, events and reviews are killed in their steps, and bring each record once (seed ${seed})`, async () => {
  const random = randomOf(seed);
  console.info(`RONDELL_TEST_SEED=${seed} repeats the timing of this run.`);
  const killedIn: string[] = [];
  for (const role of Object.keys(kinds) as (keyof typeof kinds)[]) {
    server ??= await startCrashServer(bundle.file, folder).ready;
    const id = await start(server, role);
    const seen = new Set<string>();
    for (;;) {
      const { state, progress } = await look(server, id);
      if (state !== "queued" && state !== "running") {
        expect(state).toBe("done");
        break;
      }
      const step = progress?.step ?? "";
      if (state === "running" && kinds[role].killIn.includes(step) && !seen.has(step)) {
        seen.add(step);
        // Somewhere within the step, or soon after it.
        await sleep(250 * random());
        await server.kill();
        killedIn.push(`${role} ${step}`);
        server = await startCrashServer(bundle.file, folder).ready;
        continue;
      }
      await sleep(10);
    }
  }
  console.info(`killed in: ${killedIn.join(", ")}`);
  expect(killedIn.length).toBeGreaterThan(4);

  expectAgreement(await server!.ask<Agreement>("/agree"));
  const brought = await server!.ask<Brought>("/brought");
  const { persons, consents, events, ratings } = counts;
  expect(brought.profiles).toEqual({
    ...{ customers: persons, numbers: persons, emails: persons },
    digest: (persons * (persons - 1)) / 2,
  });
  expect(brought.noted).toBe(persons);
  expect(brought.answers).toEqual({
    ...{ entries: consents, answers: consents, customers: persons },
    yes: Array.from({ length: consents }, (_, n) => n % 5).filter(Boolean).length,
  });
  expect(brought.words).toEqual({ texts: ratings, keys: ratings });
  expect(brought.events).toEqual([
    { name: "Review Submitted", events: ratings, keys: ratings, customers: 1_000, minor: 0 },
    { name: "Shop Visited", events, keys: events, customers: 3_000, minor: 250 * events },
  ]);
  expect(brought.ledgerFault).toBeNull();
  expect(brought.tablesLeft).toEqual([]);
  await server!.stop();
  server = undefined;
}, 600_000);
