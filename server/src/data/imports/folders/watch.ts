import type { Context } from "../../../garden/index.ts";
import type { Jobs } from "../../../platform/jobs/index.ts";
import type { Staging } from "../files.ts";
import { lookIntoFolders, type Seen } from "./look.ts";

/** How often folders are looked into: a file that has not changed from one look to the next is complete. */
const everyMs = 5_000;

/** Looks into the folders of all gardens again and again, until it is stopped. */
export function watchFolders(around: {
  jobs: Jobs;
  staging: Staging;
  gardens: () => readonly string[];
  contextOf: (garden: string) => Context;
}): { stop(): Promise<void> } {
  const seen: Seen = new Map();
  let looking: Promise<void> = Promise.resolve();
  let stopped = false;
  let timer: NodeJS.Timeout;
  const look = async () => {
    for (const garden of around.gardens()) {
      if (stopped) return;
      const ctx = around.contextOf(garden);
      await lookIntoFolders(ctx, around, seen).catch((error) => {
        // The next look tries again: a store may be away, or a file not ours to move.
        if (!stopped) ctx.log.warn({ err: error }, "a watched folder could not be looked into");
      });
    }
  };
  const plan = () => {
    timer = setTimeout(() => {
      looking = look().finally(() => {
        if (!stopped) plan();
      });
    }, everyMs);
    timer.unref();
  };
  plan();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
