import { parentPort } from "node:worker_threads";
import { duplicatesAmong, People } from "@rondell/models";
import type { ThreadAnswer, ThreadAsk } from "./find-thread.ts";

const people = new People();
const say = (answer: ThreadAnswer) => parentPort!.postMessage(answer);

/** The thread of one search: it takes people page by page, then compares them. It loads no engine and touches no file. */
parentPort!.on("message", (ask: ThreadAsk) => {
  if (ask.people) {
    for (const person of ask.people) people.add(person);
    say({ taken: people.length });
    return;
  }
  const { pairs, clusters, model, candidates, pairsLeftOut } = duplicatesAmong(people, {
    onProgress: (share) => say({ share }),
  });
  say({
    found: {
      pairs,
      customers: people.length,
      clusters: clusters.length,
      compared: candidates,
      leftOut: pairsLeftOut,
      expected: model.expectedMatches,
      converged: model.convergence.converged,
    },
  });
});
