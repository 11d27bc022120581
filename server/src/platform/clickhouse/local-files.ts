import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@clickhouse/client";

/** Asks files of this machine, where the event store is a server elsewhere that cannot open them. */
export interface LocalFiles {
  ask(sql: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * The engine that Rondell brings along, with no data of its own, in a folder that is gone when it is closed. It starts when it
 * is first asked, and answers one question at a time. Where the platform has no such engine, asking throws.
 */
export function openLocalFiles(): LocalFiles {
  let opened: Promise<{ ask(sql: string): Promise<string>; close(): Promise<void> }> | undefined;
  let chain: Promise<unknown> = Promise.resolve();
  return {
    ask(sql) {
      opened ??= open();
      const engine = opened;
      const answer = chain.then(async () => (await engine).ask(sql));
      chain = answer.catch(() => {});
      return answer;
    },
    async close() {
      if (!opened) return;
      await chain;
      const engine = await opened.catch(() => undefined);
      await engine?.close();
    },
  };
}

async function open() {
  const { createChdbConnection } = await import("chdb/connection");
  const path = await mkdtemp(join(tmpdir(), "rondell-files-"));
  const client = createClient({ connection: createChdbConnection({ path }) as never });
  return {
    ask: async (query: string) => (await client.query({ query, format: "JSONEachRow" })).text(),
    async close() {
      await client.close();
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
