import type { Garden, Source } from "../../../garden/index.ts";
import type { Json } from "../model.ts";
import { bodiesOf, faultOfMade, namespaceOf } from "./accept.ts";
import type { Example, Webhook } from "./store.ts";
import { deliveryIdOf, type Problem, translate } from "./translate.ts";

/** What the rules would make of a kept body: nothing is written down. */
export interface Preview {
  example: number;
  made: {
    rule: number;
    calls: Json[];
    problems: Problem[];
    /** Why it could not be accepted. */
    fault: { code: string; message: string } | null;
  }[];
}

export function preview(
  garden: Garden,
  source: Source,
  hook: Pick<Webhook, "sourceId" | "provider" | "rules" | "deliveryId" | "signature" | "secret">,
  examples: readonly Example[],
  now: Date,
): Preview[] {
  const namespace = namespaceOf(garden, source, hook);
  return examples.map((example) => ({
    example: example.id,
    made: bodiesOf(example.body)
      .slice(0, 20)
      .flatMap((body) => {
        const delivery = { body, headers: example.headers };
        const made = translate(delivery, deliveryIdOf(delivery, hook.deliveryId), hook.rules, namespace);
        return made.map((one) => ({ ...one, fault: faultOfMade(one, now) ?? null }));
      }),
  }));
}

/** The shape of a body without what it says: for those who may not see personal data. */
export function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)]));
  return value === null || typeof value === "boolean" ? value : "•••";
}
