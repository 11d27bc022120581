import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type Call, openTelling, plain, type Way, way } from "./telling.ts";

/*
 * What holds of identity for whatever is told, against the real database. There is one lane: whoever works through a
 * garden's inbox holds it alone (`holdPipeline`), so that the accepted order is the order. How that order is cut into
 * requests and batches, and which of them are cut short and done again, must not matter.
 */

let world: Awaited<ReturnType<typeof openTelling>>;
beforeAll(async () => {
  world = await openTelling();
});

/** Each visitor, address and alias belongs to one user, and every visitor is named in the end. */
const peaceful: fc.Arbitrary<Call[]> = fc
  .array(
    fc.record({
      user: fc.integer({ min: 0, max: 3 }),
      device: fc.integer({ min: 0, max: 2 }),
      kind: fc.constantFrom("page", "identify", "email", "both", "alias"),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((items) => {
    const calls = items.map(({ user, device, kind }): Call => {
      const [userId, anonymousId, email] = [`u${user}`, `v${user}-${device}`, `u${user}@brand.example`];
      if (kind === "page") return { type: "page", anonymousId };
      if (kind === "email") return { type: "identify", userId, email };
      if (kind === "both") return { type: "identify", userId, anonymousId, email };
      if (kind === "alias") return { type: "alias", userId, previousId: anonymousId };
      return { type: "identify", userId, anonymousId };
    });
    const named = items.map(
      ({ user, device }): Call => ({
        type: "identify",
        userId: `u${user}`,
        anonymousId: `v${user}-${device}`,
      }),
    );
    return [...calls, ...named];
  });

/** Anything may meet anything. */
const contested: fc.Arbitrary<Call[]> = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant("page" as const), anonymousId: fc.constantFrom("d0", "d1", "d2") }),
    fc
      .record({
        userId: fc.option(fc.constantFrom("u0", "u1", "u2", "u3"), { nil: undefined }),
        anonymousId: fc.option(fc.constantFrom("d0", "d1", "d2"), { nil: undefined }),
        email: fc.option(fc.constantFrom("e0@brand.example", "e1@brand.example"), { nil: undefined }),
      })
      .filter((one) => one.userId !== undefined || one.anonymousId !== undefined)
      .map(
        (one): Call => ({
          type: "identify",
          ...Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)),
        }),
      ),
    fc.record({
      type: fc.constant("alias" as const),
      userId: fc.constantFrom("u0", "u1", "u2"),
      previousId: fc.constantFrom("d0", "d1", "u0", "u3"),
    }),
  ),
  { minLength: 1, maxLength: 14 },
);

async function told(calls: readonly Call[], how: Way) {
  await world.begin();
  await world.tell(calls, how);
}

describe("who is whom follows from what was told", () => {
  test("conflict-free calls end in the same customers in any order, with repetitions, in any batches", async () => {
    await fc.assert(
      fc.asyncProperty(
        peaceful.chain((calls) =>
          fc.record({
            calls: fc.constant(calls),
            shuffled: fc
              .tuple(fc.shuffledSubarray(calls, { minLength: calls.length }), fc.subarray(calls))
              .map(([all, some]) => [...all, ...some]),
            how: way,
          }),
        ),
        async ({ calls, shuffled, how }) => {
          await told(calls, plain);
          const expected = await world.partition();
          expect(await world.proposals()).toEqual([]);
          await told(shuffled, how);
          expect(await world.partition()).toEqual(expected);
          expect(await world.proposals()).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("conflicting calls in one accepted order end in the same customers and proposals, however they are cut and whatever crashes", async () => {
    await fc.assert(
      fc.asyncProperty(contested, way, async (calls, how) => {
        const seen = async () => ({
          customers: await world.partition(),
          proposals: (await world.proposals()).map((one) => one.replaceAll(`${world.run()}-`, "")),
          devices: await world.devices(),
        });
        await told(calls, plain);
        const expected = await seen();
        await told(calls, how);
        expect(await seen()).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  test("they do so too while workers of several processes take the requests from each other as they come in", async () => {
    await fc.assert(
      fc.asyncProperty(contested, way, fc.integer({ min: 2, max: 3 }), async (calls, how, workers) => {
        const seen = async () => ({
          customers: await world.partition(),
          proposals: (await world.proposals()).map((one) => one.replaceAll(`${world.run()}-`, "")),
          devices: await world.devices(),
        });
        await told(calls, plain);
        const expected = await seen();
        await world.begin();
        await world.tellWhileWorking(calls, how, workers);
        expect(await seen()).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});
