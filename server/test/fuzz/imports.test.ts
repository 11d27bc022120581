import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openGarden, type TestGarden } from "../harness.ts";
import { type Fed, fedFile, filesIn } from "./files.ts";

/** Files in all. An import is far more work than a request, so the long form feeds a twentieth of its number. */
const runs = Math.ceil(Number(process.env.RONDELL_FUZZ_RUNS ?? 2_400) / 20);
/** Beside the other tests always the same is asked; the long form looks for what nobody has seen yet. */
const seed = Number(
  process.env.RONDELL_TEST_SEED ?? (process.env.RONDELL_FUZZ_RUNS ? Date.now() % 1_000_000 : 729_158),
);

const lanes = 4;
/** A file of a few lines that takes longer than this will never end. */
const tooLong = () => wait(180_000, "hangs", { ref: false });

test(
  "whatever file is imported by whatever mapping, it ends in a result or is refused with a code",
  async () => {
    const garden = await openGarden();
    console.log(`seed ${seed}: RONDELL_TEST_SEED=${seed} feeds the same again`);
    const samples = filesIn(await parquetFolder(garden));
    const states: Record<string, number> = {};
    const faults: unknown[] = [];
    const fed = fc.sample(fedFile(samples), { numRuns: runs, seed }).entries();
    const lane = async () => {
      for (const [at, file] of fed) {
        const outcome = await Promise.race([feed(garden, file), tooLong()]);
        states[outcome] = (states[outcome] ?? 0) + 1;
        if (/^(500|import\.failed|hangs)/.test(outcome)) {
          const head = file.bytes.subarray(0, 400).toString("latin1");
          faults.push({ at, outcome, head, mapping: JSON.stringify(file.mapping) });
          // A long run tells what it found at once.
          console.log(faults.at(-1));
        }
        if ((at + 1) % 100 === 0) console.log(`${at + 1} files, ${faults.length} faults`);
      }
    };
    // Most of an import is waiting for its turn.
    await Promise.all(Array.from({ length: lanes }, lane));
    console.log(states);
    expect(faults).toEqual([]);
    expect(Object.keys(Object.prototype)).toEqual([]);
    // Files that all stop at the door would show nothing.
    expect(states.done ?? 0).toBeGreaterThan(runs / 10);
    expect((await garden.api("GET", "/api/customers")).status).toBe(200);
  },
  Math.max(240_000, runs * 5_000),
);

/** Parquet as the engine itself writes it, to be harmed. */
async function parquetFolder(garden: TestGarden): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rondell-fuzz-"));
  const rows =
    "select 'Seen' as name, now64(3) as happenedAt, number as customer, ['a'] as tags from numbers(50)";
  for (const codec of ["none", "snappy", "zstd"])
    await garden.ctx.events.command(
      `${rows} into outfile '${join(folder, `${codec}.parquet`)}' format Parquet settings output_format_parquet_compression_method = '${codec}'`,
    );
  return folder;
}

/** Sends, looks at and imports a file as the page does; gives how it ended. */
async function feed(garden: TestGarden, { name, bytes, mapping }: Fed): Promise<string> {
  const { createToken } = await import("../../src/garden/index.ts");
  token ??= (await createToken(garden.ctx, { name: "files", scopes: ["data:read", "data:write"] })).token;
  const sent = await garden.app.http.inject({
    method: "POST",
    url: `/api/imports/files?name=${encodeURIComponent(name)}`,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
    payload: bytes,
  });
  if (sent.statusCode !== 200)
    return sent.statusCode >= 500 ? `500 at sending ${sent.body}` : sent.json().error.code;
  const files = [sent.json().fileId];
  const looked = await garden.api("POST", "/api/imports/preview", { files });
  if (looked.status >= 500) return `500 at looking ${JSON.stringify(looked.body)}`;
  const ask = { mapping, files, currency: "EUR", timezone: "Europe/Berlin" };
  const started = await garden.api("POST", "/api/imports", ask);
  if (started.status !== 202)
    return started.status >= 500 ? `500 ${JSON.stringify(started.body)}` : started.body.error.code;
  const run = await garden.app.jobs.ended(started.body.job);
  const { body } = await garden.api("GET", `/api/imports/${started.body.id}`);
  if (body.error?.code === "import.failed") return `import.failed ${run.error}`;
  if (body.state !== "done" && !body.error) return `hangs as ${body.state}: ${run.error}`;
  return body.error?.code ?? body.state;
}
let token: string | undefined;
