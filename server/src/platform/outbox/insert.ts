import type { EventDatabase } from "../clickhouse/index.ts";
import type { Outgoing } from "./delivery.ts";

/** Makes of a line that the event store refuses one that it takes; undefined where it knows no way. */
export type Repair = (target: string, line: string) => string | undefined;

/**
 * Puts a batch into its table. A line that the engine cannot read must not hold up all that follow for ever: such lines
 * are looked for in a copy of the table that keeps nothing, and the batch goes in as one with those repaired.
 */
export async function insertBatch(
  events: EventDatabase,
  batch: Outgoing,
  token: string,
  repair: Repair | undefined,
): Promise<{ repaired: number }> {
  try {
    await events.insertLines(batch.target, batch.lines, token);
    return { repaired: 0 };
  } catch (error) {
    if (!repair || !isOfContent(error)) throw error;
    const lines = Buffer.from(batch.lines).toString("utf8").split("\n").filter(Boolean);
    const bad = await unreadable(events, batch.target, lines);
    if (!bad.size) throw error;
    const whole = lines.map((line, at) => {
      if (!bad.has(at)) return line;
      const repaired = repair(batch.target, line);
      if (repaired === undefined) throw error;
      return repaired;
    });
    await events.insertLines(batch.target, Buffer.from(whole.join("\n")), token);
    return { repaired: bad.size };
  }
}

/** Whether the engine refused what it read; everything else may go away by itself. */
function isOfContent(error: unknown): boolean {
  const { type } = error as { type?: unknown };
  return (
    typeof type === "string" &&
    /^(INCORRECT_DATA|CANNOT_|TYPE_MISMATCH|ILLEGAL_|BAD_ARGUMENTS|VALUE_IS_OUT_OF_RANGE|ARGUMENT_OUT_OF_BOUND|DECIMAL_OVERFLOW|TOO_DEEP|TOO_LARGE_)/.test(
      type,
    )
  );
}

/** Places of the lines that the engine cannot read, by halves: most are good. */
async function unreadable(
  events: EventDatabase,
  target: string,
  lines: readonly string[],
): Promise<Set<number>> {
  const nowhere = `${target}_nowhere`;
  await events.command(`create table if not exists ${nowhere} as ${target} engine = Null`);
  const bad = new Set<number>();
  const look = async (from: number, to: number): Promise<void> => {
    try {
      await events.insertLines(nowhere, Buffer.from(lines.slice(from, to).join("\n")));
    } catch (error) {
      if (!isOfContent(error)) throw error;
      if (to - from === 1) {
        bad.add(from);
        return;
      }
      const middle = (from + to) >> 1;
      await look(from, middle);
      await look(middle, to);
    }
  };
  try {
    if (lines.length) await look(0, lines.length);
  } finally {
    await events.command(`drop table if exists ${nowhere}`);
  }
  return bad;
}
