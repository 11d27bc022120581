import {
  type Attribution,
  type AttributionModel,
  attribute,
  attributionModels,
  ChainFailed,
  type Order,
} from "@rondell/models";
import { type Command, CommandFailed, readArgs, shared, UsageError } from "./command.ts";
import { readJourneys } from "./journey-file.ts";
import { print, table } from "./output.ts";

const options = {
  in: {
    value: "FILE",
    required: true,
    summary:
      "CSV, also gzip: path, total_conversions, total_conversion_value, total_null; or a touch a row: customer, time, channel, converted, value.",
  },
  model: {
    value: "NAME",
    summary: `${attributionModels.join(", ")}, or all side by side; markov where nothing is said.`,
  },
  order: {
    value: "K",
    summary:
      "Touches that the Markov chain remembers, 1 to 4; chosen by cross-validation where nothing is said.",
  },
  direct: {
    value: "CHANNEL",
    summary: "The channel that stands for none, for last-non-direct; direct where nothing is said.",
  },
  "half-life": {
    value: "DAYS",
    summary: "For time-decay: days, or touches where the file has no times; 7 or 2 where nothing is said.",
  },
  "lookback-days": {
    value: "DAYS",
    summary: "Touches further back count for nothing; only where the file has times.",
  },
  intervals: { summary: "95 % intervals from 200 resampled worlds: slower." },
  json: shared.json,
} as const;

/** Works on a file alone: no server and no data folder. */
export const attributionCommand: Command = {
  name: "attribution",
  summary: "Divide conversions among channels: rules, exact Markov chains, Shapley values.",
  options,
  async run(args) {
    const { values } = readArgs(args, options);
    const models = modelsOf(values.model ?? "markov");
    const order = orderOf(values.order);
    const halfLife = positive(values["half-life"], "half-life");
    const journeys = await readJourneys(values.in, {
      lookbackDays: positive(values["lookback-days"], "lookback-days"),
    });
    const settings = {
      ...(order ? { order } : {}),
      ...(halfLife ? { halfLife } : {}),
      ...(values.direct ? { direct: values.direct } : {}),
      replicates: values.intervals ? 200 : 0,
    };
    let found: Attribution[];
    try {
      found = models.map((model) => attribute(journeys, model, settings));
    } catch (error) {
      throw error instanceof ChainFailed ? new CommandFailed("chain.failed", error.message) : error;
    }
    const told = found.map(inWords);
    print(values.json, told.length === 1 ? told[0] : { models: told }, () => text(told));
  },
};

function modelsOf(name: string): readonly AttributionModel[] {
  if (name === "all") return attributionModels;
  const model = attributionModels.find((one) => one === name);
  if (!model) throw new UsageError(`--model ${name}: there are ${attributionModels.join(", ")} and all.`);
  return [model];
}

function orderOf(text: string | undefined): Order | undefined {
  if (text === undefined) return undefined;
  const order = ([1, 2, 3, 4] as const).find((one) => String(one) === text);
  if (!order) throw new UsageError(`--order ${text}: a chain remembers 1, 2, 3 or 4 touches.`);
  return order;
}

function positive(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!(number > 0 && Number.isFinite(number)))
    throw new UsageError(`--${option} ${text}: a number above 0 is needed.`);
  return number;
}

interface Told {
  model: AttributionModel;
  order?: Order;
  channels: {
    channel: string;
    conversions: number;
    value: number;
    removalEffect?: number;
    conversionsLow?: number;
    conversionsHigh?: number;
    valueLow?: number;
    valueHigh?: number;
  }[];
}

/** A result as a program reads it, the channel with most conversions first. */
function inWords({ model, order, channels, conversions, value, removalEffects, range }: Attribution): Told {
  return {
    model,
    ...(order ? { order } : {}),
    channels: channels
      .map((channel, at) => ({
        ...{ channel, conversions: conversions[at]!, value: value[at]! },
        ...(removalEffects ? { removalEffect: removalEffects[at]! } : {}),
        ...(range
          ? {
              ...{ conversionsLow: range.conversions.low[at]!, conversionsHigh: range.conversions.high[at]! },
              ...{ valueLow: range.value.low[at]!, valueHigh: range.value.high[at]! },
            }
          : {}),
      }))
      .sort((a, b) => b.conversions - a.conversions),
  };
}

const rounded = (value: number) => Math.round(value * 100) / 100;

/** The same for a person: one table, a column for each model where there are several. */
function text(told: readonly Told[]): string {
  const [first] = told;
  const rows =
    told.length === 1
      ? first!.channels.map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, cell]) => [
              name,
              typeof cell !== "number"
                ? cell
                : name === "removalEffect"
                  ? Math.round(cell * 1e4) / 1e4
                  : rounded(cell),
            ]),
          ),
        )
      : first!.channels.map(({ channel }) => ({
          channel,
          ...Object.fromEntries(
            told.map(({ model, channels }) => [
              model,
              rounded(channels.find((one) => one.channel === channel)!.conversions),
            ]),
          ),
        }));
  const order = told.find((one) => one.order)?.order;
  return [
    table(rows),
    "",
    told.length > 1 ? "Conversions by model." : `Model: ${first!.model}.`,
    ...(order ? [`The Markov chain remembers ${order} ${order === 1 ? "touch" : "touches"}.`] : []),
    "Attribution divides what happened among the touches before it. It does not show what a channel caused: a holdout does.",
  ].join("\n");
}
