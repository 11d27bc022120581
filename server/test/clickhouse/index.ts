import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A ClickHouse server on a free port of this machine, with a store of its own. */
export interface ClickHouseServer {
  url: string;
  stop(): Promise<void>;
}

export async function startClickHouse(): Promise<ClickHouseServer> {
  const dir = await mkdtemp(join(tmpdir(), "rondell-clickhouse-server-"));
  const child = fork(join(import.meta.dirname, "serve.ts"), [dir], { execArgv: ["--import", "tsx"] });
  const [told] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`The ClickHouse server ended with ${code}.`);
    }),
  ])) as [{ port: number }];
  return {
    url: `http://127.0.0.1:${told.port}`,
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
