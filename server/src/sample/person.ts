import type { Random } from "@rondell/models";
import { drawTaste, fillBasket, type Order, pickViews } from "./basket.ts";
import { brand, cities, firstNames, lastNames, personaTraits, topics } from "./brand.ts";
import { drawLife, type Life, parameters } from "./truth.ts";

/** How somebody came to the site. */
export type Arrival = "direct" | "search" | "paid" | "social" | "letter";

/** Something a person does; `at` in days since the garden's first day. */
export type Touch =
  | {
      kind: "session";
      at: number;
      device: number;
      arrival: Arrival;
      views: string[];
      signsIn: boolean;
      asks: boolean;
      order?: Order;
    }
  | { kind: "till"; at: number; shop: string; order: Order; asks: boolean }
  | { kind: "subscribe"; at: number }
  | { kind: "letter"; at: number; issue: number; opened: boolean; clicked: boolean }
  | { kind: "unsubscribe"; at: number }
  | { kind: "objects"; at: number }
  | { kind: "ticket"; at: number; id: string; topic: string; state: "Opened" | "Closed" }
  | { kind: "review"; at: number; orderId: string; productId: string; rating: number }
  | { kind: "refund"; at: number; order: Order; line: number };

export interface Person {
  index: number;
  userId: string;
  name: { first: string; last: string };
  email: string;
  city: string;
  language: "en" | "de";
  life: Life;
  taste: number[];
  touches: Touch[];
  /** From 0 to 10, as they would answer. */
  score: number;
  /** Draws what they do when the product speaks to them; apart, so that it changes nothing else. */
  reacting: Random;
  /** What the simulator has seen of them so far. */
  seen: {
    registered: boolean;
    signedIn: Set<number>;
    objected: boolean;
    /** Unsubscribed from messages, by whichever way. */
    unsubscribed: boolean;
    messages: number;
    orders: number;
    asked: number;
    decided: number;
    shown: number;
    accepted: number;
    purchases: number;
    extra: { at: number; amountMinor: number }[];
  };
}

const letterDays = 28;

/** Draws a person and everything they do by themselves up to `horizon` days. */
export function drawPerson(random: Random, index: number, weeks: number, horizon: number): Person {
  const life = drawLife(random.fork("life"), weeks, horizon);
  const doing = random.fork("doing");
  const traits = personaTraits[life.persona];
  const taste = drawTaste(doing, traits.taste);
  const first = doing.pick(firstNames);
  const last = doing.pick(lastNames);
  const userId = `sk-${String(index).padStart(5, "0")}`;
  const ascii = `${first}.${last}`.toLowerCase().replaceAll("ö", "oe").replaceAll("ü", "ue");
  const leaving = life.value?.leaving ?? 0.2;
  return {
    index,
    userId,
    name: { first, last },
    email: `${ascii}.${index}@example.com`,
    city: doing.pick(cities),
    language: doing.chance(0.88) ? "de" : "en",
    life,
    taste,
    touches: touchesOf(doing, userId, life, taste, horizon),
    score: Math.max(0, Math.min(10, Math.round(9.6 - 6 * leaving + traits.cheer + 1.5 * doing.normal()))),
    reacting: random.fork("reacting"),
    seen: {
      registered: false,
      signedIn: new Set(),
      objected: false,
      unsubscribed: false,
      messages: 0,
      orders: 0,
      asked: 0,
      decided: 0,
      shown: 0,
      accepted: 0,
      purchases: 0,
      extra: [],
    },
  };
}

function touchesOf(random: Random, userId: string, life: Life, taste: number[], horizon: number): Touch[] {
  const { webShare } = personaTraits[life.persona];
  const touches: Touch[] = [];
  const devices = random.chance(0.35) ? 2 : 1;
  const shop = random.pick(brand.shops);
  const device = () => (devices === 2 && random.chance(0.35) ? 1 : 0);
  const arrival = (): Arrival =>
    random.pick<Arrival>(["direct", "search", "paid", "social"], [0.4, 0.27, 0.2, 0.13]);
  const visit = (at: number, more: Partial<Extract<Touch, { kind: "session" }>> = {}): Touch => ({
    kind: "session",
    at: inOpeningHours(random, at),
    device: device(),
    arrival: arrival(),
    views: pickViews(random, taste, 1 + random.poisson(0.9)),
    signsIn: random.chance(0.5),
    asks: random.chance(parameters.offers.asked),
    ...more,
  });

  // Before the first purchase, or instead of one, people look around without a name.
  const isWebFirst = random.chance(webShare);
  const looks = life.value ? (isWebFirst ? random.poisson(1.6) : 0) : 1 + random.poisson(1.5);
  for (let n = 0; n < looks; n++) {
    const end = life.value ? life.cameAt : Math.min(life.leftAt, life.cameAt + 60);
    const at = life.value
      ? end - random.exponential(1 / 6)
      : life.cameAt + random.uniform() * (end - life.cameAt);
    if (at > 0) touches.push(visit(at, { signsIn: false }));
  }
  if (!life.value && life.contact && random.chance(0.4))
    touches.push({ kind: "subscribe", at: life.cameAt + 0.9 });

  life.purchases.forEach((purchase, n) => {
    const isWeb = n === 0 ? isWebFirst : random.chance(webShare);
    const at = inOpeningHours(random, purchase.at);
    const order = fillBasket(random, {
      id: `${userId}-${n + 1}`,
      amountMinor: purchase.amountMinor,
      taste,
      channel: isWeb ? "web" : "till",
    });
    if (isWeb) {
      const views = order.lines.slice(0, 3).map((line) => line.productId);
      touches.push(visit(at, { at, order, views, signsIn: true, asks: false }));
    } else
      touches.push({ kind: "till", at, shop, order, asks: random.chance(parameters.offers.asked * 0.7) });
    touches.push(...afterwards(random, order, at));
  });

  // Visits without buying, while active; people of the shops seldom open the site.
  const { shape, rate } = parameters.visits;
  const perWeek = random.gamma(shape, rate) * (0.25 + webShare);
  const until = Math.min(life.leftAt, horizon);
  if (life.value) {
    for (
      let at = life.cameAt + (7 * random.exponential()) / perWeek;
      at < until;
      at += (7 * random.exponential()) / perWeek
    )
      touches.push(visit(at));
  }
  if (life.contact) touches.push(...letters(random, life, horizon, visit));
  if (life.consent === "full" && life.value && random.chance(0.03)) {
    const at = life.cameAt + random.uniform() * 300;
    touches.push({ kind: "objects", at });
  }
  return touches.sort((a, b) => a.at - b.at);
}

/** What may follow an order: a call, a review, one thing given back. */
function afterwards(random: Random, order: Order, at: number): Touch[] {
  const touches: Touch[] = [];
  if (random.chance(0.03)) {
    const called = inOpeningHours(random, at + 1 + 4 * random.uniform());
    const ticket = { kind: "ticket", id: `T-${order.id}`, topic: random.pick(topics) } as const;
    touches.push({ ...ticket, at: called, state: "Opened" });
    touches.push({ ...ticket, at: called + random.exponential(0.8), state: "Closed" });
  }
  if (random.chance(0.06)) {
    touches.push({
      kind: "review",
      at: inOpeningHours(random, at + 4 + 12 * random.uniform()),
      orderId: order.id,
      productId: order.lines[0]!.productId,
      rating: random.pick([1, 2, 3, 4, 5], [0.04, 0.05, 0.11, 0.3, 0.5]),
    });
  }
  if (order.lines.length > 1 && random.chance(0.015)) {
    touches.push({
      kind: "refund",
      at: inOpeningHours(random, at + 3 + 5 * random.uniform()),
      order,
      line: order.lines.length - 1,
    });
  }
  return touches;
}

function letters(
  random: Random,
  life: Life,
  horizon: number,
  visit: (at: number, more: Partial<Extract<Touch, { kind: "session" }>>) => Touch,
): Touch[] {
  const touches: Touch[] = [];
  if (!life.value) return touches;
  for (let issue = Math.ceil((life.cameAt + 2) / letterDays); issue * letterDays < horizon; issue++) {
    const at = issue * letterDays + 0.35;
    const isActive = at < life.leftAt;
    const opened = random.chance(isActive ? 0.45 : 0.06);
    const clicked = opened && isActive && random.chance(0.22);
    touches.push({ kind: "letter", at, issue, opened, clicked });
    if (clicked) touches.push(visit(at + 0.05, { at: at + 0.05, arrival: "letter", device: 0 }));
    if (!isActive && random.chance(0.06)) {
      touches.push({ kind: "unsubscribe", at: at + 0.2 });
      break;
    }
  }
  return touches;
}

/** The same day, between 7 and 19 o'clock UTC: shops are open then, and no zone of the brand turns the day. */
function inOpeningHours(random: Random, at: number): number {
  return Math.floor(at) + (7 + 12 * random.uniform()) / 24;
}
