import { isGerman, type Surroundings } from "../parts.ts";

interface Offer {
  productId: string;
  title: string;
  priceMinor: number | null;
  currency: string;
  reason: { text: { en: string; de: string } };
}
interface Decided {
  decision: { id: string; offer: Offer } | null;
  reason: string | null;
}

/** How much of an offer must be seen, and for how long, until it counts as shown. */
const seenShare = 0.5;
const seenMs = 1000;
/** The first visit of somebody new is worked through in a moment: asked before, nobody is known yet. */
const againMs = [1500, 4000];

const filled = new Map<Element, () => void>();

/** Fills each slot of the page that is empty yet. A slot for which there is no offer stays as the brand made it. */
export function open(around: Surroundings): void {
  for (const slot of document.querySelectorAll<HTMLElement>("[data-rondell-slot]")) {
    if (filled.has(slot)) continue;
    filled.set(slot, () => {});
    around.whenTold(() => void fill(around, slot, 0));
  }
}

/** Takes every offer away again, and forgets that it was there. */
export function empty(): void {
  for (const takeAway of filled.values()) takeAway();
  filled.clear();
}

async function fill(around: Surroundings, slot: HTMLElement, tries: number): Promise<void> {
  const mayAsk = () => around.allows("measure") && around.allows("personalise") && filled.has(slot);
  if (!mayAsk()) return;
  const { decision, reason } = await ask<Decided>(around, "decide", { anonymousId: around.visitor() });
  if (!mayAsk()) return;
  if (reason === "no_consent" && tries < againMs.length)
    setTimeout(() => void fill(around, slot, tries + 1), againMs[tries]);
  if (decision) show(around, slot, decision.id, decision.offer);
}

function ask<Reply>({ server, writeKey }: Surroundings, path: string, body: object): Promise<Reply> {
  return fetch(`${server}/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ writeKey, ...body }),
    credentials: "omit",
    keepalive: true,
  }).then((answer) => answer.json() as Promise<Reply>);
}

function show(around: Surroundings, slot: HTMLElement, decisionId: string, offer: Offer): void {
  const own = [...slot.childNodes];
  const tell = (what: "shown" | "accepted") =>
    void ask(around, `decide/${what}`, { decisionId }).catch(() => {});
  // A page that draws its offers itself takes this event, and what it puts into the slot stays.
  const isOurs = slot.dispatchEvent(
    new CustomEvent("rondell:offer", { bubbles: true, cancelable: true, detail: offer }),
  );
  if (isOurs) slot.replaceChildren(cardOf(around, slot, offer));
  slot.hidden = false;

  const accept = ({ target }: Event) => {
    if ((target as Element).closest("a, button")) tell("accepted");
  };
  slot.addEventListener("click", accept);
  const stop = whenSeen(slot, () => tell("shown"));
  filled.set(slot, () => {
    stop();
    slot.removeEventListener("click", accept);
    slot.replaceChildren(...own);
  });
}

/** Why, what, and for how much; a link where `data-rondell-href` says how the brand's addresses are made. */
function cardOf({ options }: Surroundings, slot: HTMLElement, offer: Offer): HTMLElement {
  const language = isGerman(options) ? "de" : "en";
  const href = slot.dataset.rondellHref?.replace("{productId}", encodeURIComponent(offer.productId));
  const card = href
    ? Object.assign(document.createElement("a"), { href })
    : Object.assign(document.createElement("button"), { type: "button" });
  card.className = "rondell-offer";
  const price =
    offer.priceMinor === null
      ? ""
      : money(offer.priceMinor, offer.currency, document.documentElement.lang || language);
  for (const [name, text] of Object.entries({
    reason: offer.reason.text[language],
    title: offer.title,
    price,
  })) {
    if (!text) continue;
    const line = document.createElement("span");
    line.className = `rondell-offer-${name}`;
    line.style.display = "block";
    line.textContent = text;
    card.append(line);
  }
  return card;
}

function money(minor: number, currency: string, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** Calls once when enough of an element was in view for long enough. Gives what stops the waiting. */
function whenSeen(element: Element, seen: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const observer = new IntersectionObserver(
    ([entry]) => {
      clearTimeout(timer);
      if (entry && entry.intersectionRatio >= seenShare)
        timer = setTimeout(() => {
          if (document.visibilityState === "hidden") return;
          stop();
          seen();
        }, seenMs);
    },
    { threshold: seenShare },
  );
  const stop = () => {
    clearTimeout(timer);
    observer.disconnect();
  };
  observer.observe(element);
  return stop;
}
