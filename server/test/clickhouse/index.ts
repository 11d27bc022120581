import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A ClickHouse server on a port of this machine, with a store of its own. */
export interface ClickHouseServer {
  url: string;
  /** Ends it in the middle of whatever it does; its store and its port are kept for `start`. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startClickHouse(): Promise<ClickHouseServer> {
  const dir = await mkdtemp(join(tmpdir(), "rondell-clickhouse-server-"));
  let child: ChildProcess | undefined;
  let port = 0;
  const start = async () => {
    const one = fork(join(import.meta.dirname, "serve.ts"), [dir, String(port)], {
      execArgv: ["--import", "tsx"],
    });
    child = one;
    const [told] = (await Promise.race([
      once(one, "message"),
      once(one, "exit").then(([code]) => {
        throw new Error(`The ClickHouse server ended with ${code}.`);
      }),
    ])) as [{ port: number }];
    port = told.port;
  };
  const kill = async () => {
    const one = child;
    child = undefined;
    if (!one) return;
    const ended = once(one, "exit");
    one.kill("SIGKILL");
    await ended;
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    start,
    kill,
    async stop() {
      await kill();
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
