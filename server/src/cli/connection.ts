import { type IncomingMessage, request } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Config, readConfig } from "../config.ts";
import { commandSocketPath, isServed, openCommandSocket } from "../platform/command-socket.ts";
import { CommandFailed, UsageError } from "./command.ts";

/** The server that holds the data folder, wherever it runs. */
export interface Connection {
  /** Asks and gives the answer's JSON. Throws CommandFailed with the server's words. */
  call<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T>;
  /** Sends a file's bytes as the body. */
  upload<T>(path: string, bytes: Readable): Promise<T>;
  /** Gives the answer as a stream. */
  download(path: string): Promise<Readable>;
}

export function commandConfig(): Config {
  try {
    return readConfig();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/**
 * Speaks to the server of the data folder through its command socket. Where none runs, starts Rondell in this process
 * for the call, without listening to the network.
 */
export async function withServer<T>(
  garden: string | undefined,
  work: (server: Connection) => Promise<T>,
): Promise<T> {
  const config = commandConfig();
  if (await isServed(config.dataDir)) return work(connect(config.dataDir, garden));
  const [{ openApp }, { pino }] = await Promise.all([import("../app.ts"), import("pino")]);
  const app = await openApp(
    { ...config, logLevel: "silent" },
    { log: pino({ level: "error", base: null }, pino.destination(2)) },
  );
  const socket = await openCommandSocket(config.dataDir, (incoming, reply) =>
    app.http.routing(incoming, reply),
  );
  // Ctrl-C ends the call as gently as the server ends: what is under way is finished.
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      await socket.close();
      await app.stop();
    })();
    return stopping;
  };
  const interrupted = () => void stop().finally(() => process.exit(130));
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  try {
    return await work(connect(config.dataDir, garden));
  } finally {
    process.off("SIGINT", interrupted);
    process.off("SIGTERM", interrupted);
    await stop();
  }
}

/** Speaks to the server of the data folder, which is there. */
export function connect(dataDir: string, garden: string | undefined): Connection {
  const socketPath = commandSocketPath(dataDir);
  // The id of a garden is plain letters; others could not even be sent.
  if (garden !== undefined && !/^[\w-]+$/.test(garden))
    throw new CommandFailed("garden.missing", `There is no garden ${garden}.`);
  const headers: Record<string, string> = garden ? { "x-rondell-garden": garden } : {};

  const open = (method: string, path: string, type?: string, body?: string | Readable) =>
    new Promise<IncomingMessage>((answered, failed) => {
      const ask = request({
        socketPath,
        method,
        path,
        headers: { ...headers, host: "localhost", ...(type ? { "content-type": type } : {}) },
      });
      ask.on("response", answered);
      ask.on("error", (error) =>
        failed(
          new CommandFailed(
            "server.lost",
            `The server went away while it was asked (${error.message}). Look at its log, and try again.`,
          ),
        ),
      );
      if (body === undefined) ask.end();
      else if (typeof body === "string") ask.end(body);
      // An answer that comes early (a refusal) ends the sending; that is told by the answer.
      else pipeline(body, ask).catch(() => body.destroy());
    });

  return {
    call: async (method, path, body) =>
      jsonOf(
        await open(
          method,
          path,
          body === undefined ? undefined : "application/json",
          body === undefined ? undefined : JSON.stringify(body),
        ),
      ),
    upload: async (path, bytes) => jsonOf(await open("POST", path, "application/octet-stream", bytes)),
    async download(path) {
      const answer = await open("GET", path);
      if (answer.statusCode !== 200) await jsonOf(answer);
      return answer;
    },
  };
}

async function jsonOf<T>(answer: IncomingMessage): Promise<T> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString("utf8");
  let body: { error?: { code?: string; message?: string } } | undefined;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const status = answer.statusCode ?? 500;
  if (status >= 400 || body === undefined) {
    throw new CommandFailed(
      body?.error?.code ?? `http.${status}`,
      body?.error?.message ?? `The server answered ${status} without saying why.`,
    );
  }
  return body as T;
}
