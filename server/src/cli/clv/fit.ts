import { bgBb, sbg } from "@rondell/models";
import { type Command, CommandFailed, readArgs, shared, UsageError } from "../command.ts";
import { count, pairs, print, table } from "../output.ts";
import { readCohorts, readOpportunities } from "./counted.ts";
import { readCustomers } from "./customers.ts";
import { documentOf, type FitDocument, fitSpend, fitTimed, modelNamed, modelNames } from "./models.ts";

export const readingOptions = {
  in: {
    value: "FILE",
    summary: "CSV: id,x,t_x,T,zbar in weeks, or a log customer_id,date,value.",
    required: true,
  },
  "calibration-end": {
    value: "DATE",
    summary: "Last day of observation in a log; the file's last day if not said.",
  },
  id: { value: "COLUMN", summary: "The column that names the customer, if not id or customer_id." },
  "skip-invalid": {
    summary: "Leave out rows that cannot be and say how many, instead of refusing the file.",
  },
  json: shared.json,
} as const;

const options = {
  model: { value: "MODEL", summary: `${modelNames}.`, required: true },
  ...readingOptions,
  cohorts: {
    value: "COLUMNS",
    summary: "For sbg: the columns of survivors to fit together, divided by commas; all if not said.",
  },
} as const;

/** Turns what a model refuses into what the command line says. */
export function saying<Result>(work: () => Result, code = "rows.invalid"): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw new CommandFailed(code, error.message);
    throw error;
  }
}

export const clvFitCommand: Command = {
  name: "clv fit",
  summary: "Fit a model of customer lifetime value to a CSV file, without a server.",
  options,
  async run(args) {
    const { values } = readArgs(args, options);
    const named = modelNamed(values.model);
    if (values.cohorts && named.kind !== "contracts") throw new UsageError("--cohorts is for --model sbg.");
    const result = await fitDocument(named, {
      path: values.in,
      id: values.id,
      calibrationEnd: values["calibration-end"],
      skipInvalid: values["skip-invalid"],
      cohorts: values.cohorts?.split(","),
    });
    print(values.json, result, () => textOf(result));
  },
};

async function fitDocument(
  named: ReturnType<typeof modelNamed>,
  ask: Parameters<typeof readCustomers>[0] & { cohorts: string[] | undefined },
): Promise<FitDocument> {
  if (named.kind === "opportunities") {
    const { histories, notes } = await readOpportunities(ask);
    const document = documentOf(
      named.name,
      saying(() => bgBb.fit(histories)),
    );
    return { ...document, notes: [...notes, ...document.notes] };
  }
  if (named.kind === "contracts") {
    const cohorts = await readCohorts(ask.path, ask.cohorts);
    const fit = saying(() => sbg.fit(cohorts));
    const document = documentOf(named.name, fit);
    if (!fit.ok) return document;
    const ahead = 2 * Math.max(...cohorts.map(({ survivors }) => survivors.length - 1));
    document.diagnostics.survival = [...sbg.survival(fit.parameters, ahead)];
    document.diagnostics.retention = [...sbg.retention(fit.parameters, ahead)];
    return document;
  }
  const customers = await readCustomers(ask);
  if (named.kind === "spend") {
    const spend = fitSpend(customers);
    if ("note" in spend) throw new CommandFailed("no_spend", spend.note);
    return { ...spend.document, notes: [...customers.notes, ...spend.document.notes] };
  }
  const { document } = fitTimed(named, customers);
  const spend = fitSpend(customers);
  return {
    ...document,
    ...("note" in spend ? {} : { spend: spend.document }),
    notes: [...customers.notes, ...document.notes, ...("note" in spend ? [spend.note] : [])],
  };
}

const rounded = (value: number | null) => (value === null ? "not identified" : Number(value.toPrecision(6)));

function textOf(document: FitDocument): string {
  const part = ({ model, params, standardErrors, logLikelihood, customers }: FitDocument) =>
    `${pairs([
      ["model", model],
      ["customers", count(customers)],
      ["log-likelihood", logLikelihood.toFixed(4)],
    ])}\n\n${table(
      Object.entries(params).map(([name, value]) => ({
        parameter: name,
        value: rounded(value),
        "standard error": rounded(standardErrors[name] ?? null),
      })),
    )}`;
  const notes = [...document.notes, ...(document.spend?.notes ?? [])];
  return [
    part(document),
    ...(document.spend ? [part(document.spend)] : []),
    ...(notes.length ? [notes.map((note) => `Note: ${note}`).join("\n")] : []),
  ].join("\n\n");
}
