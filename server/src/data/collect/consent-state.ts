import type { Source } from "../../garden/index.ts";
import { type Answer, allows, type CurrentAnswer, outranks, type Purpose } from "../consent/index.ts";
import { evidenceOf, proofOf } from "./evidence.ts";
import type { DropReason, Incoming } from "./model.ts";

type Standing = Pick<CurrentAnswer, "granted" | "at" | "stated"> & { expired?: boolean };

/** What an event says to a purpose. */
export interface Told {
  purpose: string;
  granted: boolean;
  /** The event tells of the moment at which it was answered; else it says along what was once answered. */
  isNow?: boolean;
}

/** A no that is said again with every event moves the time of the first at most this often. */
const repeatedMs = 60 * 60 * 1000;

/**
 * When an event said what it says: by the sender's clock, but never later than it came in. A clock that is ahead would
 * else give an answer that no later one takes back.
 */
const saidAt = (event: Incoming) =>
  event.happenedAt < event.receivedAt ? event.happenedAt : event.receivedAt;

/**
 * The answers that hold while a batch is worked through. What it gives back for the ledger makes, by `recordAnswers`, the
 * same answers current in the database.
 */
export class ConsentState {
  readonly #answers = new Map<number, Map<string, Standing>>();
  /** What parts of merged customers answered themselves, beside what counts for the whole. */
  readonly #own = new Map<number, Map<string, Standing>>();
  /** When a no was last said that a later answer outranks: it is written down once, not with every event. */
  readonly #outranked = new Map<string, Date>();
  readonly #purposes: Purpose[];

  constructor(answers: CurrentAnswer[], purposes: Purpose[], own: CurrentAnswer[] = []) {
    this.#purposes = purposes;
    for (const answer of answers) this.#of(answer.customerId).set(answer.purpose, answer);
    for (const answer of own) this.#ownOf(answer.customerId).set(answer.purpose, answer);
  }

  /**
   * Whether an event may be collected, by what these ids said before and what the event says itself. `mayChange`: the
   * sender may take a no back, because it is the brand, or because nobody but this nameless visitor is meant.
   * `survivorOf`: a visitor's old no does not outlive the customer's later yes. What the brand states lets in what comes from
   * sources that state it; one that asks waits for what somebody said.
   */
  judge(
    ids: number[],
    survivorOf: (id: number) => number,
    told: Told[],
    source: Source | undefined,
    mayChange: boolean,
    event: Incoming,
  ): "collect" | Extract<DropReason, "no_consent" | "withdrawn"> {
    const at = saidAt(event);
    const states = source?.consentMode === "basis";
    const said = told.filter((one) => !this.#isOutlived(ids, one));
    const standing = ids.flatMap((id) => {
      const survivor = survivorOf(id);
      return [...this.#of(id)]
        .filter(([purpose, answer]) => {
          const own = survivor === id ? undefined : this.#of(survivor).get(purpose);
          if (!answer.granted && own?.granted && outranks(own, answer)) return false;
          if (!states && answer.granted && answer.stated) return false;
          // Who said no may say yes again; where others are meant as well, the stricter of two answers wins.
          return !(
            mayChange &&
            said.some((one) => one.purpose === purpose && outranks({ ...one, at, stated: false }, answer))
          );
        })
        .map(([purpose, answer]) => ({ purpose, granted: answer.granted }));
    });
    const stated = states
      ? Object.keys(source.statedBasis).map((purpose) => ({ purpose, granted: true }))
      : [];
    if (allows([...standing, ...said, ...stated], this.#purposes, "collect")) return "collect";
    const refused = [...standing, ...said].some(
      (one) =>
        !one.granted &&
        this.#purposes.some((purpose) => purpose.key === one.purpose && purpose.kinds.includes("collect")),
    );
    return refused ? "withdrawn" : "no_consent";
  }

  /**
   * Takes over what an event said, and gives what is new for the ledger: every no that was not standing already, even
   * where a later answer outranks it, and each yes that changes what counts.
   */
  apply(id: number, said: Told[], event: Incoming, origin: string, part?: number): Answer[] {
    const heard = said.filter((one) => !this.#isOutlived([id], one));
    return this.#both(id, part, (own, name) =>
      this.#apply(own, name, heard, event, origin, part !== undefined),
    );
  }

  /**
   * What an answer makes of the answers that stand for an id. Of a merged customer it is an answer of one part, and counts
   * for the whole: both are kept.
   */
  #both(
    id: number,
    part: number | undefined,
    work: (own: Map<string, Standing>, name: string) => Omit<Answer, "customerId">[],
  ): Answer[] {
    const effective = work(this.#of(id), String(id));
    if (part === undefined) return effective.map((answer) => ({ ...answer, customerId: id }));
    return [
      ...effective.map((answer): Answer => ({ ...answer, customerId: id, keeps: "effective" })),
      ...work(this.#ownOf(part), `part ${part}`).map(
        (answer): Answer => ({ ...answer, customerId: part, keeps: "own" }),
      ),
    ];
  }

  #apply(
    own: Map<string, Standing>,
    name: string,
    said: Told[],
    event: Incoming,
    origin: string,
    isExact: boolean,
  ): Omit<Answer, "customerId">[] {
    const at = saidAt(event);
    const fresh: Omit<Answer, "customerId">[] = [];
    for (const { purpose, granted } of said) {
      const before = own.get(purpose);
      const answer = { granted, at, stated: false };
      const counts = !before || outranks(answer, before);
      const repeated = before !== undefined && !before.stated && before.granted === granted;
      // Of a merged customer the parts and the whole keep the same times: each can be had from the other.
      const moves = isExact && counts;
      if (granted && !moves && (repeated || !counts)) continue;
      const since = repeated ? before.at : this.#outranked.get(`${name} ${purpose}`);
      if (!granted && !moves && since && (repeated || !counts) && at.getTime() - since.getTime() < repeatedMs)
        continue;
      if (counts) own.set(purpose, answer);
      else this.#outranked.set(`${name} ${purpose}`, at);
      fresh.push({
        purpose,
        granted,
        basis: "consent",
        origin,
        sourceId: event.sourceId,
        ...evidenceOf(event),
        at,
        ...(repeated ? { repeated } : {}),
      });
    }
    return fresh;
  }

  /** The lawful bases that a source states, for a customer who never answered. */
  state(id: number, source: Source | undefined, event: Incoming, part?: number): Answer[] {
    if (source?.consentMode !== "basis") return [];
    return this.#both(id, part, (own) => this.#state(own, source, event));
  }

  #state(own: Map<string, Standing>, source: Source, event: Incoming): Omit<Answer, "customerId">[] {
    const at = saidAt(event);
    const fresh: Omit<Answer, "customerId">[] = [];
    for (const [purpose, basis] of Object.entries(source.statedBasis)) {
      if (own.has(purpose)) continue;
      own.set(purpose, { granted: true, at, stated: true });
      fresh.push({
        purpose,
        granted: true,
        basis,
        origin: "source",
        sourceId: event.sourceId,
        actor: "brand",
        proof: proofOf(event),
        at,
      });
    }
    return fresh;
  }

  /** When ids are joined, what one of them refused is refused for both, from the moment at which we learn of it. */
  carryRefusals(from: number, to: number, event: Incoming, part?: number): Answer[] {
    return this.#both(to, part, (own) => this.#carry(from, own, event));
  }

  #carry(from: number, own: Map<string, Standing>, event: Incoming): Omit<Answer, "customerId">[] {
    const at = event.receivedAt;
    const fresh: Omit<Answer, "customerId">[] = [];
    for (const [purpose, refused] of this.#of(from)) {
      const before = own.get(purpose);
      // What the brand stated of one of them is no word of the other's.
      if (refused.granted || refused.stated || (before && !before.stated && !before.granted)) continue;
      const answer = { granted: false, at, stated: false };
      if (!before || outranks(answer, before)) own.set(purpose, answer);
      fresh.push({
        purpose,
        granted: false,
        basis: "consent",
        origin: "join",
        sourceId: event.sourceId,
        proof: proofOf(event),
        at,
      });
    }
    return fresh;
  }

  /** A yes that has run out is not made new by a browser that still says it along with every event. */
  #isOutlived(ids: number[], { purpose, granted, isNow }: Told): boolean {
    return granted && !isNow && ids.some((id) => this.#of(id).get(purpose)?.expired);
  }

  #of(id: number): Map<string, Standing> {
    return entryOf(this.#answers, id);
  }

  #ownOf(part: number): Map<string, Standing> {
    return entryOf(this.#own, part);
  }
}

function entryOf(answers: Map<number, Map<string, Standing>>, id: number): Map<string, Standing> {
  let own = answers.get(id);
  if (!own) {
    own = new Map();
    answers.set(id, own);
  }
  return own;
}
