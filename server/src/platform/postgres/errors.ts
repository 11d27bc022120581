import { Refusal } from "../refusal.ts";

/** The embedded Postgres cannot run here as things are. The message tells a person what to do. */
export class EmbeddedPostgresFailed extends Refusal {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super("busy", "postgres.failed", message);
    this.cause = options.cause;
  }
}
