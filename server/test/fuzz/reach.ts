import type { Target } from "./requests.ts";

/** Refusals before a route's own work begins: who asks, where, and in what shape. */
const atTheDoor =
  /^(request\.|session\.(missing|foreign)|right\.|garden\.missing|key\.|token\.|body\.|rate\.)/;

/** How far requests came: a route whose requests are all turned away at the door was not tried at all. */
export class Reach {
  readonly #byRoute = new Map<string, { good: number; within: number; door: number }>();

  note({ method, url }: Pick<Target, "method" | "url">, status: number, code: string | undefined): void {
    const route = `${method} ${url}`;
    const one = this.#byRoute.get(route) ?? { good: 0, within: 0, door: 0 };
    this.#byRoute.set(route, one);
    if (status < 400) one.good++;
    // Images and pages refuse without a code.
    else if (code ? !atTheDoor.test(code) : status === 400) one.within++;
    else one.door++;
  }

  /** Shares of all requests, and the routes of which no request came past the door. */
  summary() {
    const all = [...this.#byRoute];
    const sum = (of: "good" | "within" | "door") => all.reduce((total, [, one]) => total + one[of], 0);
    const total = sum("good") + sum("within") + sum("door");
    const routes = (is: (one: { good: number; within: number }) => boolean) =>
      all.filter(([, one]) => is(one)).map(([route]) => route);
    return {
      good: sum("good") / total,
      refusedWithin: sum("within") / total,
      atTheDoor: sum("door") / total,
      routes: all.length,
      neverGood: routes((one) => one.good === 0),
      neverWithin: routes((one) => one.good + one.within === 0),
    };
  }
}
