import { type Order, productOf } from "./basket.ts";
import { brand } from "./brand.ts";
import type { Arrival, Person, Touch } from "./person.ts";

/** The systems of the brand that send events, each with a source of its own. Orders of a day come in this order. */
export const senders = ["site", "shop", "till", "mail", "hotline"] as const;
export type Sender = (typeof senders)[number];

/** A call of the Segment protocol. */
export type Call = Record<string, unknown>;
export type Send = (sender: Sender, call: Call) => void;

/** Words of the garden's language for what products are called. */
export type Words = "en" | "de";

export const anonymousIdOf = (person: Person, device: number) => `${person.userId}-browser-${device + 1}`;

/** What the browser passes on of the consent banner's answers. */
export function preferencesOf(person: Person): Record<string, boolean> {
  const { consent, contact } = person.life;
  return {
    Analytics: consent !== "refused",
    Functional: consent === "full" && !person.seen.objected,
    Advertising: consent !== "refused" && contact && !person.seen.unsubscribed,
  };
}

/** Turns what a person does into the calls of the systems that see it, and remembers what was seen. */
export function tell(person: Person, touch: Touch, start: Date, words: Words, send: Send): void {
  const told = teller(person, start, send);
  switch (touch.kind) {
    case "session":
      session(person, touch, words, told);
      break;
    case "till":
      register(person, touch.at, told, "till");
      order(person, touch.at, touch.order, words, told, "till", { channel: "shop", shop: touch.shop });
      break;
    case "subscribe":
      register(person, touch.at, told, "shop");
      told("shop", touch.at, "track", {
        event: "Newsletter Subscribed",
        context: contactAnswer(true),
      });
      break;
    case "letter": {
      if (!person.seen.registered || person.seen.unsubscribed) return;
      const properties = { channel: "email", campaign_name: `Letter ${touch.issue}` };
      told("mail", touch.at, "track", { event: "Email Delivered", properties });
      if (touch.opened) told("mail", touch.at + 0.03, "track", { event: "Email Opened", properties });
      if (touch.clicked) told("mail", touch.at + 0.04, "track", { event: "Email Link Clicked", properties });
      return;
    }
    case "unsubscribe":
      if (person.seen.unsubscribed) return;
      person.seen.unsubscribed = true;
      told("mail", touch.at, "track", {
        event: "Unsubscribed",
        properties: { channel: "email" },
        context: contactAnswer(false),
      });
      break;
    case "objects":
      person.seen.objected = true;
      return;
    case "ticket": {
      const properties = { channel: "hotline", ticket_id: touch.id, topic: touch.topic };
      told("hotline", touch.at, "track", { event: `Ticket ${touch.state}`, properties });
      break;
    }
    case "review":
      told("shop", touch.at, "track", {
        event: "Review Submitted",
        properties: {
          channel: "review",
          review_id: `R-${touch.orderId}`,
          product_id: touch.productId,
          rating: touch.rating,
        },
      });
      break;
    case "refund": {
      const line = touch.order.lines[touch.line]!;
      const back = Math.min(line.quantity * line.priceMinor, touch.order.amountMinor - 1);
      told("shop", touch.at, "track", {
        event: "Order Refunded",
        properties: {
          order_id: touch.order.id,
          currency: brand.currency,
          total: back / 100,
          products: [lineOf(line, words)],
        },
      });
    }
  }
}

type Told = (sender: Sender, at: number, type: string, call: Call) => void;

function teller(person: Person, start: Date, send: Send): Told {
  return (sender, at, type, call) =>
    send(sender, {
      type,
      messageId: `${person.userId}-${person.seen.messages++}`,
      timestamp: instantOf(start, at).toISOString(),
      ...(sender === "site" ? {} : { userId: person.userId }),
      ...call,
    });
}

export const instantOf = (start: Date, day: number) =>
  new Date(start.getTime() + Math.round(day * 86_400_000));

const contactAnswer = (granted: boolean) => ({ consent: { categoryPreferences: { Advertising: granted } } });

/** The brand's own system opens an account at the first order, with the name and what was ticked. */
function register(person: Person, at: number, told: Told, sender: Sender): void {
  if (person.seen.registered) return;
  person.seen.registered = true;
  const { name, email, city, language, life } = person;
  told(sender, at, "identify", {
    traits: {
      firstName: name.first,
      lastName: name.last,
      name: `${name.first} ${name.last}`,
      email,
      city,
      language,
    },
    ...(life.contact ? { context: contactAnswer(true) } : {}),
  });
}

const pages: Record<Arrival, { referrer: string; search: string }> = {
  direct: { referrer: "", search: "" },
  search: { referrer: "https://www.google.com/", search: "" },
  paid: {
    referrer: "https://www.google.com/",
    search: "?utm_source=google&utm_medium=cpc&utm_campaign=beans",
  },
  social: { referrer: "https://www.instagram.com/", search: "?utm_source=instagram&utm_medium=social" },
  letter: { referrer: "", search: "?utm_source=newsletter&utm_medium=email&utm_campaign=letter" },
};
const minute = 1 / 1440;

function session(person: Person, touch: Extract<Touch, { kind: "session" }>, words: Words, told: Told): void {
  const { seen, life } = person;
  const anonymousId = anonymousIdOf(person, touch.device);
  const { referrer, search } = pages[touch.arrival];
  const agent =
    touch.device === 0 ? "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0" : "Mozilla/5.0 (iPhone) Safari/605";
  let at = touch.at;
  const site = (type: string, path: string, call: Call) => {
    told("site", at, type, {
      anonymousId,
      ...(seen.signedIn.has(touch.device) ? { userId: person.userId } : {}),
      ...call,
      context: {
        userAgent: agent,
        page: { url: `${brand.site}${path}${search}`, path, search, ...(referrer ? { referrer } : {}) },
        consent: { categoryPreferences: preferencesOf(person) },
      },
    });
    at += minute;
  };
  site("page", "/", { properties: { title: brand.name } });
  for (const id of touch.views)
    site("track", `/p/${id}`, {
      event: "Product Viewed",
      properties: { product_id: id, name: productOf(id).name[words] },
    });
  // Who refuses to be measured signs in as well, but the browser tells nobody.
  const signsIn = touch.order !== undefined || (touch.signsIn && seen.registered);
  if (touch.order) {
    for (const line of touch.order.lines.slice(0, 2))
      site("track", "/basket", {
        event: "Product Added",
        properties: { product_id: line.productId, quantity: line.quantity },
      });
    site("track", "/checkout", { event: "Checkout Started", properties: { order_id: touch.order.id } });
  }
  if (signsIn && life.consent !== "refused" && !seen.signedIn.has(touch.device)) {
    seen.signedIn.add(touch.device);
    site("identify", "/account", {});
  }
  if (touch.order) {
    register(person, at, told, "shop");
    order(
      person,
      at,
      touch.order,
      words,
      told,
      "shop",
      {},
      {
        page: { url: `${brand.site}/checkout`, path: "/checkout" },
      },
    );
  }
}

function order(
  person: Person,
  at: number,
  bought: Order,
  words: Words,
  told: Told,
  sender: Sender,
  properties: Call,
  context?: Call,
): void {
  person.seen.orders++;
  told(sender, at, "track", {
    event: "Order Completed",
    properties: {
      order_id: bought.id,
      currency: brand.currency,
      total: bought.amountMinor / 100,
      ...(bought.shippingMinor ? { shipping: bought.shippingMinor / 100 } : {}),
      ...(bought.tipMinor ? { tip: bought.tipMinor / 100 } : {}),
      ...(bought.discountMinor ? { discount: bought.discountMinor / 100 } : {}),
      products: bought.lines.map((line) => lineOf(line, words)),
      ...properties,
    },
    ...(context ? { context } : {}),
  });
}

function lineOf(line: Order["lines"][number], words: Words) {
  const product = productOf(line.productId);
  return {
    product_id: line.productId,
    name: product.name[words],
    category: product.category,
    quantity: line.quantity,
    price: line.priceMinor / 100,
  };
}
