import { Random } from "@rondell/models";
import { fillBasket } from "./basket.ts";
import { type Product, personaTraits, productById } from "./brand.ts";
import { anonymousIdOf, type Call, type Sender, senders, tell, type Words } from "./calls.ts";
import { drawPerson, type Person, type Touch } from "./person.ts";
import { drawAmount, parameters } from "./truth.ts";

export interface WorldAsk {
  seed: string;
  customers: number;
  weeks: number;
  /** 00:00 UTC of the first day. */
  start: Date;
  words: Words;
}

/** Somebody for whom a page or a till asks the product what to offer. */
export interface Asking {
  person: Person;
  at: number;
  where: "site" | "till";
  as: { userId: string } | { anonymousId: string };
}

export const laterDays = 365;
export type World = ReturnType<typeof openWorld>;

/** The simulated people, and what they do day by day. Knows nothing of the product but what it answers. */
export function openWorld(ask: WorldAsk) {
  const { weeks, words, start } = ask;
  const days = weeks * 7;
  const random = new Random(ask.seed);
  const people = Array.from({ length: ask.customers }, (_, index) =>
    drawPerson(random.fork(index), index + 1, weeks, days + laterDays),
  );
  const calendar: { person: Person; touch: Touch }[][] = Array.from({ length: days }, () => []);
  let toldDays = 0;
  const plan = (person: Person, touch: Touch) => {
    const day = Math.floor(touch.at);
    if (day >= 0 && day < days) calendar[day]!.push({ person, touch });
  };
  for (const person of people) for (const touch of person.touches) plan(person, touch);

  return {
    days,
    start,
    people,

    /** The calls of a day by sender, in the order in which they happen, and who is asked about. */
    day(day: number): { calls: Record<Sender, Call[]>; asking: Asking[] } {
      const calls = Object.fromEntries(senders.map((sender) => [sender, [] as Call[]])) as Record<
        Sender,
        Call[]
      >;
      const asking: Asking[] = [];
      const touches = calendar[day]!.sort(
        (a, b) => a.touch.at - b.touch.at || a.person.index - b.person.index,
      );
      for (const { person, touch } of touches) {
        tell(person, touch, start, words, (sender, call) => calls[sender].push(call));
        if ((touch.kind === "session" && touch.order) || touch.kind === "till") person.seen.purchases++;
        const asked = askingOf(person, touch);
        if (asked && day >= parameters.offers.from * days) asking.push(asked);
      }
      toldDays = day + 1;
      return { calls, asking };
    },

    /** The product answers with an offer, which is shown: does the person take it, at once on the page or later? */
    react(asking: Asking, productId: string): { accepted: boolean; clicked: boolean } {
      const { person, at, where } = asking;
      person.seen.shown++;
      const { reacting } = person;
      const [accepts, clicks, wait] = [
        reacting.uniform(),
        where === "site" && reacting.chance(0.6),
        reacting.uniform(),
      ];
      const product = productById.get(productId);
      if (accepts >= acceptanceOf(person, product)) return { accepted: false, clicked: false };
      person.seen.accepted++;
      const when = clicks ? at + 0.01 : Math.floor(at) + 1 + Math.floor(4 * wait) + 0.5;
      const amountMinor = drawAmount(reacting, person.life.value!.spendRate);
      const channel = where === "site" ? "web" : "till";
      const order = fillBasket(reacting, {
        id: `${person.userId}-x${person.seen.accepted}`,
        amountMinor,
        taste: person.taste,
        channel,
        ...(product ? { offered: product } : {}),
      });
      if (Math.floor(when) < days) person.seen.extra.push({ at: when, amountMinor });
      // This day has been told already, so what is bought at once is told with the next one's calls, under its own time.
      const touch: Touch =
        channel === "till"
          ? { kind: "till", at: when, shop: "Kontor am Hafen", order, asks: false }
          : {
              kind: "session",
              at: when,
              device: deviceOf(asking),
              arrival: "direct",
              views: [],
              signsIn: true,
              asks: false,
              order,
            };
      const told = Math.max(toldDays, Math.floor(when));
      if (told < days) calendar[told]!.push({ person, touch });
      return { accepted: true, clicked: clicks };
    },

    /** Buyers of a week who may be written to, in random order. */
    buyersOf(week: number): { person: Person; orderId: string }[] {
      const found: { person: Person; orderId: string }[] = [];
      for (let day = week * 7; day < Math.min(days, (week + 1) * 7); day++) {
        for (const { person, touch } of calendar[day]!) {
          const order = touch.kind === "till" || touch.kind === "session" ? touch.order : undefined;
          if (order && person.life.contact && !person.seen.unsubscribed)
            found.push({ person, orderId: order.id });
        }
      }
      return new Random(`${ask.seed}/buyers/${week}`).shuffled(found);
    },
  };
}

function askingOf(person: Person, touch: Touch): Asking | undefined {
  const { life, seen } = person;
  if (touch.kind === "till" && touch.asks)
    return { person, at: touch.at + 0.001, where: "till", as: { userId: person.userId } };
  if (touch.kind !== "session" || !touch.asks || life.consent === "refused") return undefined;
  const at = touch.at + 0.002;
  if (seen.signedIn.has(touch.device)) return { person, at, where: "site", as: { userId: person.userId } };
  // Somebody without a name is seldom asked about, and only buyers-to-be: nobody else would react.
  if (!life.value || person.index % 4 !== 0) return undefined;
  return { person, at, where: "site", as: { anonymousId: anonymousIdOf(person, touch.device) } };
}

const deviceOf = (asking: Asking) =>
  "anonymousId" in asking.as
    ? Number(asking.as.anonymousId.at(-1)) - 1
    : asking.person.seen.signedIn.has(0)
      ? 0
      : 1;

/** The hidden effect: the chance that an offer is taken besides everything that is bought anyway. */
function acceptanceOf(person: Person, product: Product | undefined): number {
  const { liked, other } = parameters.offers.accepted;
  if (!product) return other;
  return personaTraits[person.life.persona].taste[product.category] >= 2.5 ? liked : other;
}
