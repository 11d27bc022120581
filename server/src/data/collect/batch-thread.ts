import type { Worker } from "node:worker_threads";
import { errorForLog } from "../../platform/error-for-log.ts";
import type { Keys } from "../../platform/keys/index.ts";
import type { PostgresConnection } from "../../platform/postgres/index.ts";
import { startThread } from "../../platform/thread.ts";
import type { Batches } from "./batches.ts";
import type { Batch } from "./pipeline.ts";

/** What the thread is given when it starts. */
export interface BatchSetting {
  connection: PostgresConnection;
  keys: string;
}

/** What the thread is asked: to work through a batch of a garden, or to let go of the garden. */
export type BatchAsk = { id: number; garden: string; close?: boolean };

/** What it says: one answer for each question, and what it put aside in between. */
export type BatchAnswer =
  | { id: number; batch: Batch | undefined }
  | { id: number; error: ThreadError }
  | { aside: number; garden: string; error: ThreadError };

/** An error on its way between threads, which keep of it only the text: `code` says what to do about it. */
export interface ThreadError {
  message: string;
  stack?: string;
  code?: string;
}

export const threadError = (error: unknown): ThreadError => {
  const { message, stack } = errorForLog(error as Error) as ThreadError;
  const { code } = error as { code?: unknown };
  return { message, ...(stack ? { stack } : {}), ...(typeof code === "string" ? { code } : {}) };
};

export interface BatchThread {
  of(garden: string): Batches;
  close(): Promise<void>;
}

/**
 * The thread in which batches of all gardens are worked through, so that whoever sends events or opens a page does not
 * wait for it. It has connections to Postgres of its own and never touches the event store: what it finished comes back
 * as ready lines. It is started when first asked, and again when it has ended; what it was at is then rolled back.
 */
export function openBatchThread(around: {
  connection: PostgresConnection;
  keys: Pick<Keys, "ring">;
  putAside(garden: string, request: number, error: unknown): void;
}): BatchThread {
  let worker: Worker | undefined;
  let lastId = 0;
  const waiting = new Map<number, { resolve(batch: Batch | undefined): void; reject(error: Error): void }>();

  function start(): Worker {
    const started = startThread(import.meta.url, "batch", {
      workerData: { connection: around.connection, keys: around.keys.ring().text } satisfies BatchSetting,
    });
    started.unref();
    started.on("message", (answer: BatchAnswer) => {
      if ("aside" in answer) return around.putAside(answer.garden, answer.aside, revived(answer.error));
      const one = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (!waiting.size) started.unref();
      if ("error" in answer) one?.reject(revived(answer.error));
      else one?.resolve(answer.batch);
    });
    const over = (error: Error) => {
      // A thread that fails says so twice, and what is asked in between is asked of the next one.
      if (worker !== started) return;
      worker = undefined;
      for (const one of waiting.values()) one.reject(error);
      waiting.clear();
    };
    started.on("error", over);
    started.on("exit", (code) => over(new Error(`The thread of the pipeline ended (code ${code}).`)));
    return started;
  }

  function ask(question: Omit<BatchAsk, "id">): Promise<Batch | undefined> {
    worker ??= start();
    const id = ++lastId;
    // While it is waited for, the process stays.
    worker.ref();
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker!.postMessage({ id, ...question } satisfies BatchAsk);
    });
  }

  return {
    of: (garden) => ({
      next: () => ask({ garden }),
      async close() {
        if (worker) await ask({ garden, close: true });
      },
    }),
    async close() {
      await worker?.terminate();
    },
  };
}

const revived = ({ message, stack, code }: ThreadError): Error =>
  Object.assign(new Error(message), stack ? { stack } : {}, code ? { code } : {});
