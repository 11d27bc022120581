import { spawn } from "node:child_process";
import { join } from "node:path";
import { inTempFolder, memoryOfTree, startServer } from "./processes.ts";
import type { BenchRow } from "./row.ts";

const projectDir = join(import.meta.dirname, "..");

/** Starts the built server as `npm start` does, without building; gives the seconds until it says that it is ready. */
async function startBuilt(dataDir: string) {
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    ["--max-semi-space-size=32", join(projectDir, "server/bin/rondell.js"), "start"],
    {
      env: { ...process.env, RONDELL_DATA_DIR: dataDir, RONDELL_PORT: "0", RONDELL_LOG_LEVEL: "info" },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let text = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const found = /Server listening at (http:\/\/[\d.:]+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}.\n${text}`)));
  });
  while (!(await fetch(`${url}/ready`)).ok) await new Promise((resolve) => setTimeout(resolve, 20));
  const seconds = (performance.now() - begun) / 1000;
  return {
    seconds,
    pid: child.pid!,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** The second start on a folder with 5 M events, and the memory of all processes, idle and with those events. */
export async function benchStart(): Promise<BenchRow[]> {
  return inTempFolder(async (dataDir) => {
    const rows: BenchRow[] = [];
    const memory = (name: string, pid: number, limit: number) => {
      const value = memoryOfTree(pid);
      if (value === undefined) return;
      rows.push({ name, value, unit: "MB", target: `under ${limit} MB`, met: value < limit });
    };
    const first = await startServer({ dataDir });
    await first.stop();
    const idle = await startBuilt(dataDir);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    memory("memory of all processes, idle (PSS)", idle.pid, 500);
    await idle.stop();

    const filling = await startServer({ dataDir });
    await filling.ask("fill", { events: 5_000_000, customers: 500_000 });
    await filling.stop();
    const second = await startBuilt(dataDir);
    rows.unshift({
      name: "second start with 5 M events, until /ready",
      value: second.seconds,
      unit: "s",
      target: "under 3 s",
      met: second.seconds < 3,
    });
    await second.stop();
    return rows;
  });
}
