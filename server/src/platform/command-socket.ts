import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";

/** Bytes that a path of a unix socket may have, with some to spare: 104 on macOS, 108 on Linux. */
const pathBytesMax = 100;

const ours = new WeakSet<Socket>();

/** Whether a request came through the command socket, which only the owner of the data folder can open. */
export function isCommand(raw: IncomingMessage): boolean {
  return ours.has(raw.socket);
}

/**
 * Where the server of a data folder takes commands. A folder whose path is too long for a socket gets
 * one in the temporary folder, named after the data folder, in a folder that nobody else can enter.
 */
export function commandSocketPath(dataDir: string): string {
  const path = join(resolve(dataDir), "rondell.sock");
  if (Buffer.byteLength(path) <= pathBytesMax) return path;
  const name = createHash("sha256").update(resolve(dataDir)).digest("hex").slice(0, 20);
  return join(tmpdir(), `rondell-${userInfo().uid}-${name}`, "rondell.sock");
}

export interface CommandSocket {
  path: string;
  /** Takes no more commands, lets those that run end, and removes the socket. */
  close(): Promise<void>;
}

/**
 * Opens the command socket (mode 0600). Call it only as the owner of the data folder: a socket that a
 * killed process left behind is removed.
 */
export async function openCommandSocket(
  dataDir: string,
  handle: (request: IncomingMessage, reply: ServerResponse) => void,
): Promise<CommandSocket> {
  const path = commandSocketPath(dataDir);
  if (!path.startsWith(resolve(dataDir))) makePrivateFolder(join(path, ".."));
  await rm(path, { force: true });
  const server = createServer((incoming, reply) => handle(incoming, reply));
  // An import of some gigabytes and a question of some minutes are ordinary here.
  server.requestTimeout = 0;
  server.on("connection", (socket) => ours.add(socket));
  const before = process.umask(0o177);
  try {
    await new Promise<void>((done, failed) => {
      server.once("error", failed);
      server.listen(path, () => {
        server.off("error", failed);
        done();
      });
      // `listen` binds a path at once, so the mask may be put back right after it.
      process.umask(before);
    });
  } finally {
    process.umask(before);
  }
  chmodSync(path, 0o600);
  return {
    path,
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeIdleConnections();
      await closed;
      await rm(path, { force: true });
    },
  };
}

/** Whether a server answers on the command socket of the data folder. */
export function isServed(dataDir: string): Promise<boolean> {
  return new Promise((done) => {
    const ask = request(
      { socketPath: commandSocketPath(dataDir), path: "/health", timeout: 5_000 },
      (reply) => {
        reply.resume();
        done(true);
      },
    );
    ask.on("error", () => done(false));
    ask.on("timeout", () => {
      // It is there but busy: it holds the folder all the same.
      ask.destroy();
      done(true);
    });
    ask.end();
  });
}

function makePrivateFolder(dir: string): void {
  mkdirSync(dir, { mode: 0o700, recursive: true });
  const found = lstatSync(dir);
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0) {
    throw new Error(
      `${dir} belongs to somebody else or is open to others. Remove it, or choose a shorter RONDELL_DATA_DIR.`,
    );
  }
}
