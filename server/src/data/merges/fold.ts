import type { Tx } from "../../garden/index.ts";
import { type CurrentAnswer, foldConsent } from "../consent/index.ts";
import type { Part } from "../identity/index.ts";
import { foldWholes, type OwnProfile } from "../profiles/index.ts";

/**
 * Makes of what is each part's own what the whole customers show. The survivor of each stands first among its parts. `own` is
 * what was read of it already: some of the profiles, and all answers or none.
 */
export async function foldParts(
  tx: Tx,
  parts: readonly Part[],
  own: { profiles: readonly OwnProfile[]; answers?: readonly CurrentAnswer[] },
): Promise<void> {
  const wholes = groupsOf(parts);
  await foldWholes(
    tx,
    wholes.map((group) => group.map((part) => part.customerId)),
    own.profiles,
  );
  await foldConsent(
    tx,
    wholes.map((group) => {
      const times = group.flatMap((part) => part.mergedAt?.getTime() ?? []);
      return {
        customerId: group[0]!.survivorId,
        parts: group.map((part) => part.customerId),
        mergedAt: times.length ? new Date(Math.max(...times)) : undefined,
      };
    }),
    own.answers,
  );
}

/** The parts of each customer, in their order. */
export function groupsOf(parts: readonly Part[]): Part[][] {
  const groups = new Map<number, Part[]>();
  for (const part of parts) {
    const group = groups.get(part.survivorId);
    if (group) group.push(part);
    else groups.set(part.survivorId, [part]);
  }
  return [...groups.values()];
}
