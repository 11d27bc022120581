import { askingThread } from "../../platform/asking-thread.ts";
import { refuse } from "../../platform/refusal.ts";
import type { CreditAnswer, CreditAsk } from "./credit.ts";

const limitMs = 120_000;
const askThread = askingThread<CreditAsk, CreditAnswer>(import.meta.url, "credit");
let last: Promise<unknown> = Promise.resolve();

/**
 * Divides the credit in a thread of its own, one question after the other, so that nobody else waits for it. Refuses
 * attribution.too_long for what takes more than two minutes.
 */
export function creditInThread(ask: CreditAsk): Promise<CreditAnswer> {
  const next = last.then(() => inTime(ask));
  last = next.catch(() => undefined);
  return next;
}

async function inTime(ask: CreditAsk): Promise<CreditAnswer> {
  const limit = AbortSignal.timeout(limitMs);
  try {
    return await askThread(ask, limit);
  } catch (error) {
    if (!limit.aborted) throw error;
    return refuse(
      "too_large",
      "attribution.too_long",
      "This takes longer than two minutes. Ask for a shorter period or window, or for a chain of order 1.",
    );
  }
}
