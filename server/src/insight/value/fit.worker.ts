import { parentPort, workerData } from "node:worker_threads";
import { type FitAsk, fitValue } from "./fit.ts";

/** The thread of a fit: one question in, one answer out. It loads no engine and touches no file. */
const answer = fitValue(workerData as FitAsk);
const buffers = answer.scores
  ? Object.values(answer.scores).map((column: Float64Array) => column.buffer as ArrayBuffer)
  : [];
parentPort!.postMessage(answer, [...new Set(buffers)]);
