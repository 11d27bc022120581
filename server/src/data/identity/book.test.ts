import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IdentityBook, type KnownIdentities } from "./book.ts";
import type { Claims } from "./model.ts";

/** What a store keeps between batches: changes of one book are what the next one knows. */
function openStore() {
  const state: KnownIdentities = {
    owners: new Map(),
    links: new Map(),
    parts: new Map(),
    merged: new Set(),
    known: new Set(),
    given: [],
    devices: new Map(),
    paired: new Map(),
    vouched: new Set(),
  };
  let id = 0;
  const proposals: string[] = [];
  return {
    state,
    proposals,
    batch(calls: readonly Call[]) {
      const book = new IdentityBook(
        {
          owners: new Map(state.owners),
          links: new Map(state.links),
          parts: new Map(state.parts),
          merged: new Set(state.merged),
          known: new Set(state.known),
          given: [...state.given],
          devices: new Map(state.devices),
          paired: new Map([...state.paired].map(([one, others]) => [one, new Set(others)])),
          vouched: new Set(state.vouched),
        },
        () => ++id,
      );
      for (const call of calls) {
        if ("previousId" in call) book.alias(call.previousId, call.claims, saying, true);
        else book.resolve(call.claims, saying, true);
      }
      const { changes } = book;
      for (const { kind, value, customerId } of changes.identifiers) {
        state.owners.set(`${kind}\u0000${value}`, customerId);
        state.given.push({ id: customerId, kind, at: saying.at });
      }
      for (const created of changes.created) if (created.known) state.known.add(created.id);
      for (const known of changes.madeKnown) state.known.add(known);
      for (const { subjectId, customerId, partId } of changes.links) {
        state.links.set(subjectId, customerId);
        state.parts.set(subjectId, partId);
      }
      for (const [visitor, device] of changes.devices) state.devices.set(visitor, device);
      for (const { a, b } of changes.proposals) {
        proposals.push(`${a} ${b}`);
        for (const [one, other] of [
          [a, b],
          [b, a],
        ] as const)
          state.paired.set(one, new Set([...(state.paired.get(one) ?? []), other]));
      }
    },
  };
}

interface Identify {
  claims: Claims;
}
interface Alias extends Identify {
  previousId: string;
}
type Call = Identify | Alias;
const saying = { at: new Date(0), event: "Told", messageId: "m", sourceId: null };

/** Which identifiers belong to one customer, whatever the ids are. */
function groups(state: KnownIdentities): string[] {
  const byCustomer = new Map<number, string[]>();
  for (const [key, owner] of state.owners) {
    const customer = state.links.get(owner) ?? owner;
    byCustomer.set(customer, [...(byCustomer.get(customer) ?? []), key.replace("\u0000", " ")]);
  }
  return [...byCustomer.values()].map((keys) => keys.sort().join(", ")).sort();
}

/** Calls without a conflict: each visitor and each address belongs to one user, and every visitor is named in the end. */
const traffic = fc
  .array(
    fc.record({
      user: fc.integer({ min: 0, max: 4 }),
      device: fc.integer({ min: 0, max: 2 }),
      kind: fc.constantFrom("page", "identify", "order", "email", "alias"),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((items) => {
    const calls: Call[] = items.map(({ user, device, kind }): Call => {
      const userId = `u${user}`;
      const anonymousId = `v${user}-${device}`;
      const email = `${userId}@example.org`;
      if (kind === "page") return { claims: { anonymousId } };
      if (kind === "order") return { claims: { userId } };
      if (kind === "email") return { claims: { userId, email } };
      if (kind === "alias") return { claims: { userId }, previousId: anonymousId };
      return { claims: { userId, anonymousId } };
    });
    const named = new Map<string, Call>();
    for (const { user, device } of items)
      named.set(`v${user}-${device}`, { claims: { userId: `u${user}`, anonymousId: `v${user}-${device}` } });
    return [...calls, ...named.values()];
  });

/** The same calls in another order, some of them twice, cut into batches anywhere. */
const told = traffic.chain((calls) =>
  fc.record({
    calls: fc.constant(calls),
    shuffled: fc
      .tuple(fc.shuffledSubarray(calls, { minLength: calls.length }), fc.subarray(calls))
      .map(([all, some]) => [...all, ...some]),
    cuts: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 10 }),
  }),
);

describe("the book of identities", () => {
  test("comes to the same customers in any order, with repetitions, in any batches", () => {
    fc.assert(
      fc.property(told, ({ calls, shuffled, cuts }) => {
        const plain = openStore();
        plain.batch(calls);
        const other = openStore();
        for (let start = 0, turn = 0; start < shuffled.length; turn++) {
          const size = cuts[turn % cuts.length]!;
          other.batch(shuffled.slice(start, start + size));
          start += size;
        }
        expect(groups(other.state)).toEqual(groups(plain.state));
        expect(plain.proposals).toEqual([]);
        expect(other.proposals).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("never makes a chain of links, nor joins two known customers, whatever is told", () => {
    const id = (prefix: string) =>
      fc.option(
        fc.integer({ min: 0, max: 3 }).map((n) => `${prefix}${n}`),
        { nil: undefined },
      );
    const anything = fc
      .record({ userId: id("u"), anonymousId: id("v"), email: id("e"), previousId: id("v") })
      .filter(({ userId, anonymousId }) => userId !== undefined || anonymousId !== undefined)
      .map(({ previousId, userId, anonymousId, email }): Call => {
        const claims: Claims = {
          ...(userId === undefined ? {} : { userId }),
          ...(anonymousId === undefined ? {} : { anonymousId }),
          ...(email === undefined ? {} : { email }),
        };
        return previousId === undefined ? { claims } : { claims, previousId };
      });
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 40 }), (calls) => {
        const store = openStore();
        for (const call of calls) {
          const knownBefore = new Set(store.state.known);
          const linksBefore = new Map(store.state.links);
          store.batch([call]);
          for (const [subject, customer] of store.state.links) {
            expect(store.state.links.has(customer)).toBe(false);
            if (linksBefore.get(subject) !== customer) expect(knownBefore.has(subject)).toBe(false);
          }
        }
        // An account is one customer for ever.
        const accounts = [...store.state.owners].filter(([key]) => key.startsWith("user_id"));
        for (const [, owner] of accounts)
          expect(store.state.known.has(store.state.links.get(owner) ?? owner)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
