import type { IdentityRules } from "./rules.ts";

type LimitedKind = keyof IdentityRules["limits"];

const dayMs = 86_400_000;

/** How many values each customer was given lately, so that one account does not gather the identifiers of many people. */
export class Limits {
  readonly #limits: IdentityRules["limits"];
  readonly #given = new Map<string, Date[]>();

  constructor(limits: IdentityRules["limits"], given: readonly { id: number; kind: string; at: Date }[]) {
    this.#limits = limits;
    for (const { id, kind, at } of given) this.note(id, kind, at);
  }

  note(id: number, kind: string, at: Date): void {
    const key = `${id} ${kind}`;
    const times = this.#given.get(key);
    if (times) times.push(at);
    else this.#given.set(key, [at]);
  }

  /** Whether a customer may be given one more value of a kind. Time runs both ways: events come in any order. */
  allows(id: number, kind: string, at: Date): boolean {
    const limit = this.#limits[kind as LimitedKind];
    if (!limit) return true;
    const times = this.#given.get(`${id} ${kind}`) ?? [];
    const near = times.filter((time) => Math.abs(at.getTime() - time.getTime()) < limit.days * dayMs);
    return near.length < limit.max;
  }
}
