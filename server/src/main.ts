import { pathToFileURL } from "node:url";
import { run } from "./cli.ts";

/** The command line: `rondell start`, `rondell import …`. Gives the exit code: 0 done, 1 failed, 2 wrong use. */
export function main(args: readonly string[]): Promise<number> {
  // A reader that has seen enough, such as `head`, is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  return run(args);
}

// In development tsx runs this file itself; the bundle is imported by bin/rondell.js.
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(process.argv.slice(2));
}
