import type { Source } from "../../garden/index.ts";
import { type Answer, allows, type CurrentAnswer, type Purpose } from "../consent/index.ts";
import type { DropReason, Incoming } from "./model.ts";

/** The answers that hold while a batch is worked through. */
export class ConsentState {
  readonly #answers = new Map<number, Map<string, { granted: boolean; at: Date }>>();
  readonly #purposes: Purpose[];

  constructor(answers: CurrentAnswer[], purposes: Purpose[]) {
    this.#purposes = purposes;
    for (const answer of answers) this.#of(answer.customerId).set(answer.purpose, answer);
  }

  /**
   * Whether an event may be collected, by what these ids said before and what the event says itself. `mayChange`: the
   * sender may take a no back, because it is the brand, or because nobody but this nameless visitor is meant.
   * `survivorOf`: a visitor's old no does not outlive the customer's later yes.
   */
  judge(
    ids: number[],
    survivorOf: (id: number) => number,
    said: { purpose: string; granted: boolean }[],
    source: Source | undefined,
    mayChange: boolean,
  ): "collect" | Extract<DropReason, "no_consent" | "withdrawn"> {
    const before = ids.flatMap((id) => {
      const survivor = survivorOf(id);
      return [...this.#of(id)]
        .filter(([purpose, answer]) => {
          const later = survivor === id ? undefined : this.#of(survivor).get(purpose);
          return answer.granted || !later?.granted || later.at < answer.at;
        })
        .map(([purpose, answer]) => ({ purpose, granted: answer.granted }));
    });
    // Who said no may say yes again; where others are meant as well, the stricter of two answers wins.
    const standing = mayChange
      ? before.filter((one) => !said.some((answer) => answer.purpose === one.purpose))
      : before;
    const stated =
      source?.consentMode === "basis"
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

  /** Takes over what an event said, and gives what is new for the ledger. */
  apply(
    id: number,
    said: { purpose: string; granted: boolean }[],
    event: Incoming,
    origin: string,
  ): Answer[] {
    const own = this.#of(id);
    const fresh: Answer[] = [];
    for (const { purpose, granted } of said) {
      const before = own.get(purpose);
      if (before?.granted === granted || (before && before.at > event.happenedAt)) continue;
      own.set(purpose, { granted, at: event.happenedAt });
      fresh.push({
        customerId: id,
        purpose,
        granted,
        basis: "consent",
        origin,
        sourceId: event.sourceId,
        at: event.happenedAt,
      });
    }
    return fresh;
  }

  /** The lawful bases that a source states, for a customer who never answered. */
  state(id: number, source: Source | undefined, event: Incoming): Answer[] {
    if (source?.consentMode !== "basis") return [];
    const own = this.#of(id);
    const fresh: Answer[] = [];
    for (const [purpose, basis] of Object.entries(source.statedBasis)) {
      if (own.has(purpose)) continue;
      own.set(purpose, { granted: true, at: event.happenedAt });
      fresh.push({
        customerId: id,
        purpose,
        granted: true,
        basis,
        origin: "source",
        sourceId: event.sourceId,
        at: event.happenedAt,
      });
    }
    return fresh;
  }

  /** When ids are joined, what one of them refused is refused for both. */
  carryRefusals(from: number, to: number, event: Incoming): Answer[] {
    const refused = [...this.#of(from)].filter(([, answer]) => !answer.granted);
    const own = this.#of(to);
    const fresh: Answer[] = [];
    for (const [purpose] of refused) {
      if (own.get(purpose)?.granted === false) continue;
      own.set(purpose, { granted: false, at: event.happenedAt });
      fresh.push({
        customerId: to,
        purpose,
        granted: false,
        basis: "consent",
        origin: "join",
        sourceId: event.sourceId,
        at: new Date(event.receivedAt),
      });
    }
    return fresh;
  }

  #of(id: number): Map<string, { granted: boolean; at: Date }> {
    let own = this.#answers.get(id);
    if (!own) {
      own = new Map();
      this.#answers.set(id, own);
    }
    return own;
  }
}
