import { type Command, readArgs, shared, UsageError } from "./command.ts";
import { withServer } from "./connection.ts";
import { pairs, print } from "./output.ts";
import { followJob } from "./progress.ts";

interface Started {
  jobId: string;
  /** The garden that the run is in, when it is not the caller's. */
  garden?: string;
}

const sampleOptions = {
  customers: { value: "N", summary: "How many customers; 5000 where nothing is said." },
  weeks: { value: "N", summary: "How many weeks; 104 where nothing is said." },
  until: {
    value: "DAY",
    summary: "The last simulated day, such as 2026-06-30; yesterday where nothing is said.",
  },
  seed: { value: "TEXT", summary: "What chance is drawn from: the same seed makes the same garden." },
  json: shared.json,
} as const;

export const sampleCommand: Command = {
  name: "sample",
  summary: "Grow a synthetic garden of a fictional brand, two years in a few minutes.",
  options: sampleOptions,
  async run(args) {
    const { values } = readArgs(args, sampleOptions);
    const input = {
      ...numberOf("customers", values.customers),
      ...numberOf("weeks", values.weeks),
      ...(values.until ? { until: values.until } : {}),
      ...(values.seed ? { seed: values.seed } : {}),
    };
    const result = await withServer(undefined, async (server) => {
      const { jobId, garden } = await server.call<Started>("POST", "/api/sample", input);
      return followJob(server, jobId, "Sample garden", values.json, garden);
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
      return followJob(server, started.jobId, "Insight", values.json);
    });
    print(values.json, result, () => resultText(result));
  },
};

export const duplicatesCommand: Command = {
  name: "duplicates",
  summary: "Search the known customers for pairs that may be one person; nobody is joined.",
  options: insightOptions,
  async run(args) {
    const { values } = readArgs(args, insightOptions);
    const result = await withServer(values.garden, async (server) => {
      const started = await server.call<Started>("POST", "/api/merge-proposals/search");
      return followJob(server, started.jobId, "Duplicates", values.json);
    });
    print(values.json, result, () => resultText(result));
  },
};

function numberOf(name: string, text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new UsageError(`--${name} is a whole number above 0.`);
  return { [name]: number };
}

/** A job's result as lines; what is deeper than one level stays JSON. */
export function resultText(result: unknown): string {
  if (typeof result !== "object" || result === null) return "Done.";
  const rows = Object.entries(result).map(
    ([name, value]) =>
      [name, typeof value === "number" || typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  return rows.length ? pairs(rows) : "Done.";
}
