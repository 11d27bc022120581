import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const bin = resolve(import.meta.dirname, "../../bin/rondell.js");

export interface RondellProcess {
  url: string;
  dataDir: string;
  /** What the server wrote: its log and the address. */
  output(): string;
  /** Runs a command of the command line against this server and gives its JSON. */
  command(...args: string[]): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts Rondell as a user does, on a new data folder and a free port, and stops it by its process id. */
export async function startRondell(): Promise<RondellProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), "rondell-story-"));
  const port = await freePort();
  const env = {
    ...process.env,
    RONDELL_DATA_DIR: dataDir,
    RONDELL_PORT: String(port),
    RONDELL_HOST: "127.0.0.1",
  };
  const child = spawn(process.execPath, [bin, "start"], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const listen = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const url = await readyUrl(child, () => output);
  return {
    url,
    dataDir,
    output: () => output,
    async command(...args) {
      const { stdout } = await promisify(execFile)(process.execPath, [bin, ...args, "--json"], {
        env,
        maxBuffer: 64 * 1024 * 1024,
      });
      return JSON.parse(stdout);
    },
    async stop() {
      if (child.exitCode === null) {
        const ended = new Promise((done) => child.once("exit", done));
        child.kill("SIGTERM");
        await ended;
      }
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function readyUrl(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((done, failed) => {
    const look = setInterval(() => {
      const url = /Rondell is ready: (\S+)/.exec(output())?.[1];
      if (url) {
        clearInterval(look);
        done(url);
      }
    }, 50);
    child.once("exit", (code) => {
      clearInterval(look);
      failed(new Error(`Rondell ended with ${code} before it was ready:\n${output()}`));
    });
  });
}

export function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}
