import { beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { findCustomer } from "../identity/index.ts";
import { customersById } from "../profiles/index.ts";

/** The attacker has the public key of the page, and tells of a visitor what shall become true of a customer. */
let garden: TestGarden;
let browser: string;
let server: string;
const yes = { consent: { categoryPreferences: { Analytics: true } } };

beforeAll(async () => {
  garden = await openGarden();
  browser = (await garden.source("browser")).writeKey;
  server = (await garden.source("server")).writeKey;
});

const profileOf = async (userId: string) => {
  const id = (await findCustomer(garden.ctx.pool, "user_id", userId))!;
  return (await customersById(garden.ctx.pool, [id]))[0]!;
};
const planted = {
  email: "thief@example.org",
  name: "Thief",
  Phone: "1",
  address: { street: "Thief street" },
  favourite: "tea",
};

describe("what a visitor said of itself", () => {
  test.each([
    ["one call after the other", true],
    ["in one batch", false],
  ])("is not said of a known customer whom it then names without a signature: %s", async (_name, apart) => {
    const userId = `victim-${apart}`;
    const thief = (n: number) => `thief-${apart}-${n}`;
    // Nothing but its id is known of the customer: no own e-mail stands in the way.
    await garden.send(server, "/v1/track", { userId, event: "Order Completed" });
    await garden.drained();
    const calls = [
      { type: "identify", anonymousId: thief(1), traits: planted, context: yes },
      { type: "identify", anonymousId: thief(2), traits: { lastName: "Thief" }, context: yes },
      // Two visitors that are one, before they name the customer.
      { type: "alias", anonymousId: thief(1), previousId: thief(2), context: yes },
      { type: "identify", anonymousId: thief(1), userId, context: yes },
    ];
    for (const batch of apart ? calls.map((call) => [call]) : [calls]) {
      expect((await garden.send(browser, "/v1/batch", { batch })).body.accepted).toBe(batch.length);
      await garden.drained();
    }
    const victim = await profileOf(userId);
    expect(await findCustomer(garden.ctx.pool, "anonymous_id", thief(1))).toBe(victim.id);
    expect(victim).toMatchObject({ email: null, displayName: null, traits: { favourite: "tea" } });
    expect(Object.keys(victim.traits)).toEqual(["favourite"]);
  });

  test("is said of the customer whom the brand's server names, and of one who is new", async () => {
    await garden.send(server, "/v1/track", { userId: "bea", event: "Order Completed" });
    await garden.send(browser, "/v1/identify", {
      anonymousId: "bea-phone",
      traits: { email: "bea@example.org" },
      context: yes,
    });
    await garden.send(browser, "/v1/identify", {
      anonymousId: "cleo-phone",
      traits: { email: "cleo@example.org", name: "Cleo" },
      context: yes,
    });
    await garden.drained();
    await garden.send(server, "/v1/identify", { anonymousId: "bea-phone", userId: "bea" });
    await garden.send(browser, "/v1/identify", { anonymousId: "cleo-phone", userId: "cleo", context: yes });
    await garden.drained();
    expect(await profileOf("bea")).toMatchObject({ email: "bea@example.org" });
    expect(await profileOf("cleo")).toMatchObject({ email: "cleo@example.org", displayName: "Cleo" });
  });
});
