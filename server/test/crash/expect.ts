import { expect } from "vitest";
import type { Agreement } from "./agree.ts";
import type { Expected } from "./load.ts";

/** Everything that both stores say is the same, nothing waits, and nothing is there twice. */
export function expectAgreement(found: Agreement) {
  expect(found.waiting).toEqual({ inbox: 0, outbox: 0, facts: 0 });
  expect(found.customers[1]).toEqual(found.customers[0]);
  expect(found.links[1]).toEqual(found.links[0]);
  expect({
    stray: found.strayEvents,
    doubles: found.doubleEventIds,
    chains: found.chains,
    answers: found.doubleAnswers,
    orphans: found.orphanIdentifiers,
  }).toEqual({ stray: 0, doubles: 0, chains: 0, answers: 0, orphans: 0 });
}

/** What the stores hold of the traffic is what was made: each event once, at whom it belongs to. */
export function expectTraffic(found: Agreement, expected: Expected) {
  const times = new Map(found.events.map((row) => [row.n, row.times]));
  expect([...expected.events].filter((n) => !times.has(n))).toEqual([]);
  expect(found.events.filter((row) => row.times !== 1)).toEqual([]);
  expect(found.events.length).toBe(expected.events.size);
  const drops = Object.fromEntries(found.drops.map((row) => [row.reason, row.events]));
  expect(drops.no_consent ?? 0).toBe(expected.dropped);
  const byUser = Object.fromEntries(
    found.byCustomer.map(({ user, events, orders, minor }) => [user, { events, orders, minor }]),
  );
  expect(found.byCustomer).toHaveLength(expected.users.size);
  expect(byUser).toEqual(
    Object.fromEntries(
      [...expected.users].map(([user, { events, orders, minor }]) => [user, { events, orders, minor }]),
    ),
  );
  expect(Object.fromEntries(found.traits.map((row) => [row.user, row.step]))).toEqual(
    Object.fromEntries([...expected.users].map(([user, { step }]) => [user, String(step)])),
  );
  // A userId and an e-mail of each user, and every visitor.
  expect(found.identifiers).toBe(2 * expected.users.size + expected.visitors.size);
}
