import { spawn } from "node:child_process";
import { join } from "node:path";
import { inTempFolder } from "./processes.ts";
import type { BenchRow } from "./row.ts";

const bin = join(import.meta.dirname, "../server/bin/rondell.js");
const customers = 5_000;

/** Grows the whole sample garden by the command that a user gives, in an empty data folder, start and stop included. */
export async function benchSample(): Promise<BenchRow[]> {
  return inTempFolder(async (dataDir) => {
    const begun = performance.now();
    const child = spawn(
      process.execPath,
      ["--max-semi-space-size=32", bin, "sample", "--customers", String(customers), "--json"],
      {
        env: { ...process.env, RONDELL_DATA_DIR: dataDir, RONDELL_PORT: "0", RONDELL_LOG_LEVEL: "error" },
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
    const seconds = (performance.now() - begun) / 1000;
    const grown = JSON.parse(text) as { customers?: number };
    if (code !== 0 || grown.customers !== customers)
      throw new Error(`The sample garden ended with ${code}: ${text.slice(0, 500)}`);
    return [
      {
        name: `sample garden of ${customers.toLocaleString("en")} customers over two years`,
        value: seconds,
        unit: "s",
        target: "under 300 s",
        met: seconds < 300,
      },
    ];
  });
}
