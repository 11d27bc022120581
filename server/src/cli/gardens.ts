import { type Command, readArgs, shared } from "./command.ts";
import { withServer } from "./connection.ts";
import { print, table } from "./output.ts";

const options = { json: shared.json } as const;

export const gardensCommand: Command = {
  name: "gardens",
  summary: "List the gardens of this installation.",
  options,
  async run(args) {
    const { values } = readArgs(args, options);
    const { gardens } = await withServer(undefined, (server) =>
      server.call<{
        gardens: { id: string; brand: string; currency: string; timezone: string; synthetic: boolean }[];
      }>("GET", "/api/gardens"),
    );
    print(values.json, gardens, () =>
      gardens.length
        ? table(
            gardens.map(({ id, brand, currency, timezone, synthetic }) => ({
              id,
              brand,
              currency,
              timezone,
              kind: synthetic ? "synthetic" : "brand",
            })),
          )
        : 'There is no garden yet: run "rondell setup" or "rondell start".',
    );
  },
};
