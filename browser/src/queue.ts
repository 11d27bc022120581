import type { Answer } from "./post.ts";

/** One call of the Segment protocol. */
export interface Call {
  type: string;
  messageId: string;
  timestamp: string;
  [field: string]: unknown;
}

const prefix = "rondell:";
/** What waits at most; the oldest goes first. */
const callsMax = 200;
/** A browser lets 64 kB be on their way when a page is left; the server takes 32 kB for one call. */
const batchBytes = 50_000;
const callBytes = 32_000;
const gatherMs = 300;
const waitMaxMs = 300_000;

/**
 * Calls on their way to the server. Each has an entry of its own in the browser's storage until it was taken: so it
 * survives a reload, and tabs do not overwrite each other's. What is sent twice counts once, by its message id.
 */
export function openQueue(ask: {
  send: (calls: readonly string[]) => Promise<Answer>;
  isAllowed: () => boolean;
}) {
  /** By message id, as JSON. */
  const waiting = new Map<string, string>();
  const onTheWay = new Set<string>();
  const drained: (() => void)[] = [];
  let failures = 0;
  let notBefore = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix));

  const forget = (id: string) => {
    waiting.delete(id);
    quietly(() => localStorage.removeItem(prefix + id));
  };

  const clear = () => {
    waiting.clear();
    quietly(() => {
      for (const key of keys()) localStorage.removeItem(key);
    });
  };

  const plan = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(flush, ms);
  };

  async function flush(): Promise<void> {
    if (!ask.isAllowed()) {
      clear();
      return;
    }
    if (Date.now() < notBefore || navigator.onLine === false) return;
    const batch = new Map<string, string>();
    let room = batchBytes;
    for (const [id, call] of waiting) {
      if (onTheWay.has(id)) continue;
      room -= sizeOf(call);
      if (room < 0 && batch.size) break;
      batch.set(id, call);
      onTheWay.add(id);
    }
    if (!batch.size) return;
    const answer = await ask.send([...batch.values()]);
    for (const id of batch.keys()) {
      onTheWay.delete(id);
      if (answer !== "later" && !answer.retryAfterMs) forget(id);
    }
    settle(answer);
  }

  function settle(answer: Answer): void {
    if (answer === "later" || answer.retryAfterMs) {
      const own = Math.min(1000 * 2 ** failures++, waitMaxMs) * (0.5 + Math.random() / 2);
      const ms = answer === "later" ? own : Math.max(answer.retryAfterMs!, own);
      notBefore = Date.now() + ms;
      plan(ms + 1);
      return;
    }
    failures = 0;
    if (waiting.size) plan(0);
    else for (const done of drained.splice(0)) done();
  }

  if (ask.isAllowed()) {
    quietly(() => {
      const calls = keys().map((key) => localStorage.getItem(key)!);
      const stamp = (call: string) => (JSON.parse(call) as Call).timestamp;
      calls.sort((a, b) => (stamp(a) < stamp(b) ? -1 : 1));
      for (const call of calls) waiting.set((JSON.parse(call) as Call).messageId, call);
    });
    plan(gatherMs);
  } else clear();
  addEventListener("online", () => {
    notBefore = failures = 0;
    void flush();
  });

  return {
    add(call: Call): void {
      const { messageId } = call;
      quietly(() => {
        const text = JSON.stringify(call);
        if (sizeOf(text) > callBytes) throw new Error("too large");
        waiting.set(messageId, text);
        if (waiting.size > callsMax) forget(waiting.keys().next().value!);
        localStorage.setItem(prefix + messageId, text);
      });
      if (Date.now() >= notBefore) plan(gatherMs);
    },
    flush,
    clear,
    /** Calls back when the server has taken everything that waits. */
    whenEmpty(done: () => void): void {
      if (waiting.size) drained.push(done);
      else done();
    },
  };
}
export type Queue = ReturnType<typeof openQueue>;

const sizeOf = (text: string) => new Blob([text]).size;

/** A browser may refuse its storage, or have it full: then memory alone has to do. What is no JSON, or too large, is not told. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {}
}
