import { askingThread } from "../../platform/asking-thread.ts";
import type { FitAnswer, FitAsk } from "./fit.ts";

/** Fits in a thread of its own, so that nobody waits for it. A signal ends the thread. */
export const fitInThread = askingThread<FitAsk, FitAnswer>(import.meta.url, "fit");
