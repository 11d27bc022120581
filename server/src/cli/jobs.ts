import { type Command, readArgs, shared, UsageError } from "./command.ts";
import { withServer } from "./connection.ts";
import { pairs, print } from "./output.ts";
import { followJob } from "./progress.ts";

interface Started {
  jobId?: string;
  id?: string;
  garden?: string;
}

const sampleOptions = {
  customers: { value: "N", summary: "How many customers; 5000 where nothing is said." },
  json: shared.json,
} as const;

export const sampleCommand: Command = {
  name: "sample",
  summary: "Grow a synthetic garden of a fictional brand, two years in a few minutes.",
  options: sampleOptions,
  async run(args) {
    const { values } = readArgs(args, sampleOptions);
    const customers = Number(values.customers ?? 5000);
    if (!Number.isInteger(customers) || customers < 1)
      throw new UsageError("--customers is a whole number above 0.");
    const result = await withServer(undefined, async (server) => {
      const started = await server.call<Started>("POST", "/api/sample", { customers });
      return followJob(server, (started.jobId ?? started.id)!, "Sample garden", values.json);
    });
    print(values.json, result, () => resultText(result));
  },
};

const insightOptions = { garden: shared.garden, json: shared.json } as const;

export const insightRunCommand: Command = {
  name: "insight run",
  summary: "Work out value, lifecycle and journeys anew, for all customers.",
  options: insightOptions,
  async run(args) {
    const { values } = readArgs(args, insightOptions);
    const result = await withServer(values.garden, async (server) => {
      const started = await server.call<Started>("POST", "/api/insight/runs", {});
      return followJob(server, (started.jobId ?? started.id)!, "Insight", values.json);
    });
    print(values.json, result, () => resultText(result));
  },
};

/** A job's result as lines; what is deeper than one level stays JSON. */
export function resultText(result: unknown): string {
  if (typeof result !== "object" || result === null) return "Done.";
  const rows = Object.entries(result).map(
    ([name, value]) =>
      [name, typeof value === "number" || typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  return rows.length ? pairs(rows) : "Done.";
}
