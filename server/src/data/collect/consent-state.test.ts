import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import type { Source } from "../../garden/index.ts";
import { type Answer, answersFor, consentsOf, isAllowed, recordAnswers } from "../consent/index.ts";
import { findCustomer } from "../identity/index.ts";
import { ConsentState } from "./consent-state.ts";
import type { Incoming } from "./model.ts";

let garden: TestGarden;
let browser: string;
let server: string;
let number = 0;
beforeAll(async () => {
  garden = await openGarden();
  browser = (await garden.source("browser")).writeKey;
  server = (await garden.source("server")).writeKey;
});

const hourMs = 3_600_000;
const fromNow = (hours: number) => new Date(Date.now() + hours * hourMs).toISOString();
const preference = (granted: boolean, hours: number) => ({
  event: "Preference",
  timestamp: fromNow(hours),
  messageId: `c-${number++}`,
  context: { consent: { categoryPreferences: { measure: true, personalise: granted } } },
});
async function say(key: string, call: Record<string, unknown>) {
  expect((await garden.send(key, "/v1/track", call)).status).toBe(200);
  await garden.drained();
}
const idOf = async (userId: string) => (await findCustomer(garden.ctx.pool, "user_id", userId))!;
const ledgerOf = async (id: number) =>
  (
    await garden.ctx.pool.query(
      "select granted from consent_answers where customer_id = $1 and purpose = 'personalise' order by id",
      [id],
    )
  ).rows.map((row: { granted: boolean }) => row.granted);

describe("a withdrawal is obeyed", () => {
  test("after a yes of a clock that was a day ahead", async () => {
    await say(server, { userId: "ahead", ...preference(true, 23) });
    const id = await idOf("ahead");
    expect(await isAllowed(garden.ctx.pool, id, "profile")).toBe(true);
    await say(server, { userId: "ahead", ...preference(false, 0) });
    expect(await isAllowed(garden.ctx.pool, id, "profile")).toBe(false);
    // And a later yes is heard, whatever the clock of the no said.
    await say(server, { userId: "ahead", ...preference(false, 20) });
    await say(server, { userId: "ahead", ...preference(true, 0) });
    expect(await isAllowed(garden.ctx.pool, id, "profile")).toBe(true);
  });

  test("where only a basis was stated since: of a source, and of an import", async () => {
    const stating = await garden.source("server", {
      statedBasis: { measure: "contract", personalise: "legitimate_interest" },
    });
    await say(stating.writeKey, { userId: "stated", event: "Order Completed", messageId: "stated-1" });
    const id = await idOf("stated");
    expect(await isAllowed(garden.ctx.pool, id, "profile")).toBe(true);
    await say(server, { userId: "stated", ...preference(false, -5) });
    expect(await isAllowed(garden.ctx.pool, id, "profile")).toBe(false);

    await say(server, { userId: "imported", event: "Order Completed", messageId: "imported-1" });
    const other = await idOf("imported");
    const statement: Answer = {
      customerId: other,
      purpose: "personalise",
      granted: true,
      basis: "contract",
      origin: "import",
      importId: 7,
      at: new Date(),
    };
    await garden.ctx.inTransaction((tx) => recordAnswers(tx, [statement]));
    expect(await isAllowed(garden.ctx.pool, other, "profile")).toBe(true);
    await say(server, { userId: "imported", ...preference(false, -24) });
    expect(await isAllowed(garden.ctx.pool, other, "profile")).toBe(false);
    // Nothing that the brand states later takes it back.
    await garden.ctx.inTransaction((tx) =>
      recordAnswers(tx, [{ ...statement, at: new Date(Date.now() + 1_000) }]),
    );
    await say(stating.writeKey, { userId: "imported", event: "Order Completed", messageId: "imported-2" });
    expect(await isAllowed(garden.ctx.pool, other, "profile")).toBe(false);
  });

  test("in the ledger too where a later yes outranks it, and once however often it is said again", async () => {
    await say(server, { userId: "often", ...preference(true, -1) });
    for (let n = 0; n < 3; n++) await say(server, { userId: "often", ...preference(false, -3) });
    const id = await idOf("often");
    expect(await isAllowed(garden.ctx.pool, id, "profile")).toBe(true);
    expect((await ledgerOf(id)).filter((granted) => !granted).length).toBeGreaterThan(0);
    await say(server, { userId: "often", ...preference(false, 0) });
    const before = (await ledgerOf(id)).length;
    for (let n = 0; n < 5; n++) await say(server, { userId: "often", ...preference(false, 0) });
    expect(await ledgerOf(id)).toHaveLength(before);
    expect(await isAllowed(garden.ctx.pool, id, "profile")).toBe(false);
  });

  test("when a visitor who refused turns out to be a customer, though its word comes late", async () => {
    await say(server, { userId: "joined", ...preference(true, -1) });
    await say(browser, { anonymousId: "joined-phone", ...preference(false, -6) });
    await say(server, {
      userId: "joined",
      anonymousId: "joined-phone",
      event: "Signed In",
      timestamp: fromNow(-5),
      messageId: "joined-1",
    });
    const id = await idOf("joined");
    expect(await isAllowed(garden.ctx.pool, id, "profile")).toBe(false);
    const shown = (await consentsOf(garden.ctx.pool, id)).find((one) => one.purpose === "personalise");
    expect(shown?.granted).toBe(false);
  });
});

/** One thing that happens to an answer. Hours are even numbers, so that no two differ by less than the times are kept apart. */
type Step =
  | { kind: "say"; id: number; purpose: string; granted: boolean; hour: number }
  | { kind: "state"; id: number; hour: number }
  | { kind: "join"; from: number; to: number; hour: number }
  | { kind: "elsewhere"; id: number; purpose: string; granted: boolean; origin: string };

test("answers in any order: memory and database hold the same, and the last word of a person counts", async () => {
  const { ctx } = garden;
  const purposes = ["measure", "personalise"];
  const source = { consentMode: "basis", statedBasis: { measure: "contract" } } as unknown as Source;
  const person = fc.integer({ min: 0, max: 2 });
  const hour = fc.integer({ min: -12, max: 10 }).map((n) => n * 2);
  const purpose = fc.constantFrom(...purposes);
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("say" as const),
        id: person,
        purpose,
        granted: fc.boolean(),
        hour,
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("state" as const), id: person, hour }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("join" as const), from: person, to: person, hour }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("elsewhere" as const),
        id: person,
        purpose,
        granted: fc.boolean(),
        origin: fc.constantFrom("consent page", "import"),
      }),
    },
  );
  // It states a basis for nothing, and lets in what stands.
  const stating = { consentMode: "basis", statedBasis: {} } as unknown as Source;
  let ids = 1_000_000;
  const start = Date.now() - 1_000 * hourMs;

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { maxLength: 6 }), { minLength: 1, maxLength: 5 }),
      async (batches) => {
        const base = ids;
        ids += 3;
        const all = [base, base + 1, base + 2];
        /** The best of what each person was heard to say, by the rule in words: the later, and at one instant a no. */
        const heard = new Map<string, { granted: boolean; at: number }>();
        const hear = (id: number, key: string, granted: boolean, at: number) => {
          const before = heard.get(`${id} ${key}`);
          if (!before || at > before.at || (at === before.at && !granted))
            heard.set(`${id} ${key}`, { granted, at });
        };
        let now = start;
        for (const batch of batches) {
          // Each sees one purpose, so that its judgement tells what it holds of it.
          const states = await Promise.all(
            purposes.map(
              async (key) =>
                new ConsentState(await answersFor(ctx.pool, all), [
                  {
                    key,
                    kinds: ["collect"],
                    name: { en: "", de: "" },
                    wording: { en: "", de: "" },
                    wordingVersion: 1,
                    position: 0,
                    lifetimeMonths: null,
                    lifetimeFrom: "grant",
                    doubleOptIn: false,
                    asksAgainSince: 1,
                    retiredAt: null,
                  },
                ]),
            ),
          );
          const answers: Answer[] = [];
          const both = (work: (state: ConsentState) => Answer[]) => {
            const [first, second] = states.map(work);
            expect(second).toEqual(first);
            answers.push(...first!);
          };
          const elsewhere: Answer[] = [];
          for (const one of batch) {
            now += 2 * hourMs;
            const event = {
              sourceId: 1,
              type: "track",
              context: {},
              properties: {},
              receivedAt: new Date(now),
              happenedAt: new Date(now + ("hour" in one ? one.hour * hourMs : 0)),
            } as Incoming;
            const at = Math.min(event.happenedAt.getTime(), now);
            if (one.kind === "say") {
              both((state) => state.apply(base + one.id, [one], event, "event"));
              hear(base + one.id, one.purpose, one.granted, at);
            } else if (one.kind === "state") both((state) => state.state(base + one.id, source, event));
            else if (one.kind === "join") {
              if (one.from !== one.to)
                both((state) => state.carryRefusals(base + one.from, base + one.to, event));
            } else {
              elsewhere.push({
                customerId: base + one.id,
                purpose: one.purpose,
                granted: one.granted,
                basis: "consent",
                origin: one.origin,
                ...(one.origin === "import" ? { importId: 1 } : {}),
                at: new Date(now),
              });
              if (one.origin !== "import") hear(base + one.id, one.purpose, one.granted, now);
            }
          }
          await ctx.inTransaction((tx) => recordAnswers(tx, answers, { rowsFollow: true }));
          const saved = await answersFor(ctx.pool, all);
          for (const [at, key] of purposes.entries()) {
            for (const id of all) {
              const row = saved.find((answer) => answer.customerId === id && answer.purpose === key);
              const event = { receivedAt: new Date(now), happenedAt: new Date(now) } as Incoming;
              expect(states[at]!.judge([id], (one) => one, [], stating, false, event)).toBe(
                row === undefined ? "no_consent" : row.granted ? "collect" : "withdrawn",
              );
            }
          }
          await ctx.inTransaction((tx) => recordAnswers(tx, elsewhere));
        }
        const saved = await answersFor(ctx.pool, all);
        for (const [key, best] of heard) {
          const row = saved.find((answer) => `${answer.customerId} ${answer.purpose}` === key);
          if (!best.granted) expect(row?.granted).toBe(false);
        }
      },
    ),
    { numRuns: 60, seed: Number(process.env.RONDELL_TEST_SEED ?? Date.now() % 1_000_000) },
  );
});
