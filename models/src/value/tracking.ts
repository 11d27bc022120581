import type { ModelParameters, PurchaseModel } from "./purchase-model.ts";

/**
 * Repeat purchases that the model expects of all customers together up to each week, cumulatively.
 *
 * `firstWeeks[i]` is when customer i bought first, in weeks from the start of the calendar; `weeks` are
 * the calendar's weeks to report. Compare with the actual count to see where the model and the season part.
 * Source: Fader, Hardie and Lee (2005), figure 5.
 */
export function expectedTracking<Parameters extends ModelParameters>(
  model: PurchaseModel<Parameters>,
  parameters: Parameters,
  firstWeeks: ArrayLike<number>,
  weeks: readonly number[],
): Float64Array {
  const customers = new Map<number, number>();
  for (let i = 0; i < firstWeeks.length; i++) {
    customers.set(firstWeeks[i]!, (customers.get(firstWeeks[i]!) ?? 0) + 1);
  }
  // Day-grained calendars ask for the same elapsed time again and again, up to rounding.
  const known = new Map<number, number>();
  const expectedAfter = (elapsed: number) => {
    const key = Math.round(elapsed * 7e9);
    let value = known.get(key);
    if (value === undefined) {
      value = model.expectedPurchasesOfNew(parameters, elapsed);
      known.set(key, value);
    }
    return value;
  };
  return Float64Array.from(weeks, (week) => {
    let sum = 0;
    for (const [first, count] of customers) if (week > first) sum += count * expectedAfter(week - first);
    return sum;
  });
}
