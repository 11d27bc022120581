import { eventsWithoutConsent } from "../../data/collect/index.ts";
import type { CustomerFilter, CustomerSet } from "../../data/profiles/index.ts";
import type { Context } from "../../garden/index.ts";
import { Bound } from "../journeys/index.ts";
import { creditInThread } from "./credit-thread.ts";
import { journeysSql } from "./journeys-sql.ts";
import {
  type AttributionAnswer,
  type AttributionAsk,
  fewConversions,
  type JourneyKind,
  type Remark,
} from "./model.ts";
import { listPaths, type PathRow } from "./paths.ts";

/**
 * What each channel is given for the conversions of a period, by every model. Attribution divides what happened; it does not
 * show what a channel caused. Refuses: attribution.period, attribution.too_many_paths, attribution.too_long,
 * customers.filter_unknown.
 */
export async function attribution(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: AttributionAsk,
): Promise<AttributionAnswer> {
  const rows = await listPaths(ctx, filters, ask);
  const count = (kind: JourneyKind, of: "journeys" | "valueMinor" | "ofPrivate" | "long" = "journeys") =>
    rows.reduce((sum, row) => sum + (row.kind === kind ? row[of] : 0), 0);
  const journeys = {
    converted: count("converted"),
    null: count("null"),
    waiting: count("waiting"),
    untouched: count("untouched"),
    untouchedPrivate: count("untouched", "ofPrivate"),
    long: count("converted", "long") + count("null", "long"),
    paths: rows.filter((row) => row.kind === "converted" || row.kind === "null").length,
  };
  const channels = channelsOf(rows);
  const { models, replicates } =
    journeys.converted > 0
      ? await creditInThread({ rows, order: ask.order, direct: ask.direct })
      : { models: [], replicates: 0 };
  const notKept = await eventsWithoutConsent(ctx.pool, ask);
  return {
    journeys,
    valueMinor: count("converted", "valueMinor"),
    untouchedMinor: count("untouched", "valueMinor"),
    currency: ctx.garden.currency,
    notKept,
    channels,
    models,
    replicates,
    remarks: remarksOn(journeys, channels.length, notKept),
    computedAt: ctx.now().toISOString(),
  };
}

function remarksOn(journeys: AttributionAnswer["journeys"], channels: number, notKept: number): Remark[] {
  const { converted, untouched } = journeys;
  const said: [Remark, boolean][] = [
    ["no_conversions", converted + untouched === 0],
    ["no_touches", converted === 0 && untouched > 0],
    ["one_channel", converted > 0 && channels === 1],
    ["few_conversions", converted > 0 && converted < fewConversions],
    ["no_nulls", converted > 0 && journeys.null === 0],
    ["long_journeys", journeys.long > 0],
    ["consent", notKept > 0 || journeys.untouchedPrivate > 0],
  ];
  return said.flatMap(([remark, isSo]) => (isSo ? [remark] : []));
}

function channelsOf(rows: readonly PathRow[]): AttributionAnswer["channels"] {
  const found = new Map<string, { journeys: number; converted: number }>();
  for (const { kind, path, journeys } of rows) {
    if (kind !== "converted" && kind !== "null") continue;
    for (const channel of new Set(path)) {
      const own = found.get(channel) ?? { journeys: 0, converted: 0 };
      own.journeys += journeys;
      if (kind === "converted") own.converted += journeys;
      found.set(channel, own);
    }
  }
  return [...found]
    .map(([channel, own]) => ({ channel, ...own }))
    .sort((a, b) => b.converted - a.converted || b.journeys - a.journeys);
}

/** The customers behind a number: of the journeys that ended so, and met the channel where one is named. */
export async function journeyCustomers(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: AttributionAsk,
  at: { kind: JourneyKind; channel?: string | undefined },
): Promise<CustomerSet> {
  const bound = new Bound("attribution");
  const journeys = await journeysSql(ctx, filters, ask, bound);
  const met = at.channel === undefined ? "" : `and has(path, ${bound.add(at.channel, "String")})`;
  return {
    sql: `select distinct customer_id from (${journeys}) where kind = ${bound.add(at.kind, "String")} ${met}`,
    params: bound.params,
  };
}
