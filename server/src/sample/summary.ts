import { z } from "zod";
import type { Person } from "./person.ts";
import { drawAmount, parameters } from "./truth.ts";
import { laterDays, type World } from "./world.ts";

/** One simulated person, as the product never sees them. Days are counted from the first day. */
export interface TruthRow {
  userId: string;
  persona: string;
  purchaseRate: number | null;
  leaving: number | null;
  meanSpendMinor: number | null;
  firstDay: number | null;
  leftDay: number | null;
  consent: string;
  contact: boolean;
  purchases: number;
  extraPurchases: number;
  extraSpendMinor: number;
  offersAsked: number;
  offersShown: number;
  offersAccepted: number;
  laterPurchases: number;
  laterSpendMinor: number;
}

export const TruthSummary = z.object({
  customers: z.number(),
  buyers: z.number(),
  personas: z.record(z.string(), z.number()),
  /** Days with a purchase, up to the last day. */
  purchases: z.number(),
  activeAtEnd: z.number(),
  events: z.number(),
  decisionsAsked: z.number(),
  answered: z.number(),
  withdrawn: z.number(),
  /** Whom an offer was shown to, and what they bought besides all else because of it. */
  offers: z.object({
    reached: z.number(),
    shown: z.number(),
    accepted: z.number(),
    extraPurchases: z.number(),
    extraSpendMinor: z.number(),
    perReachedMinor: z.number(),
  }),
  /** What happens in the year after the last day. */
  later: z.object({ purchases: z.number(), spendMinor: z.number() }),
});
export type TruthSummary = z.infer<typeof TruthSummary>;

/** What is true of everybody when the simulation has ended. */
export function truthOf(world: World): TruthRow[] {
  return world.people.map((person) => {
    const { life, seen } = person;
    const { value } = life;
    const before = life.purchases.filter((one) => one.at < world.days);
    const extra = seen.extra.filter((one) => one.at < world.days);
    const later = laterOf(world, person);
    return {
      userId: person.userId,
      persona: life.persona,
      purchaseRate: value?.rate ?? null,
      leaving: value?.leaving ?? null,
      meanSpendMinor: value ? parameters.spend.p / value.spendRate : null,
      firstDay: before.length ? Math.floor(before[0]!.at) : null,
      leftDay: life.leftAt < world.days ? Math.floor(life.leftAt) : null,
      consent: seen.objected ? "objected" : life.consent,
      contact: life.contact && !seen.unsubscribed,
      purchases: daysOf([...before, ...extra]),
      extraPurchases: extra.length,
      extraSpendMinor: extra.reduce((sum, one) => sum + one.amountMinor, 0),
      offersAsked: seen.asked,
      offersShown: seen.shown,
      offersAccepted: seen.accepted,
      laterPurchases: daysOf(later),
      laterSpendMinor: later.reduce((sum, one) => sum + one.amountMinor, 0),
    };
  });
}

const daysOf = (list: readonly { at: number }[]) => new Set(list.map((one) => Math.floor(one.at))).size;

/** Purchases of the year after, as if the brand went on as before: who was shown offers is shown more of them. */
function laterOf(world: World, person: Person): { at: number; amountMinor: number }[] {
  const { life, seen, reacting } = person;
  const isLater = (one: { at: number }) => one.at >= world.days && one.at < world.days + laterDays;
  const base = life.purchases.filter(isLater);
  if (!life.value || seen.shown === 0 || seen.objected) return base;
  const { liked, other } = parameters.offers.accepted;
  const taken = seen.accepted > 0 ? seen.accepted / seen.shown : (liked + other) / 2;
  const chance = Math.min(liked, Math.max(other, taken));
  const asked = person.touches.filter(
    (touch) =>
      isLater(touch) &&
      (touch.kind === "till" || (touch.kind === "session" && touch.order === undefined)) &&
      touch.asks,
  );
  const extra = asked
    .filter(() => reacting.chance(chance))
    .map((touch) => ({ at: touch.at, amountMinor: drawAmount(reacting, life.value!.spendRate) }));
  return [...base, ...extra];
}

export function summaryOf(
  world: World,
  truth: readonly TruthRow[],
  counts: { events: number; decisions: number; answered: number; withdrawn: number },
): TruthSummary {
  const sum = (of: (row: TruthRow) => number) => truth.reduce((total, row) => total + of(row), 0);
  const buyers = truth.filter((row) => row.firstDay !== null);
  const personas: Record<string, number> = {};
  for (const row of truth) personas[row.persona] = (personas[row.persona] ?? 0) + 1;
  const reached = truth.filter((row) => row.offersShown > 0).length;
  const extraSpendMinor = sum((row) => row.extraSpendMinor);
  return {
    customers: world.people.length,
    buyers: buyers.length,
    personas,
    purchases: sum((row) => row.purchases),
    activeAtEnd: buyers.filter((row) => row.leftDay === null).length,
    events: counts.events,
    decisionsAsked: counts.decisions,
    answered: counts.answered,
    withdrawn: counts.withdrawn,
    offers: {
      reached,
      shown: sum((row) => row.offersShown),
      accepted: sum((row) => row.offersAccepted),
      extraPurchases: sum((row) => row.extraPurchases),
      extraSpendMinor,
      perReachedMinor: reached ? extraSpendMinor / reached : 0,
    },
    later: { purchases: sum((row) => row.laterPurchases), spendMinor: sum((row) => row.laterSpendMinor) },
  };
}
