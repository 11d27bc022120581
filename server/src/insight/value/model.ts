import { z } from "zod";

/** Days ahead that value is foreseen for: 12 months. */
export const horizonDays = 365;

/** P(active) below which a customer is called probably gone. */
export const goneBelow = 0.2;

/** Days of orders below which nothing can be held back to test a model on. */
export const spanDaysMin = 84;

/**
 * The last day of the calibration period: the last third of the observation is held back, in whole
 * weeks, and never more than a year. Days are counted from 1970-01-01.
 */
export function calibrationEndOf(firstDay: number, untilDay: number): number {
  const weeks = Math.min(52, Math.floor((untilDay - firstDay) / 3 / 7));
  return untilDay - weeks * 7;
}

export const dayOf = (date: string): number => Math.round(Date.parse(`${date}T00:00:00Z`) / 86_400_000);
export const dateOf = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

const Curve = z.object({
  points: z.array(z.object({ customers: z.number(), value: z.number() })),
  total: z.number(),
  mean: z.number(),
  belowMean: z.number(),
  negative: z.number(),
});

const Total = z.object({ expected: z.number(), low: z.number(), high: z.number() });

const Diagnostics = z.object({
  steps: z.number(),
  gradientNorm: z.number(),
  hessianCondition: z.number().nullable(),
  atBound: z.array(z.string()),
  starts: z.number(),
  startsAgreeing: z.number(),
});

const Accuracy = z.object({
  customers: z.number(),
  mae: z.number(),
  rmse: z.number(),
  totalExpected: z.number(),
  totalActual: z.number(),
  totalBias: z.number().nullable(),
  correlation: z.number().nullable(),
});

const Holdout = z.object({
  because: z.enum(["default", "holdout_prefers_bg_nbd", "only_one_fitted"]),
  /** By how much BG/NBD foresaw better, as a mean difference of log scores; null when only one was fitted. */
  bgNbdLead: z.object({ mean: z.number(), standardError: z.number() }).nullable(),
  /** The model in use first. */
  models: z.array(
    Accuracy.extend({
      model: z.enum(["BG/NBD", "MBG/NBD"]),
      logScore: z.number().nullable(),
      coverage50: z.number(),
      coverage95: z.number(),
      table: z.array(
        z.object({
          repeats: z.number(),
          orMore: z.boolean(),
          customers: z.number(),
          actualMean: z.number(),
          expectedMean: z.number(),
          expectedLow: z.number(),
          expectedHigh: z.number(),
        }),
      ),
    }),
  ),
  naive: Accuracy,
  /** What the naive baseline expected, by past repeats, beside the models' tables. */
  naiveTable: z.array(z.object({ repeats: z.number(), expectedMean: z.number() })),
});

const Parameters = z.object({ r: z.number(), alpha: z.number(), a: z.number(), b: z.number() });
const SpendParameters = z.object({ p: z.number(), q: z.number(), v: z.number() });
const errorsOf = <T extends z.ZodRawShape>(shape: z.ZodObject<T>) =>
  z.object(Object.fromEntries(Object.keys(shape.shape).map((key) => [key, z.number().nullable()])));

/** What a fitted model says about all customers together, and how far it may be trusted. */
export const Scored = z.object({
  model: z.enum(["BG/NBD", "MBG/NBD"]),
  earlyExits: z.union([z.literal(0), z.literal(1)]),
  parameters: Parameters,
  standardErrors: errorsOf(Parameters),
  logLikelihood: z.number(),
  customers: z.number(),
  diagnostics: Diagnostics,
  /** Money in the garden's minor units, v too. Null where spend could not be fitted. */
  spend: z
    .object({
      parameters: SpendParameters,
      standardErrors: errorsOf(SpendParameters),
      logLikelihood: z.number(),
      customers: z.number(),
      leftOut: z.number(),
      populationMeanMinor: z.number().nullable(),
      correlation: z.number().nullable(),
      diagnostics: Diagnostics,
    })
    .nullable(),
  spendFailure: z.string().nullable(),
  /** Null while too little was bought before the holdout for a test. */
  holdout: Holdout.nullable(),
  /** Cumulative repeat purchases by week since the first purchase of all; foreseen by the calibration fit. */
  tracking: z.array(z.object({ week: z.number(), actual: z.number(), expected: z.number() })),
  /** Of all customers together, with 95 % predictive intervals. */
  purchases: Total,
  valueMinor: Total.nullable(),
  /** Who brings the expected value; null when there is none. */
  whaleExpected: Curve.nullable(),
  /** Share of the expected value that the best tenth holds, and the share of customers who hold half. */
  topTenthShare: z.number().nullable(),
  halfFromShare: z.number().nullable(),
  /** Customers by expected value, in [from, to) minor units; `to` null on the last. */
  distribution: z.array(
    z.object({
      fromMinor: z.number(),
      toMinor: z.number().nullable(),
      customers: z.number(),
      gone: z.number(),
    }),
  ),
  /** Customers with P(active) below 0.2. */
  gone: z.number(),
  seconds: z.number(),
});
export type Scored = z.infer<typeof Scored>;

export const valueStates = ["no_orders", "too_short", "too_few", "not_fitted", "scored"] as const;

/** What a run says about value as a whole: figures, and the model card behind them. */
export const ValueReport = z.object({
  state: z.enum(valueStates),
  currency: z.string(),
  window: z.object({
    from: z.string().nullable(),
    until: z.string(),
    calibrationEnd: z.string().nullable(),
    holdoutWeeks: z.number(),
    horizonDays: z.number(),
  }),
  customers: z.number(),
  valueMinor: z.number(),
  exclusions: z.object({
    orders: z.number(),
    ordersWithoutRate: z.number(),
    ordersWithoutCustomer: z.number(),
    buyersWithoutConsent: z.number(),
  }),
  repeatBuyers: z
    .object({
      enough: z.boolean(),
      customers: z.number(),
      repeatBuyers: z.number(),
      share: z.number(),
      frequentBuyers: z.number(),
      reasons: z.array(z.string()),
    })
    .nullable(),
  /** Who brought what was bought so far, net of refunds. */
  whalePast: Curve.nullable(),
  /** Why there is no fit, in a fitter's words. */
  failure: z.string().nullable(),
  scored: Scored.nullable(),
});
export type ValueReport = z.infer<typeof ValueReport>;

/** What is concluded about one customer. Money in minor units; null where there are no scores. */
export interface CustomerValue {
  customerId: number;
  runId: number;
  purchaseDays: number;
  orders: number;
  firstDay: string;
  lastDay: string;
  valueMinor: number;
  pAlive: number | null;
  expectedPurchases: number | null;
  expectedMinor: number | null;
  low95Minor: number | null;
  high95Minor: number | null;
  low50Minor: number | null;
  high50Minor: number | null;
}
