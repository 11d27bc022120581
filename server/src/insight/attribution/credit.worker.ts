import { parentPort } from "node:worker_threads";
import { type CreditAsk, creditPaths } from "./credit.ts";

/** The thread of attribution: one answer for each question. It loads no engine and touches no file. */
parentPort!.on("message", (ask: CreditAsk) => parentPort!.postMessage(creditPaths(ask)));
