import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Agreement } from "./crash/agree.ts";
import { expectAgreement, expectTraffic } from "./crash/expect.ts";
import { openTraffic, randomOf } from "./crash/load.ts";
import { bundleCrashServer, type CrashServer, startCrashServer } from "./crash/process.ts";
import { canHaveSmallDisk, smallDisk } from "./crash/small-disk.ts";

const seed = Number(process.env.RONDELL_TEST_SEED ?? Date.now() % 1_000_000);
const rounds = Number(process.env.RONDELL_CHAOS_SECONDS ?? 60) >= 600 ? 8 : 2;
const isPossible = process.platform === "linux" && canHaveSmallDisk();
if (!isPossible)
  console.warn(
    "Skipped: a real full disk, as this machine allows no file system of our own. operation.test.ts has a feigned one.",
  );
/** Numbers of the probes' events, beyond those of the traffic. */
const probesFrom = 1_000_000_000;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Both engines, the inbox and the log of the database lie on one disk, of which somebody else takes the last byte. */
describe.skipIf(!isPossible)(`a server whose disk is full (seed ${seed}, ${rounds} times)`, () => {
  let dataDir: string;
  let bundle: Awaited<ReturnType<typeof bundleCrashServer>>;
  let server: CrashServer | undefined;
  beforeAll(async () => {
    bundle = await bundleCrashServer();
    dataDir = await mkdtemp(join(tmpdir(), "rondell-full-"));
    console.info(`RONDELL_TEST_SEED=${seed} repeats the traffic of this run.`);
  });
  afterAll(async () => {
    await server?.kill();
    await rm(dataDir, { recursive: true, force: true });
    await bundle.remove();
  });

  test("asks senders to wait, loses nothing that it acknowledged, and goes on by itself", async () => {
    const disk = smallDisk(dataDir, 700);
    const starting = startCrashServer(bundle.file, dataDir, {}, disk.around);
    server = await starting.ready;
    const { url, pid } = server;
    const random = randomOf(seed);
    const traffic = openTraffic(random);
    const answers: Record<string, number> = {};
    let n = 0;
    /** One more event, of which the whole answer is looked at. */
    const probe = async () => {
      const call = {
        userId: "probe",
        messageId: `probe-${n++}`,
        event: "Probe",
        properties: { n: probesFrom + n, filler: "x".repeat(20_000) },
      };
      const answer = await fetch(`${url}/v1/track`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Basic ${Buffer.from("wk_crash_server:").toString("base64")}`,
        },
        body: JSON.stringify(call),
        signal: AbortSignal.timeout(60_000),
      });
      const { error } = (await answer.json()) as { error?: { code: string } };
      const told = `${answer.status} ${error?.code ?? ""}`.trim();
      answers[told] = (answers[told] ?? 0) + 1;
      return { status: answer.status, told, retryAfter: answer.headers.get("retry-after") };
    };
    for (let round = 0; round < rounds; round++) {
      let over = false;
      const load = traffic.run(url, () => over);
      await sleep(1_000 + 1_000 * random());
      const taken = disk.fill(pid);
      // What the engines had reserved is used up first.
      const refused: Awaited<ReturnType<typeof probe>>[] = [];
      for (let tries = 0; refused.length < 20; tries++) {
        expect(tries, `the disk is never full; answers were ${JSON.stringify(answers)}`).toBeLessThan(20_000);
        const one = await probe();
        if (one.status === 200) continue;
        refused.push(one);
        await sleep(100);
      }
      for (const one of refused)
        expect({ ...one, waits: Number(one.retryAfter) > 0 }).toMatchObject({ status: 503, waits: true });
      if (round === 1) {
        // The worst moment: the database has to begin anew without a byte to write with.
        server.killPostgres();
        for (let tries = 0; tries < 10; tries++) {
          const { status, retryAfter } = await probe();
          if (status !== 200)
            expect([status, Number(retryAfter) > 0], starting.output.slice(-8).join("")).toEqual([503, true]);
          await sleep(100);
        }
      }
      await sleep(2_000);
      disk.free(pid);
      console.info(`round ${round}: ${Math.round(taken / 1024 / 1024)} MB were taken`, answers);
      // By itself: nobody starts anything again.
      const freedAt = Date.now();
      while ((await probe()).status !== 200) {
        expect(Date.now() - freedAt, starting.output.join("")).toBeLessThan(90_000);
        await sleep(200);
      }
      console.info(`round ${round}: taken again after ${Date.now() - freedAt} ms`);
      over = true;
      await load;
    }
    await traffic.finish(url);
    const found = await server.ask<Agreement>("/agree");
    console.info(traffic.counts, answers);
    expect(traffic.counts.acknowledged).toBeGreaterThan(300);
    expectAgreement(found);
    // The probes stand beside the traffic, and each that was acknowledged is there once.
    expect(found.counted.events).toBe(traffic.expected.events.size + answers["200"]!);
    expect(found.events.filter((row) => row.times !== 1)).toEqual([]);
    expectTraffic(
      {
        ...found,
        events: found.events.filter((row) => row.n < probesFrom),
        identifiers: found.identifiers - 1,
      },
      traffic.expected,
    );
    await server.stop();
    server = undefined;
  }, 600_000);
});
