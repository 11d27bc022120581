import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { ended, sendFile } from "./testing.ts";

const folder = join(import.meta.dirname, "../../../../../shared/data/online-retail-uci");
const there = existsSync(folder);
if (!there) console.warn(`Skipped: the UCI Online Retail files are not at ${folder}.`);

describe.skipIf(!there)("the UCI Online Retail files", () => {
  let garden: TestGarden;
  let files: string[];
  const Count = z.object({ n: z.number() });

  beforeAll(async () => {
    garden = await openGarden({ currency: "GBP", timezone: "Europe/London" });
    files = [];
    for (const name of readdirSync(folder).sort()) {
      files.push(await sendFile(garden, name, readFileSync(join(folder, name))));
    }
  });

  test("come in as orders and refunds, and every line is accounted for", async () => {
    const started = performance.now();
    const answer = await garden.api("POST", "/api/imports", {
      mapping: "uci-online-retail",
      files,
      currency: "GBP",
      timezone: "Europe/London",
    });
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    const done = await ended(garden, answer.body.id);
    expect(done.state, JSON.stringify(done.error)).toBe("done");
    console.info(`imported and visible in ${Math.round(performance.now() - started)} ms`, done.result);
    expect(done.result.read).toBe(245_903);
  });
});
