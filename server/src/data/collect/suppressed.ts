import type { Tx } from "../../garden/index.ts";
import {
  hashedNames,
  type Identifier,
  normalisedEmail,
  normalisedPhone,
  readRules,
} from "../identity/index.ts";
import { ownKind, suppressedAmong } from "../suppression/index.ts";
import type { Drops } from "./drops.ts";
import type { BatchContext, Incoming } from "./model.ts";

/** All that an event names a person by, whether it is believed or not. A phone number without a plus is one of `phoneCountry`. */
export function namesIn(event: Incoming, phoneCountry: string | null): Identifier[] {
  const { userId, anonymousId, previousId, customerId, email } = event;
  const names: Identifier[] = [];
  const add = (kind: Identifier["kind"], value: string | undefined) => {
    if (value !== undefined) names.push({ kind, value });
  };
  add("user_id", userId);
  add("anonymous_id", anonymousId);
  add("user_id", previousId);
  add("anonymous_id", previousId);
  for (const one of new Set([email, ...emailsIn(event)])) add("email", one);
  add("phone", normalisedPhone(event.phone, phoneCountry));
  names.push(...hashedNames(names));
  add("email_sha256", event.emailHash);
  add("phone_sha256", event.phoneHash);
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
  const phoneCountry = events.some((event) => event.phone !== undefined)
    ? (await readRules(tx, ctx.garden)).phoneCountry
    : null;
  const named = events.map((event) => namesIn(event, phoneCountry));
  const found = await suppressedAmong(tx, ctx, named.flat());
  let at = 0;
  return events.filter((event, index) => {
    const places = named[index]!.map(() => at++);
    const isErased = places.some((place) => found.has(place));
    if (isErased) drops.add(event, "erased");
    return !isErased;
  });
}
