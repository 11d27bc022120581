import { Refusal } from "../../platform/refusal.ts";

/** What stands in the way of an ask: those that it needs for itself, and those that it may share with others. */
export interface Way<Ready> {
  needs: readonly number[];
  shares: readonly number[];
  /** Asked when nothing is in its way. */
  ready(): Ready | Refusal;
}

/**
 * Does what is asked as if one after the other, and as much of it at a time as does not depend on the rest: an ask waits
 * for those before it that touch the same customers. Gives for each what came of it, in the order of the asks.
 */
export async function inRounds<Ask, Ready, Done>(
  asks: readonly Ask[],
  by: {
    /** Reads what is needed of those that wait, and gives who says what one of them is about. */
    look(waiting: readonly Ask[]): Promise<(ask: Ask) => Way<Ready> | Refusal>;
    /** Does a round. */
    work(ready: readonly Ready[]): Promise<readonly Done[]>;
  },
): Promise<(Done | Refusal)[]> {
  const outcomes: (Done | Refusal)[] = new Array(asks.length);
  let waiting = asks.map((ask, place) => ({ ask, place }));
  while (waiting.length) {
    const wayOf = await by.look(waiting.map((one) => one.ask));
    const taken = new Set<number>();
    const shared = new Set<number>();
    const round: { ready: Ready; place: number }[] = [];
    const later: typeof waiting = [];
    for (const one of waiting) {
      const way = wayOf(one.ask);
      if (way instanceof Refusal) {
        outcomes[one.place] = way;
        continue;
      }
      const waits =
        way.needs.some((id) => taken.has(id) || shared.has(id)) || way.shares.some((id) => taken.has(id));
      const ready = waits ? undefined : way.ready();
      if (ready instanceof Refusal) {
        outcomes[one.place] = ready;
        continue;
      }
      if (ready === undefined) {
        later.push(one);
        // Whoever comes after it waits for it, too.
        for (const id of [...way.needs, ...way.shares]) taken.add(id);
        continue;
      }
      round.push({ ready, place: one.place });
      for (const id of way.needs) taken.add(id);
      for (const id of way.shares) shared.add(id);
    }
    if (round.length) {
      const done = await by.work(round.map((one) => one.ready));
      for (const [n, { place }] of round.entries()) outcomes[place] = done[n]!;
    }
    waiting = later;
  }
  return outcomes;
}
