import { type ParseArgsConfig, parseArgs } from "node:util";

export interface Option {
  /** How the value is written in the help, such as `EUR`; a switch has none. */
  value?: string;
  summary: string;
  required?: boolean;
}

export interface Command {
  /** The words that call it, such as `source create`. */
  name: string;
  summary: string;
  /** What stands after the words, such as `<files…>`. */
  operands?: string;
  options: Record<string, Option>;
  run(args: readonly string[]): Promise<void>;
}

/** The command was written wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The server refused or could not be reached: exit code 1. `code` is the server's. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Options that most commands have. */
export const shared = {
  json: { summary: "Print the result as JSON, and nothing else." },
  garden: { value: "ID", summary: "The garden; the brand's own where nothing is said." },
} satisfies Record<string, Option>;

type Values<O extends Record<string, Option>> = {
  [K in keyof O]: O[K] extends { value: string }
    ? O[K] extends { required: true }
      ? string
      : string | undefined
    : boolean;
};

/** Reads what stands after the command's words. Throws UsageError. */
export function readArgs<O extends Record<string, Option>>(
  args: readonly string[],
  options: O,
  operands: "none" | "some" | "one" = "none",
): { values: Values<O>; operands: string[] } {
  const config: ParseArgsConfig["options"] = {};
  for (const [name, option] of Object.entries(options)) {
    config[name] = { type: option.value ? "string" : "boolean", ...(name === "json" ? { short: "j" } : {}) };
  }
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: [...args],
      options: config,
      allowPositionals: operands !== "none",
      strict: true,
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  for (const [name, option] of Object.entries(options)) {
    const value = parsed.values[name];
    if (option.required && (value === undefined || value === ""))
      throw new UsageError(`--${name} is missing: ${option.summary}`);
    // A variable of a script that was never set must not mean "all" or "the usual".
    if (value === "") throw new UsageError(`--${name} is empty: name something, or leave it out.`);
    if (!option.value) parsed.values[name] = value ?? false;
  }
  const count = parsed.positionals.length;
  if (operands === "some" && count === 0) throw new UsageError("Name at least one.");
  if (operands === "one" && count !== 1) throw new UsageError("Exactly one is needed; put it in quotes.");
  return { values: parsed.values as Values<O>, operands: parsed.positionals };
}
