import { type Chain, chainOf, type Order, outcome } from "./chain.ts";
import { type Journeys, totalsOfJourneys } from "./journeys.ts";
import type { Credit } from "./rules.ts";

/** What the chain gives each channel, and what is lost without it. */
export interface MarkovCredit extends Credit {
  order: Order;
  /** Chance of a conversion from the start. It equals the observed rate at every order, which checks the solution. */
  conversionChance: number;
  /** Value that a journey is expected to bring. */
  valuePerJourney: number;
  /** For each channel, the share of conversions, in [0, 1], that would be lost if every journey that meets it ended there. */
  removalEffects: Float64Array;
  /** The same of the value; all 0 where the journeys bring no value. */
  valueRemovalEffects: Float64Array;
}

/**
 * Attribution by an absorbing Markov chain of the given order, solved exactly. The credit of a channel is its removal effect,
 * scaled so that all channels together have all conversions. Throws `ChainFailed` where the chain has too many states.
 * Source: Anderl, Becker, von Wangenheim and Schumann (2016), "Mapping the customer journey", IJRM 33.
 */
export function markovCredit(journeys: Journeys, order: Order): MarkovCredit {
  const chain = chainOf(journeys, order);
  const whole = outcome(chain, new Uint8Array(chain.states.length));
  const removalEffects = new Float64Array(journeys.channels.length);
  const valueRemovalEffects = new Float64Array(journeys.channels.length);
  for (let channel = 0; channel < removalEffects.length; channel++) {
    const without = outcome(
      chain,
      blockedBy(chain, (one) => one === channel),
    );
    if (whole.conversion > 0) removalEffects[channel] = 1 - without.conversion / whole.conversion;
    if (whole.value > 0) valueRemovalEffects[channel] = 1 - without.value / whole.value;
  }
  const totals = totalsOfJourneys(journeys);
  return {
    order,
    conversionChance: whole.conversion,
    valuePerJourney: whole.value,
    removalEffects,
    valueRemovalEffects,
    conversions: scaledTo(removalEffects, totals.conversions),
    value: scaledTo(valueRemovalEffects, totals.value),
  };
}

/** States that hold one of these channels. */
export function blockedBy({ states }: Chain, isRemoved: (channel: number) => boolean): Uint8Array {
  return Uint8Array.from(states, (touches) => Number(touches.some(isRemoved)));
}

/** Shares in proportion, adding up to the total; all 0 where there is nothing to go by. */
export function scaledTo(parts: Float64Array, total: number): Float64Array {
  const sum = parts.reduce((before, part) => before + part, 0);
  return parts.map((part) => (sum === 0 ? 0 : (part / sum) * total));
}
