import type { Random } from "@rondell/models";
import { type Persona, personas, personaTraits } from "./brand.ts";

/** Weeks are 7 days; money is in minor units. Nothing but the simulator reads these. */
export const parameters = {
  /** Purchases a week ~ Gamma(r, alpha); chance of leaving after each purchase, the first too, ~ Beta(a, b): MBG/NBD. */
  purchases: { r: 1.2, alpha: 9, a: 1.3, b: 6.2 },
  /** An order's amount ~ Gamma(p, nu) with nu ~ Gamma(q, v): Gamma-Gamma. The population mean is p v / (q - 1). */
  spend: { p: 5, q: 4.5, v: 2240 },
  /** Share of people who ever buy. */
  buyers: 0.88,
  /** Share of buyers whose first purchase lies in the weeks of the opening. */
  opening: { share: 0.12, weeks: 3 },
  /** Visits a week to the site without buying ~ Gamma(shape, rate), while active. */
  visits: { shape: 2, rate: 5 },
  /** What the offers do: the chance that somebody who is shown one buys it besides all else, by how it fits their taste. They begin after a share of the weeks. */
  offers: { from: 0.35, asked: 0.4, accepted: { liked: 0.3, other: 0.12 } },
  /** What browsers allow: everything, measuring alone, or nothing. */
  consent: { full: 0.66, measured: 0.14, refused: 0.2 },
  /** Share who allow messages. */
  contact: 0.5,
  answered: 0.45,
} as const;
export type Parameters = typeof parameters;

export type ConsentChoice = "full" | "measured" | "refused";

export interface Purchase {
  /** Days since the first day of the garden, with a fraction. */
  at: number;
  amountMinor: number;
}

/** What a person is, and would buy if nobody offered them anything. */
export interface Life {
  persona: Persona;
  /** Undefined for those who never buy. */
  value?: { rate: number; leaving: number; spendRate: number };
  purchases: Purchase[];
  /** When they stopped being active, in days: right after a purchase. Infinity when they have not. */
  leftAt: number;
  /** First contact, in days. */
  cameAt: number;
  consent: ConsentChoice;
  contact: boolean;
}

/** The smallest order, in minor units. */
const amountMin = 290;

export function drawAmount(random: Random, spendRate: number): number {
  return Math.max(amountMin, Math.round(random.gamma(parameters.spend.p, spendRate)));
}

/** Draws a person's life up to `horizon` days, of a garden that is watched for `weeks` weeks. */
export function drawLife(random: Random, weeks: number, horizon: number): Life {
  const { purchases: p, spend, opening } = parameters;
  const consent = random.pick(
    Object.keys(parameters.consent) as ConsentChoice[],
    Object.values(parameters.consent),
  );
  const contact = random.chance(parameters.contact);
  const isOpening = random.chance(opening.share);
  const cameAt = random.uniform() * 7 * (isOpening ? Math.min(opening.weeks, weeks) : weeks);
  if (!random.chance(parameters.buyers)) {
    const persona = random.pick(
      personas,
      personas.map((one) => personaTraits[one].share),
    );
    return {
      persona,
      purchases: [],
      leftAt: cameAt + 7 * random.exponential(0.15),
      cameAt,
      consent,
      contact,
    };
  }
  const value = {
    rate: random.gamma(p.r, p.alpha),
    leaving: random.beta(p.a, p.b),
    spendRate: random.gamma(spend.q, spend.v),
  };
  const persona = drawPersona(random, value);
  const bought: Purchase[] = [];
  let at = cameAt;
  let leftAt = Number.POSITIVE_INFINITY;
  while (at < horizon) {
    bought.push({ at, amountMinor: drawAmount(random, value.spendRate) });
    if (random.chance(value.leaving)) {
      leftAt = at;
      break;
    }
    at += 7 * random.exponential(value.rate);
  }
  return { persona, value, purchases: bought, leftAt, cameAt, consent, contact };
}

/** Personas lean on value, while value alone is drawn: so their mixture is exactly the distribution above. */
function drawPersona(random: Random, value: NonNullable<Life["value"]>): Persona {
  const { purchases: p, spend } = parameters;
  const rate = Math.log(Math.max(0.05, value.rate / (p.r / p.alpha)));
  const paid = Math.log(spend.p / value.spendRate / ((spend.p * spend.v) / (spend.q - 1)));
  return random.pick(
    personas,
    personas.map((one) => {
      const { share, leanings } = personaTraits[one];
      return share * Math.exp(leanings.rate * rate + leanings.spend * paid);
    }),
  );
}
