import type { DuplicatePair, PersonRecord } from "@rondell/models";
import { startThread } from "../../platform/thread.ts";

/** People to compare, or, without any, the word to begin. */
export interface ThreadAsk {
  people?: PersonRecord[];
}

export interface Found {
  pairs: DuplicatePair[];
  customers: number;
  clusters: number;
  /** Pairs that were compared. */
  compared: number;
  /** Pairs beyond the most that a search gives. */
  leftOut: number;
  /** Pairs of one person that the model expects among the customers. */
  expected: number;
  converged: boolean;
}

export type ThreadAnswer = { taken: number } | { share: number } | { found: Found };

/**
 * Compares people in a thread of its own, so that nobody waits for it. `pages` are read no faster than the thread takes
 * them. A signal ends the thread.
 */
export async function findInThread(
  pages: AsyncIterable<PersonRecord[]>,
  options: { signal: AbortSignal; onShare: (share: number) => void },
): Promise<Found> {
  const { signal, onShare } = options;
  signal.throwIfAborted();
  const worker = startThread(import.meta.url, "find");
  let take = (_: ThreadAnswer) => {};
  let fail = (_: unknown) => {};
  const broken = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Where nobody waits yet, a broken thread is heard of at the next question.
  broken.catch(() => {});
  const stop = () => fail(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  worker
    .on("message", (answer: ThreadAnswer) => ("share" in answer ? onShare(answer.share) : take(answer)))
    .on("error", fail)
    .on("exit", (code) =>
      fail(new Error(`The thread of the search ended without an answer (code ${code}).`)),
    );
  const ask = (question: ThreadAsk) => {
    const answered = new Promise<ThreadAnswer>((resolve) => {
      take = resolve;
    });
    worker.postMessage(question);
    return Promise.race([answered, broken]);
  };
  try {
    for await (const people of pages) await ask({ people });
    const answer = await ask({});
    if (!("found" in answer)) throw new Error("The thread of the search gave no pairs.");
    return answer.found;
  } finally {
    signal.removeEventListener("abort", stop);
    await worker.terminate();
  }
}
