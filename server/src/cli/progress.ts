import { CommandFailed } from "./command.ts";
import type { Connection } from "./connection.ts";
import { count, duration } from "./output.ts";

interface Run {
  id: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  progress: number | null;
  detail: Record<string, unknown>;
  result: unknown;
  error: string | null;
}

/**
 * Waits until a job has ended, with a bar that says how far it is, how fast and how long it will take. A terminal gets one
 * line that is written anew; a log gets a line every ten seconds. Gives the job's result; throws CommandFailed.
 */
export async function followJob(
  server: Connection,
  id: string,
  what: string,
  quiet: boolean,
  garden?: string,
): Promise<unknown> {
  const bar = quiet ? undefined : openBar(what);
  for (;;) {
    const run = await server.call<Run>("GET", `/api/jobs/${id}${garden ? `?garden=${garden}` : ""}`);
    bar?.show(run.progress, rowsOf(run.detail), stepOf(run.detail));
    if (run.state === "done") {
      bar?.end();
      return run.result;
    }
    if (run.state === "failed") {
      bar?.end();
      throw new CommandFailed("job.failed", run.error ?? `${what} failed; the server's log says why.`);
    }
    if (run.state === "cancelled") {
      bar?.end();
      throw new CommandFailed("job.cancelled", `${what} was cancelled.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const rowsOf = (detail: Record<string, unknown>) => {
  const rows = detail.rowsRead ?? detail.rows ?? detail.events ?? detail.customers;
  return typeof rows === "number" ? rows : undefined;
};
const stepOf = (detail: Record<string, unknown>) =>
  typeof detail.step === "string" ? detail.step : undefined;

/** A progress bar on the error stream, so that the result can be piped. */
export function openBar(what: string) {
  const out = process.stderr;
  const begun = performance.now();
  let loggedAt = begun;
  let drawn = false;
  return {
    show(share: number | null, rows?: number, step?: string) {
      const line = barLine({ what, share, rows, step, seconds: (performance.now() - begun) / 1000 });
      if (out.isTTY) {
        out.write(`\r\x1b[K${line.slice(0, (out.columns ?? 80) - 1)}`);
        drawn = true;
      } else if (performance.now() - loggedAt > 10_000) {
        loggedAt = performance.now();
        out.write(`${line}\n`);
      }
    },
    end() {
      if (drawn) out.write("\r\x1b[K");
    },
  };
}

/** One line: bar, share, rows a second and the time that is left at the speed so far. */
export function barLine(at: {
  what: string;
  share: number | null;
  rows?: number;
  step?: string;
  seconds: number;
}): string {
  const { what, share, rows, step, seconds } = at;
  const width = 24;
  const filled = Math.round((share ?? 0) * width);
  const parts = [
    what,
    share === null
      ? "…"
      : `[${"#".repeat(filled)}${".".repeat(width - filled)}] ${Math.floor(share * 100)} %`,
  ];
  if (rows !== undefined && seconds > 0)
    parts.push(`${count(rows)} rows, ${count(Math.round(rows / seconds))} rows/s`);
  if (share !== null && share > 0.01 && share < 1 && seconds > 0.5)
    parts.push(`${duration((seconds * (1 - share)) / share)} left`);
  if (step) parts.push(step);
  return parts.join("  ");
}
