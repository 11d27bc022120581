import type { JobContext } from "../../platform/jobs/index.ts";

/** What an import does, one after the other; the words on the pages go by these. */
type Step = "reading" | "checking" | "customers" | "storing" | "showing" | "saving";

/** From which share of the whole work to which a step goes. */
type Plan = Record<Step, readonly [from: number, to: number]>;

const intoEvents: Plan = {
  reading: [0, 0.3],
  checking: [0.3, 0.5],
  customers: [0.5, 0.7],
  storing: [0.7, 0.95],
  showing: [0.99, 0.99],
  saving: [0.99, 1],
};

/** Of what goes to the state store the most is done after it is shown. */
const intoState: Plan = {
  reading: [0, 0.1],
  checking: [0.1, 0.15],
  customers: [0.15, 0.5],
  storing: [0.5, 0.6],
  showing: [0.6, 0.6],
  saving: [0.6, 0.99],
};

/** Tells how far an import has come, and how long it will still take. Throws where the work is to stop. */
export class Progress {
  readonly #job: JobContext;
  readonly #importId: number;
  readonly #plan: Plan;
  readonly #startedAt = performance.now();
  /** Lines that were read. */
  rows = 0;

  constructor(job: JobContext, importId: number, goesToState: boolean) {
    this.#job = job;
    this.#importId = importId;
    this.#plan = goesToState ? intoState : intoEvents;
  }

  /** `share` is that of the step, from 0 to 1. */
  async tell(step: Step, share: number): Promise<void> {
    this.#job.signal.throwIfAborted();
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const [from, to] = this.#plan[step];
    const whole = from + (to - from) * share;
    await this.#job.progress(whole, {
      import: this.#importId,
      step,
      rowsRead: this.rows,
      rowsPerSecond: Math.round(this.rows / Math.max(seconds, 0.001)),
      secondsLeft: whole > 0.02 ? Math.round((seconds / whole) * (1 - whole)) : null,
    });
  }
}
