import { attributionModels } from "@rondell/models";
import { z } from "zod";
import { CustomersAsk } from "../journeys/index.ts";

/** Which touches do the conversions in [from, to) owe themselves to? */
export const AttributionAsk = z.object({
  /** First day, YYYY-MM-DD in the garden's zone. */
  from: z.iso.date(),
  /** The day after the last. */
  to: z.iso.date(),
  /** The event that counts as a conversion. */
  conversion: z.string().min(1).max(200).default("Order Completed"),
  /** Touches further back than so many days before the conversion count for nothing. */
  windowDays: z.number().int().min(1).max(365).default(30),
  /** Touches that the Markov chain remembers; chosen by cross-validation where nothing is said. */
  order: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).optional(),
  /** For time decay. */
  halfLifeDays: z.number().positive().max(365).default(7),
  /** The channel that stands for coming by oneself. */
  direct: z.string().min(1).max(64).default("web"),
  customers: CustomersAsk.optional(),
});
export type AttributionAsk = z.infer<typeof AttributionAsk>;

/** Of a journey with more touches these count: the first one, and the latest. */
export const touchesMax = 100;
/** Distinct paths that one question may be about. */
export const pathsMax = 200_000;
/** The same channel again within so long is the same touch; a visit is one touch whatever happens in it. */
export const sameTouchMinutes = 30;

/** What the brand sends, records or hears afterwards, and nobody is touched by. */
export const noTouches = [
  "Order Completed",
  "Order Refunded",
  "Order Cancelled",
  "Email Sent",
  "Email Delivered",
  "Email Bounced",
  "Unsubscribed",
  "Ticket Closed",
  "Consent Granted",
  "Consent Withdrawn",
  "Cost Recorded",
];

/** What became of the journeys of one path. */
export const journeyKinds = ["converted", "null", "waiting", "untouched"] as const;
export type JourneyKind = (typeof journeyKinds)[number];

/** What must be said beside the numbers, so that nobody reads more into them than there is. */
export const remarks = [
  "no_conversions",
  "no_touches",
  "one_channel",
  "few_conversions",
  "no_nulls",
  "long_journeys",
  "consent",
] as const;
export type Remark = (typeof remarks)[number];

/** Below so many conversions intervals are wide, and the page says so. */
export const fewConversions = 30;

const Range = z.object({ estimate: z.number(), low: z.number(), high: z.number() });

export const ModelAnswer = z.object({
  model: z.enum(attributionModels),
  /** Why the model has no answer, in words. */
  failed: z.string().nullable(),
  /** Of the Markov chain: touches that it remembers, and how each order foretells journeys that it has not seen. */
  order: z.number().nullable(),
  scores: z.array(z.object({ order: z.number(), logLikelihood: z.number(), error: z.number() })),
  channels: z.array(
    z.object({
      channel: z.string(),
      conversions: Range,
      /** In minor units of the garden's currency. */
      value: Range,
      /** Of the Markov chain: the share of conversions that would be lost without the channel. */
      removalEffect: z.number().nullable(),
    }),
  ),
});
export type ModelAnswer = z.infer<typeof ModelAnswer>;

export const AttributionAnswer = z.object({
  journeys: z.object({
    converted: z.number(),
    /** Ended without a conversion: their window is over. */
    null: z.number(),
    /** May still convert; they count for nothing yet. */
    waiting: z.number(),
    /** Conversions without any touch before them; nothing is given to a channel for them. */
    untouched: z.number(),
    /** Of these, such as are of customers who do not allow their data to be looked at. */
    untouchedPrivate: z.number(),
    /** Journeys of more than 100 touches, of which the first and the latest 99 count. */
    long: z.number(),
    paths: z.number(),
  }),
  /** Of the converted journeys, in minor units of the garden's currency. */
  valueMinor: z.number(),
  untouchedMinor: z.number(),
  currency: z.string(),
  /** Events of the period that were not kept for want of consent. */
  notKept: z.number(),
  /** Of each channel: journeys that met it, and how many of them converted. */
  channels: z.array(z.object({ channel: z.string(), journeys: z.number(), converted: z.number() })),
  models: z.array(ModelAnswer),
  /** Resampled worlds behind each interval. */
  replicates: z.number(),
  remarks: z.array(z.enum(remarks)),
  computedAt: z.string(),
});
export type AttributionAnswer = z.infer<typeof AttributionAnswer>;
