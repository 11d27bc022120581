import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { findCustomer } from "../identity/index.ts";
import { membershipsOf } from "./store.ts";

let garden: TestGarden;
let server: string;
let browser: string;
let number = 0;
const yes = { consent: { categoryPreferences: { Analytics: true, Functional: true } } };

beforeAll(async () => {
  garden = await openGarden();
  server = (await garden.source("server", { statedBasis: { measure: "contract" } })).writeKey;
  browser = (await garden.source("browser")).writeKey;
});

async function say(key: string, ...calls: Record<string, unknown>[]) {
  const batch = calls.map((call) => ({ messageId: `a-${number++}`, ...call }));
  const { status } = await garden.send(key, "/v1/batch", { batch });
  expect(status).toBe(200);
  await garden.drained();
}
const group = (userId: string, groupId: string, traits: object = {}, more: object = {}) => ({
  type: "group",
  userId,
  groupId,
  traits,
  ...more,
});
const track = (userId: string, event: string, more: object = {}) => ({
  type: "track",
  userId,
  event,
  ...more,
});
const idOf = async (userId: string) => (await findCustomer(garden.ctx.pool, "user_id", userId))!;
const accountOf = async (externalId: string) => {
  const { rows } = await garden.ctx.pool.query(
    "select id, name, traits, vouched from accounts where external_id = $1",
    [externalId],
  );
  return rows[0] as
    | { id: number; name: string; traits: Record<string, unknown>; vouched: boolean }
    | undefined;
};
const belongsTo = async (customerId: number) => {
  const found = await membershipsOf(garden.ctx.pool, customerId);
  const { rows } = await garden.ctx.pool.query("select id, external_id from accounts");
  const names = new Map(rows.map((row) => [Number(row.id), row.external_id]));
  return found.map((one) => ({
    account: names.get(one.accountId),
    role: one.role,
    open: one.until === null,
  }));
};
/** Which account each event of a customer is of. */
const rowsOf = async (customerId: number) => {
  const rows = await garden.ctx.events.query(
    z.object({ name: z.string(), accountId: z.number() }),
    { id: customerId },
    "select name, account_id from events where customer_id = {id:UInt64} order by happened_at, name",
  );
  const { rows: accounts } = await garden.ctx.pool.query("select id, external_id from accounts");
  const names = new Map(accounts.map((row) => [Number(row.id), row.external_id]));
  return Object.fromEntries(rows.map((row) => [row.name, names.get(row.accountId) ?? null]));
};

describe("a group call", () => {
  test("makes the account and the membership, and later events are the account's", async () => {
    await say(
      server,
      track("ada", "Before", { timestamp: "2026-05-01T10:00:00Z" }),
      group(
        "ada",
        "acme",
        { name: "Acme", industry: "tools", role: " buyer " },
        { timestamp: "2026-05-02T10:00:00Z" },
      ),
      track("ada", "After", { timestamp: "2026-05-03T10:00:00Z" }),
    );
    await say(server, track("ada", "Later", { timestamp: "2026-05-04T10:00:00Z" }));
    expect(await accountOf("acme")).toMatchObject({
      name: "Acme",
      traits: { name: "Acme", industry: "tools" },
      vouched: true,
    });
    const ada = await idOf("ada");
    expect(await belongsTo(ada)).toEqual([{ account: "acme", role: "buyer", open: true }]);
    expect(await rowsOf(ada)).toEqual({ Before: null, "Group Joined": "acme", After: "acme", Later: "acme" });
  });

  test("says of each trait what was said last, whatever order the calls come in", async () => {
    await say(
      server,
      group("bea", "beta", { name: "New name", size: 12 }, { timestamp: "2026-06-02T10:00:00Z" }),
      group(
        "bea",
        "beta",
        { name: "Old name", domain: "beta.example" },
        { timestamp: "2026-06-01T10:00:00Z" },
      ),
    );
    expect((await accountOf("beta"))!.traits).toEqual({ name: "New name", size: 12, domain: "beta.example" });
    await say(
      server,
      group("bea", "beta", { size: null, role: "decider" }, { timestamp: "2026-06-03T10:00:00Z" }),
    );
    expect((await accountOf("beta"))!.traits).toEqual({ name: "New name", domain: "beta.example" });
    expect(await belongsTo(await idOf("bea"))).toEqual([{ account: "beta", role: "decider", open: true }]);
  });

  test("leaves the traits of the customer alone", async () => {
    await say(server, group("cora", "acme", { name: "Acme", email: "office@acme.example" }));
    const { rows } = await garden.ctx.pool.query("select traits, email from customers where id = $1", [
      await idOf("cora"),
    ]);
    expect(rows[0]).toEqual({ traits: {}, email: null });
  });

  test("of an event that names its account counts before the membership, where the brand says it", async () => {
    await say(server, group("dora", "acme"));
    await say(server, track("dora", "Named", { context: { groupId: "beta" } }), track("dora", "Plain"));
    expect(await rowsOf(await idOf("dora"))).toMatchObject({ Named: "beta", Plain: "acme" });
    expect(await belongsTo(await idOf("dora"))).toHaveLength(1);
  });
});

describe("who holds only the public key", () => {
  test("may say where a visitor belongs, and that is called unproven", async () => {
    await say(browser, {
      type: "group",
      anonymousId: "v1",
      groupId: "gamma",
      traits: { name: "Gamma" },
      context: yes,
    });
    const visitor = (await findCustomer(garden.ctx.pool, "anonymous_id", "v1"))!;
    expect(await membershipsOf(garden.ctx.pool, visitor)).toMatchObject([{ vouched: false, role: null }]);
    expect(await accountOf("gamma")).toMatchObject({ name: "Gamma", vouched: false });
    await say(browser, {
      type: "track",
      anonymousId: "v1",
      event: "Order Completed",
      context: { ...yes, groupId: "gamma" },
    });
    expect(await rowsOf(visitor)).toMatchObject({ "Order Completed": null });
    // What the brand says of it later is all that counts.
    await say(browser, {
      type: "group",
      anonymousId: "v2",
      groupId: "gamma",
      traits: { name: "Evil", web: "x" },
      context: yes,
    });
    expect((await accountOf("gamma"))!.traits).toEqual({ name: "Gamma" });
    await say(server, group("gil", "gamma", { size: 3 }, { timestamp: "2020-01-01T00:00:00Z" }));
    expect(await accountOf("gamma")).toMatchObject({ name: null, traits: { size: 3 }, vouched: true });
  });

  test("changes no trait of an account, puts no known customer into one, and moves no role", async () => {
    await say(server, group("eva", "acme", { name: "Acme", role: "decider" }));
    const eva = await idOf("eva");
    const before = (await accountOf("acme"))!.traits;
    for (const more of [{}, { anonymousId: "eve-phone" }])
      for (const groupId of ["acme", "rivals"])
        await say(
          browser,
          group("eva", groupId, { name: "Evil", role: "nobody" }, { ...more, context: yes }),
        );
    expect((await accountOf("acme"))!.traits).toEqual(before);
    expect(await accountOf("rivals")).toBeUndefined();
    expect(await belongsTo(eva)).toEqual([{ account: "acme", role: "decider", open: true }]);
  });

  test("does not bring a visitor's claim into a known customer by identifying as them", async () => {
    await say(server, { type: "identify", userId: "fay", traits: { name: "Fay" } });
    // Before, and in one batch with it.
    await say(browser, { type: "group", anonymousId: "eve-1", groupId: "acme", context: yes });
    await say(browser, { type: "identify", anonymousId: "eve-1", userId: "fay", context: yes });
    await say(
      browser,
      { type: "group", anonymousId: "eve-2", groupId: "acme", context: yes },
      { type: "identify", anonymousId: "eve-2", userId: "fay", context: yes },
      { type: "track", anonymousId: "eve-2", event: "Order Completed", context: { ...yes, groupId: "acme" } },
    );
    const fay = await idOf("fay");
    expect(await findCustomer(garden.ctx.pool, "anonymous_id", "eve-1")).toBe(fay);
    expect(await belongsTo(fay)).toEqual([]);
    expect(await rowsOf(fay)).toMatchObject({ "Order Completed": null });
    const [row] = await garden.ctx.events.query(
      z.object({ n: z.number() }),
      { id: fay },
      "select count() as n from account_members where customer_id = {id:UInt64}",
    );
    expect(row!.n).toBe(0);
  });

  test("names no account that its visitor does not belong to", async () => {
    await say(browser, {
      ...{ type: "track", anonymousId: "v9", event: "Order Completed" },
      context: { ...yes, groupId: "acme" },
    });
    const visitor = (await findCustomer(garden.ctx.pool, "anonymous_id", "v9"))!;
    expect(await rowsOf(visitor)).toEqual({ "Order Completed": null });
  });
});

test("two groups told in any order of one batch, and an event without any, touch no other account", async () => {
  await say(
    server,
    group("hal", "one", { name: "One" }, { timestamp: "2026-07-01T00:00:00Z" }),
    group("hal", "two", { name: "Two" }, { timestamp: "2026-07-02T00:00:00Z" }),
    track("hal", "Between", { timestamp: "2026-07-01T12:00:00Z" }),
    track("hal", "Last", { timestamp: "2026-07-03T00:00:00Z" }),
    track("ina", "Alone"),
  );
  expect(await rowsOf(await idOf("hal"))).toMatchObject({ Between: "one", Last: "two" });
  expect(await rowsOf(await idOf("ina"))).toEqual({ Alone: null });
});
