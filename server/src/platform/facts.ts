import type { Pool } from "pg";
import type { Logger } from "pino";
import { z } from "zod";
import { query, sql, withTransaction } from "./postgres/index.ts";

export type FactListener = (fact: { id: number; name: string; payload: unknown; at: Date }) => Promise<void>;

/** Makes one payload of several facts of a name that follow each other: then their listeners are told once. */
export type JoinFacts = (payloads: readonly unknown[]) => unknown;

const Fact = z.object({ id: z.number(), name: z.string(), payload: z.unknown(), at: z.date() });

/**
 * Tells saved facts to their listeners, in order, at least once: a fact goes only after every listener
 * has taken it, so listeners must bear hearing it twice.
 */
export function startFacts(
  pool: Pool,
  listeners: ReadonlyMap<string, readonly FactListener[]>,
  log: Logger,
  joins: ReadonlyMap<string, JoinFacts> = new Map(),
) {
  let stopped = false;
  let running: Promise<void> | undefined;
  let again = false;
  let paused = 0;

  async function drain(): Promise<void> {
    for (;;) {
      if (stopped || paused) return;
      // Asked first without a transaction: mostly there is nothing.
      if (!(await query(pool, sql`select id from facts order by id limit 1`)).length) return;
      const told = await withTransaction(pool, async (tx) => {
        const facts = await query(
          tx,
          sql`select id, name, payload, at from facts order by id limit 50 for update skip locked`,
          Fact,
        );
        for (const fact of together(facts, joins)) {
          for (const listen of listeners.get(fact.name) ?? []) await listen(fact);
        }
        if (facts.length)
          await query(tx, sql`delete from facts where id = any(${facts.map((fact) => fact.id)})`);
        return facts.length;
      });
      if (told < 50) return;
    }
  }

  /** Starts a round, or asks for one more when one is running. */
  function wake() {
    if (stopped || paused) return;
    if (running) {
      again = true;
      return;
    }
    running = drain()
      .catch((error) => log.error({ err: error }, "a fact could not be told; it is kept and told again"))
      .finally(() => {
        running = undefined;
        if (again) {
          again = false;
          wake();
        }
      });
  }
  const timer = setInterval(wake, 5_000);
  timer.unref();
  return {
    wake,
    /** Every fact saved so far has been told when this returns. */
    async drained() {
      wake();
      while (running) await running;
    },
    async pause() {
      paused++;
      while (running) await running;
    },
    resume() {
      paused--;
      wake();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

function together(
  facts: readonly z.infer<typeof Fact>[],
  joins: ReadonlyMap<string, JoinFacts>,
): z.infer<typeof Fact>[] {
  const runs: z.infer<typeof Fact>[][] = [];
  for (const fact of facts) {
    const run = runs.at(-1);
    if (run && run[0]!.name === fact.name && joins.has(fact.name)) run.push(fact);
    else runs.push([fact]);
  }
  return runs.map((run) =>
    run.length === 1
      ? run[0]!
      : { ...run.at(-1)!, payload: joins.get(run[0]!.name)!(run.map((one) => one.payload)) },
  );
}
