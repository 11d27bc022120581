import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { type App, openApp } from "./app.ts";
import type { Config } from "./config.ts";
import { openCommandSocket } from "./platform/command-socket.ts";
import { lockDataDir } from "./platform/postgres/index.ts";
import { refuse } from "./platform/refusal.ts";

export interface Running {
  app: App;
  /** Where the server listens, such as http://127.0.0.1:4300. */
  url: string;
  stop(): Promise<void>;
}

/** Boots Rondell and listens: on its port for everyone, and on the command socket for the command line. */
export async function startServer(config: Config): Promise<Running> {
  // Asked before the engines start, which takes seconds; who takes the port meanwhile is told by `listen` below.
  if (config.port !== 0) {
    await probe(config).catch(async (error) => {
      await refuseSecond(config, error);
      refuseAddress(config, error);
    });
  }
  const app = await openApp(config);
  try {
    await app.http.listen({ host: config.host, port: config.port });
  } catch (error) {
    await app.stop();
    refuseAddress(config, error);
  }
  const socket = await openCommandSocket(config.dataDir, (request, reply) =>
    app.http.routing(request, reply),
  );
  const address = app.http.server.address();
  const port = typeof address === "object" && address ? address.port : config.port;
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  return {
    app,
    url: `http://${host}:${port}`,
    async stop() {
      await socket.close();
      await app.stop();
    },
  };
}

/** Takes the address for a moment. */
async function probe({ host, port }: Config): Promise<void> {
  const server = createServer();
  server.listen(port, host);
  await once(server, "listening");
  server.close();
  await once(server, "close");
}

/** Where the port is taken by a Rondell on this very data folder, the folder is what tells: it names the process. */
async function refuseSecond({ dataDir }: Config, error: unknown): Promise<void> {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE" && existsSync(dataDir)) await (await lockDataDir(dataDir)).release();
}

/** Says what to do about an address that cannot be listened at; throws anything else as it is. */
function refuseAddress({ host, port }: Config, error: unknown): never {
  const advice: Record<string, string> = {
    EADDRINUSE: `Port ${port} is taken by another program. Stop it, or choose another one with RONDELL_PORT.`,
    EACCES: `Port ${port} may not be used by this account. Choose one above 1023 with RONDELL_PORT.`,
    EADDRNOTAVAIL: `${host} is no address of this machine. Set RONDELL_HOST to one of its own, or to 0.0.0.0 for all of them.`,
    ENOTFOUND: `${host} is no host that can be found. Set RONDELL_HOST to an address of this machine.`,
  };
  const { code = "" } = error as NodeJS.ErrnoException;
  if (advice[code]) refuse("conflict", "address.unusable", advice[code]);
  throw error;
}

/** Runs the server until it is told to stop: prints the one address to open, and drains before it ends. */
export async function serve(config: Config): Promise<void> {
  const running = await startServer(config);
  process.stdout.write(
    `\n  Rondell is ready: ${await running.app.setup.urlToOpen(config.publicUrl ?? running.url)}\n\n`,
  );
  await new Promise<void>((resolve) => {
    let stopping = false;
    const stop = (signal: string) => {
      if (stopping) return;
      stopping = true;
      running.app.log.info({ signal }, "stopping: what was accepted is finished first");
      running.stop().then(resolve, (error) => {
        running.app.log.error({ err: error }, "stopping failed");
        process.exitCode = 1;
        resolve();
      });
    };
    process.once("SIGTERM", () => stop("SIGTERM"));
    process.once("SIGINT", () => stop("SIGINT"));
  });
}
