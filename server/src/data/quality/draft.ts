import type { Context } from "../../garden/index.ts";
import { getEvent } from "./catalogue.ts";
import type { ValueType } from "./model.ts";
import { Rule } from "./schema.ts";

/** A type that comes more seldom is taken for a mistake. */
const usualShare = 0.01;
/** What is nearly always there is required. */
const requiredShare = 0.99;
/** Of fewer events nothing can be concluded about what is always there. */
const enough = 20;

/** Rules that the events of the catalogue fit, made of the types that were seen. Refuses event.missing. */
export async function draftRules(ctx: Context, name: string): Promise<Rule[]> {
  const { lookedAt, propertyList } = await getEvent(ctx, name);
  // A name with a point at its end, say, was told and is shown, but no rule can be made of it.
  const nameable = propertyList.filter((one) => Rule.shape.path.safeParse(one.path).success);
  return nameable.map((one) => {
    const times: [ValueType, number][] = [
      ["text", one.texts],
      ["number", one.numbers],
      ["boolean", one.booleans],
      ["list", one.lists],
      ["object", one.objects],
      ["null", one.nulls],
    ];
    const types = times
      .filter(([, seen]) => seen > 0 && seen >= one.events * usualShare)
      .map(([type]) => type);
    const isTop = !/[.[]/.test(one.path);
    const isAlways = lookedAt >= enough && one.events - one.nulls >= lookedAt * requiredShare;
    return { path: one.path, required: isTop && isAlways, types };
  });
}
