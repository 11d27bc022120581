import type { Tx } from "../../garden/index.ts";
import { type Identifier, normalisedEmail } from "../identity/index.ts";
import { ownKind, suppressedAmong } from "../suppression/index.ts";
import type { Drops } from "./drops.ts";
import type { BatchContext, Incoming } from "./model.ts";

/** All that an event names a person by, whether it is believed or not. */
export function namesIn(event: Incoming): Identifier[] {
  const { userId, anonymousId, previousId, customerId, email } = event;
  const names: Identifier[] = [];
  const add = (kind: string, value: string | undefined) => {
    if (value !== undefined) names.push({ kind, value });
  };
  add("user_id", userId);
  add("anonymous_id", anonymousId);
  add("user_id", previousId);
  add("anonymous_id", previousId);
  for (const one of new Set([email, ...emailsIn(event)])) add("email", one);
  if (customerId) add(ownKind, String(customerId));
  return names;
}

/** Addresses that stand where programs write them, also in events that may not name anybody by them. */
function emailsIn({ traits, properties, context }: Incoming): (string | undefined)[] {
  const about = context.traits as { email?: unknown } | undefined;
  return [traits.email, properties.email, about?.email].map(normalisedEmail);
}

/** Drops what names somebody who was erased. */
export async function dropSuppressed(
  tx: Tx,
  ctx: BatchContext,
  events: readonly Incoming[],
  drops: Drops,
): Promise<Incoming[]> {
  const named = events.map(namesIn);
  const found = await suppressedAmong(tx, ctx, named.flat());
  let at = 0;
  return events.filter((event, index) => {
    const places = named[index]!.map(() => at++);
    const isErased = places.some((place) => found.has(place));
    if (isErased) drops.add(event, "erased");
    return !isErased;
  });
}
