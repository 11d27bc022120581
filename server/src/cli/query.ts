import { type Command, readArgs, shared } from "./command.ts";
import { withServer } from "./connection.ts";
import { print, table } from "./output.ts";

const options = { garden: shared.garden, json: shared.json } as const;

export const queryCommand: Command = {
  name: "query",
  operands: '"<read-only SQL>"',
  summary: "Ask the garden's events and insight in read-only SQL.",
  options,
  async run(args) {
    const { values, operands } = readArgs(args, options, "one");
    const rows = await withServer(values.garden, (server) =>
      server.call<Record<string, unknown>[]>("POST", "/api/query", { sql: operands[0] }),
    );
    print(values.json, rows, () => (rows.length ? table(rows) : "No row."));
  },
};
