/** What a sender is told while a database is away. */
export const awayMessage =
  "The server's database is away for a moment. Nothing that was accepted is lost: send this again in a few seconds.";

/** Postgres says that it ends, starts, has no connection left, or lost this one (classes 57P and 08). */
const awayCode = /^(57P0[1-5]|53300|08[0-9A-Z]{3})$/;
/** The system says so of a socket; of several addresses that were tried it names no call. */
const brokenLine = /^(ECONNREFUSED|ECONNRESET|EPIPE)$/;
/** The words of the driver, which gives these no code. */
const awayWords =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/;

/**
 * Whether an error, or what caused it, says that a database cannot be reached now: it is being started again, or the line
 * to it broke. Whoever asks should ask again; nothing of what was asked is wrong.
 */
export function isAway(error: unknown): boolean {
  for (let at = error, depth = 0; at && depth < 5; at = (at as { cause?: unknown }).cause, depth++) {
    const { code, message, syscall } = at as { code?: unknown; message?: unknown; syscall?: unknown };
    if (typeof code === "string" && awayCode.test(code)) return true;
    // A socket that nobody listens on, that is not there yet, or that broke in the middle of a statement.
    if (typeof code === "string" && (syscall === "connect" || brokenLine.test(code))) return true;
    if (typeof message === "string" && awayWords.test(message)) return true;
  }
  return false;
}
