/** Characters of a message and of a stack: the engines repeat whole statements in theirs. */
const messageMax = 600;
const stackMax = 2_000;

/** An error as the log keeps it: its kind, code and place, not the pages of SQL that an engine adds. */
export function errorForLog(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  const place = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .join("\n");
  return {
    type: error.name,
    message: error.message.slice(0, messageMax),
    ...(code === undefined ? {} : { code }),
    stack: place.slice(0, stackMax),
    ...(error.cause instanceof Error ? { cause: error.cause.message.slice(0, messageMax) } : {}),
  };
}
