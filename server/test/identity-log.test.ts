import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type Call, contested, openTelling, plain, type Way, way } from "./telling.ts";

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
        await told(calls, plain);
        const expected = await world.seen();
        await told(calls, how);
        expect(await world.seen()).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  test("they do so too while workers of several processes take the requests from each other as they come in", async () => {
    await fc.assert(
      fc.asyncProperty(contested, way, fc.integer({ min: 2, max: 3 }), async (calls, how, workers) => {
        await told(calls, plain);
        const expected = await world.seen();
        await world.begin();
        await world.tellWhileWorking(calls, how, workers);
        expect(await world.seen()).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});
