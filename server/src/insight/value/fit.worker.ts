import { parentPort } from "node:worker_threads";
import { type FitAsk, fitValue } from "./fit.ts";

/** The thread of fits: one answer for each question. It loads no engine and touches no file. */
parentPort!.on("message", (ask: FitAsk) => {
  const answer = fitValue(ask);
  const buffers = answer.scores
    ? Object.values(answer.scores).map((column: Float64Array) => column.buffer as ArrayBuffer)
    : [];
  parentPort!.postMessage(answer, [...new Set(buffers)]);
});
