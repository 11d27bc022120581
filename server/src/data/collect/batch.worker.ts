import { parentPort, workerData } from "node:worker_threads";
import type { Pool } from "pg";
import { schemaOf } from "../../garden/index.ts";
import { ringOf } from "../../platform/keys/index.ts";
import { openPool } from "../../platform/postgres/index.ts";
import { type BatchAnswer, type BatchAsk, type BatchSetting, threadError } from "./batch-thread.ts";
import { type Batches, openBatches } from "./batches.ts";

/*
 * The thread of the pipeline: takes what waits in the inbox of a garden through it, one batch a question. It loads no
 * engine: finished rows go back as bytes.
 */
const { connection, keys: text } = workerData as BatchSetting;
// Of the keys only the hash is used here, and no rotation changes it.
const ring = ringOf(text);
const keys = { ring: () => ring };
const open = new Map<string, { pool: Pool; batches: Batches }>();

function of(garden: string) {
  let one = open.get(garden);
  if (!one) {
    const pool = openPool(connection, {
      max: 2,
      schema: schemaOf(garden),
      applicationName: `rondell ${garden} pipeline`,
    });
    const putAside = (aside: number, error: unknown) => say({ aside, garden, error: threadError(error) });
    one = { pool, batches: openBatches({ pool, garden, keys, now: () => new Date(), putAside }) };
    open.set(garden, one);
  }
  return one;
}

async function close(garden: string): Promise<undefined> {
  await open.get(garden)?.pool.end();
  open.delete(garden);
}

/** Bytes that stand alone in their memory are handed over instead of copied. */
function say(answer: BatchAnswer): void {
  const lines = "batch" in answer ? answer.batch?.rows?.lines : undefined;
  const isAlone = lines && lines.byteLength === lines.buffer.byteLength;
  parentPort!.postMessage(answer, isAlone ? [lines.buffer as ArrayBuffer] : []);
}

parentPort!.on("message", async ({ id, garden, close: over }: BatchAsk) => {
  try {
    say({ id, batch: await (over ? close(garden) : of(garden).batches.next()) });
  } catch (error) {
    say({ id, error: threadError(error) });
  }
});
