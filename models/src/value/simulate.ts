import type { Random } from "../random.ts";
import type { GammaGammaParameters } from "./gamma-gamma.ts";
import type { PurchaseHistories } from "./histories.ts";
import type { ModelParameters, PurchaseModel } from "./purchase-model.ts";

export interface Simulation<Parameters extends ModelParameters> {
  model: PurchaseModel<Parameters>;
  parameters: Parameters;
  spend?: GammaGammaParameters;
  /** Weeks from each customer's first purchase to the end of observation; one entry a customer. */
  observedWeeks: Float64Array;
  /** Weeks after the end of observation in which later purchases are counted. */
  laterWeeks: number;
  /**
   * True cuts times to whole days and merges purchases of one day, as real order data are: histories then
   * repeat and can be grouped, at the price of slightly fewer purchases than the model's own.
   */
  wholeDays?: boolean;
  random: Random;
}

/** What the simulated customers did, and the truth that a real garden never sees. */
export interface SimulatedCustomers {
  histories: PurchaseHistories;
  /** Mean spend of the repeat purchases, 0 without any; all 0 when no spend is simulated. */
  meanSpend: Float64Array;
  /** Sum of the logs of the weeks between one observed purchase and the next; 0 without repeats. */
  logGaps: Float64Array;
  /** Purchases, and their total spend, within `laterWeeks` after the end of observation. */
  later: Float64Array;
  laterSpend: Float64Array;
  /** 1 where the customer is still active at the end of observation. */
  active: Uint8Array;
}

/** Lets customers buy and leave exactly as the model says: the truth against which fits are tested. */
export function simulateCustomers<Parameters extends ModelParameters>(
  simulation: Simulation<Parameters>,
): SimulatedCustomers {
  const { model, parameters, spend, observedWeeks, laterWeeks, wholeDays = false, random } = simulation;
  const customers = observedWeeks.length;
  const repeats = new Float64Array(customers);
  const lastWeek = new Float64Array(customers);
  const ends = new Float64Array(customers);
  const meanSpend = new Float64Array(customers);
  const logGaps = new Float64Array(customers);
  const later = new Float64Array(customers);
  const laterSpend = new Float64Array(customers);
  const active = new Uint8Array(customers);
  for (let i = 0; i < customers; i++) {
    const end = wholeDays ? Math.floor(observedWeeks[i]! * 7) / 7 : observedWeeks[i]!;
    const horizon = end + laterWeeks;
    const life = model.draw(parameters, random);
    const spendRate = spend ? random.gamma(spend.q, spend.v) : 0;
    let gone = !life.stays(true);
    let activeAtEnd = !gone;
    let week = 0;
    let lastSeen = 0;
    let total = 0;
    while (!gone) {
      week += life.wait();
      if (week > horizon || week > life.lastsUntil) break;
      gone = !life.stays(false);
      const seen = wholeDays ? Math.floor(week * 7) / 7 : week;
      if (seen <= end) activeAtEnd = !gone;
      if (seen === lastSeen && wholeDays) continue;
      lastSeen = seen;
      const paid = spend ? random.gamma(spend.p, spendRate) : 0;
      if (seen <= end) {
        repeats[i]! += 1;
        logGaps[i]! += Math.log(seen - lastWeek[i]!);
        lastWeek[i] = seen;
        total += paid;
      } else {
        later[i]! += 1;
        laterSpend[i]! += paid;
      }
    }
    ends[i] = end;
    meanSpend[i] = repeats[i]! > 0 ? total / repeats[i]! : 0;
    active[i] = activeAtEnd && life.lastsUntil > end ? 1 : 0;
  }
  return {
    histories: { repeats, lastWeek, observedWeeks: ends },
    meanSpend,
    logGaps,
    later,
    laterSpend,
    active,
  };
}
