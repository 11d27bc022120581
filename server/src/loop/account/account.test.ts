import { beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { accountStores } from "../../data/accounts/index.ts";
import { findCustomer } from "../../data/identity/index.ts";
import { publicId } from "../../platform/ids.ts";
import { branchOf, type MemberValue, sumExpected, sumMembers } from "./model.ts";

let garden: TestGarden;
let key: string;
let number = 0;

async function say(...calls: Record<string, unknown>[]) {
  const batch = calls.map((call) => ({ messageId: `l-${number++}`, ...call }));
  expect((await garden.send(key, "/v1/batch", { batch })).status).toBe(200);
  await garden.drained();
}
const group = (userId: string, groupId: string, traits: object = {}, more: object = {}) => ({
  ...{ type: "group", userId, groupId, traits },
  ...more,
});
const order = (userId: string, revenue: number, more: object = {}) => ({
  ...{ type: "track", event: "Order Completed", userId },
  properties: { order_id: `o-${number++}`, revenue, currency: "EUR" },
  ...more,
});
const ok = async (
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  url: string,
  body?: object,
  status = 200,
) => {
  const answer = await garden.api(method, url, body);
  expect(answer.status, `${method} ${url} ${JSON.stringify(answer.body)}`).toBe(status);
  return answer.body;
};
const find = async (search: string) => (await ok("GET", `/api/accounts?search=${search}`)).items[0];
const personOf = async (userId: string) => (await findCustomer(garden.ctx.pool, "user_id", userId))!;
const customerOf = async (userId: string) => publicId("customer", await personOf(userId));

beforeAll(async () => {
  garden = await openGarden();
  const statedBasis = { measure: "contract", personalise: "legitimate_interest" } as const;
  key = (await garden.source("server", { statedBasis })).writeKey;
});

describe("sums of what members are expected to pay", () => {
  const value = (expectedMinor: number, low95Minor: number, high95Minor: number) => ({
    ...{ expectedMinor, low95Minor, high95Minor },
  });

  test("add variances, above and below by themselves; one member has their own interval", () => {
    expect(sumExpected([])).toBeNull();
    expect(sumExpected([value(100, 40, 220)])).toEqual(value(100, 40, 220));
    // 3 and 4 below, 6 and 8 above: 5 and 10.
    expect(sumExpected([value(100, 97, 106), value(50, 46, 58)])).toEqual(value(150, 145, 160));
  });

  test("count a person once, and nobody who does not allow conclusions", () => {
    const member = (accountId: number, customerId: number, more: Partial<MemberValue> = {}): MemberValue => ({
      ...{ accountId, customerId, allows: true, active: false, ...value(100, 0, 300) },
      ...more,
    });
    expect(
      sumMembers([member(1, 7), member(2, 7, { active: true }), member(1, 8, { allows: false })]),
    ).toEqual({ members: 2, activeMembers: 1, scored: 1, leftOut: 1, expected: value(100, 0, 300) });
  });

  test("a branch is an account with all below it", () => {
    const tree = [
      { id: 1, parentId: null },
      { id: 2, parentId: 1 },
      { id: 3, parentId: 2 },
      { id: 4, parentId: 1 },
    ];
    expect([...branchOf(2, tree)]).toEqual([2, 3]);
    expect([...branchOf(1, tree)].sort()).toEqual([1, 2, 3, 4]);
  });
});

test("an account shows what its members paid, and with all below it what they come to", async () => {
  await say(
    group("ada", "holding", { name: "Holding" }),
    group("ben", "tools", { name: "Tools Ltd", role: "buyer" }),
    order("ada", 10),
    order("ben", 30),
    order("ben", 5),
    order("cleo", 99),
  );
  const [holding, tools] = [await find("hold"), await find("TOOLS l")];
  expect(holding).toMatchObject({ name: "Holding", members: 1, orders: 1, revenueMinor: 1000, parent: null });
  expect(tools).toMatchObject({
    members: 1,
    activeMembers: 1,
    orders: 2,
    revenueMinor: 3500,
    expected: null,
  });
  await ok("PUT", `/api/accounts/${tools.id}/parent`, { parent: holding.id });
  const page = await ok("GET", `/api/accounts/${holding.id}`);
  expect(page).toMatchObject({
    own: { orders: 1, revenueMinor: 1000, members: 1 },
    whole: { orders: 3, revenueMinor: 4500, members: 2 },
    children: [{ name: "Tools Ltd", below: 0, revenueMinor: 3500 }],
    above: [],
  });
  expect((await ok("GET", `/api/accounts/${tools.id}`)).above).toEqual([{ id: holding.id, name: "Holding" }]);
  expect(
    (await ok("GET", "/api/accounts?order=revenue")).items.map((one: { name: string }) => one.name),
  ).toEqual(["Tools Ltd", "Holding"]);
  const first = await ok("GET", `/api/accounts/${tools.id}/timeline?max=2`);
  const rest = await ok("GET", `/api/accounts/${tools.id}/timeline?max=2&before=${first.nextBefore}`);
  const told = [...first.items, ...rest.items];
  expect(new Set(told.map((one) => one.eventId)).size).toBe(3);
  expect(told.map((one) => one.name).sort()).toEqual(["Group Joined", "Order Completed", "Order Completed"]);
  expect(told[0].customer.id).toBe(await customerOf("ben"));
  expect((await garden.api("GET", `/api/accounts/${tools.id}/timeline?before=x`)).body.error.code).toBe(
    "timeline.bad_place",
  );

  // An account is never below itself, by however many steps.
  const circle = await garden.api("PUT", `/api/accounts/${holding.id}/parent`, { parent: tools.id });
  expect(circle).toMatchObject({ status: 409, body: { error: { code: "account.circle" } } });
  expect((await garden.api("PUT", `/api/accounts/${tools.id}/parent`, { parent: tools.id })).status).toBe(
    409,
  );
  await ok("PUT", `/api/accounts/${tools.id}/parent`, { parent: null });
  await ok("PUT", `/api/accounts/${holding.id}/parent`, { parent: tools.id });
});

test("operators make accounts, change them, add and remove members, and it stands in the trail", async () => {
  const { id } = await ok(
    "POST",
    "/api/accounts",
    { number: "made", traits: { name: "Made", size: 5 } },
    201,
  );
  expect(
    (await garden.api("POST", "/api/accounts", { number: "made", traits: { name: "X" } })).body.error.code,
  ).toBe("account.exists");
  expect(
    (await garden.api("POST", "/api/accounts", { number: "null", traits: { name: "X" } })).body.error.code,
  ).toBe("account.bad_number");
  expect((await garden.api("POST", "/api/accounts", { number: "n1", traits: {} })).body.error.code).toBe(
    "account.nameless",
  );
  await ok("PATCH", `/api/accounts/${id}`, { traits: { industry: "tea", size: null } });
  // What the brand's systems said before does not undo what an operator wrote after.
  await say(group("dan", "made", { industry: "old" }, { timestamp: "2020-01-01T00:00:00Z" }));
  expect((await ok("GET", `/api/accounts/${id}`)).traits).toEqual({ name: "Made", industry: "tea" });

  await say(
    order("eve", 20, { timestamp: "2026-03-01T00:00:00Z" }),
    order("eve", 7, { timestamp: "2026-01-01T00:00:00Z" }),
  );
  const eve = await customerOf("eve");
  const body = { customer: eve, role: "decider", since: "2026-02-01T00:00:00Z" };
  await ok("POST", `/api/accounts/${id}/members`, body, 201);
  expect((await garden.api("POST", `/api/accounts/${id}/members`, body)).body.error.code).toBe(
    "member.exists",
  );
  expect(
    (
      await garden.api("POST", `/api/accounts/${id}/members`, {
        customer: eve,
        since: "2999-01-01T00:00:00Z",
      })
    ).body.error.code,
  ).toBe("member.in_the_future");
  await garden.drained();
  // What she did since then is the account's, and nothing from before.
  expect(await find("made")).toMatchObject({ orders: 1, revenueMinor: 2000, members: 2 });
  const members = (await ok("GET", `/api/accounts/${id}/members`)).items;
  const member = members.find((one: { customer: { id: string } }) => one.customer.id === eve);
  expect(member).toMatchObject({ role: "decider", proven: true, until: null });
  await ok("PATCH", `/api/accounts/${id}/members/${member.member}`, { role: "user" });
  expect((await ok("GET", `/api/customers/${eve}/accounts`)).items).toMatchObject([
    { account: { id, name: "Made" }, role: "user", until: null },
  ]);
  await ok("DELETE", `/api/accounts/${id}/members/${member.member}`);
  expect((await garden.api("DELETE", `/api/accounts/${id}/members/${member.member}`)).status).toBe(404);
  // A call does not bring back whom an operator took out; the operator does.
  await say(group("eve", "made"));
  expect((await ok("GET", `/api/customers/${eve}/accounts`)).items).toMatchObject([
    { until: expect.any(String) },
  ]);
  expect(await find("made")).toMatchObject({ members: 1, revenueMinor: 2000 });
  await ok("POST", `/api/accounts/${id}/members`, { customer: eve }, 201);
  await garden.drained();
  expect(await find("made")).toMatchObject({ members: 2 });

  const { rows } = await garden.ctx.pool.query("select action from audit where subject = $1 order by id", [
    id,
  ]);
  expect(rows.map((row) => row.action)).toEqual([
    ...["account.created", "account.changed", "account.member_added", "account.role_changed"],
    ...["account.member_removed", "account.member_added"],
  ]);
  expect((await garden.api("PATCH", `/api/accounts/${id}`, { traits: {} }, "analyst")).status).toBe(403);
  expect((await garden.api("GET", `/api/accounts/${id}`, undefined, "service")).status).toBe(200);
});

test("memberships follow a merge and its undoing, and nothing of them is rewritten", async () => {
  await say(group("fay", "fays", { role: "buyer" }), group("gus", "guses"), order("fay", 4), order("gus", 6));
  const [fay, gus] = [await customerOf("fay"), await customerOf("gus")];
  const all = () =>
    garden.ctx.pool.query("select * from account_members order by id").then(({ rows }) => rows);
  const before = await all();
  const figures = async () => {
    const [a, b] = [await find("fays"), await find("guses")];
    return [a, b].map(({ members, orders, revenueMinor }) => ({ members, orders, revenueMinor }));
  };
  const alone = await figures();
  const merged = await ok("POST", `/api/customers/${fay}/merges`, { joined: gus }, 201);
  await garden.drained();
  const names = async (id: string) =>
    (await ok("GET", `/api/customers/${id}/accounts`)).items
      .map((one: { account: { name: string } }) => one.account.name)
      .sort();
  expect(await names(fay)).toEqual(["fays", "guses"]);
  expect(await figures()).toEqual(alone);
  const { items } = await ok("GET", `/api/accounts/${(await find("guses")).id}/members`);
  expect(items).toMatchObject([{ customer: { id: fay } }]);
  expect(await all()).toEqual(before);
  await ok("POST", `/api/merges/${merged.id}/undo`);
  await garden.drained();
  expect(await names(fay)).toEqual(["fays"]);
  expect(await names(gus)).toEqual(["guses"]);
  expect(await figures()).toEqual(alone);
  expect(await all()).toEqual(before);
});

test("an erased member leaves no membership behind, and no trait of the account that names them", async () => {
  await say(
    { type: "identify", userId: "kim-erased", traits: { email: "kim@erased.example", name: "Kim" } },
    group("kim-erased", "leaving", { name: "Leaving", contact: "kim@erased.example" }),
    group("lea", "leaving"),
  );
  const kim = await personOf("kim-erased");
  const count = async () => {
    const { rows } = await garden.ctx.pool.query(
      "select count(*)::int as n from account_members where customer_id = $1",
      [kim],
    );
    const stored = await garden.ctx.events.text(
      { id: kim },
      "select toUInt32(count()) as n from account_members_stored where customer_id = {id:UInt64}",
      "JSONEachRow",
    );
    return [rows[0].n, JSON.parse(stored).n];
  };
  const { id } = await find("leaving");
  expect(await count()).toEqual([1, 1]);
  expect((await ok("GET", `/api/accounts/${id}`)).traits).toHaveProperty("contact");
  const person = { customerId: kim, ids: [kim], identifiers: [], texts: [] };
  expect(await accountStores[0]!.read!(garden.ctx, person)).toMatchObject([
    { account: "Leaving", role: null },
  ]);
  const whom = { customerId: await customerOf("kim-erased") };
  await ok("POST", "/api/privacy/erasures", { whom }, 201);
  expect(await count()).toEqual([0, 0]);
  expect(await ok("GET", `/api/accounts/${id}`)).toMatchObject({
    traits: { name: "Leaving" },
    own: { members: 1 },
  });
  expect((await ok("GET", `/api/accounts/${id}`)).traits).not.toHaveProperty("contact");
});

test("expected value is the sum of the members who allow it, and the list says how many do not", async () => {
  await say(
    group("hal", "value", { name: "=Value" }),
    group("ida", "value"),
    group("jon", "value", {}, { context: { consent: { categoryPreferences: { personalise: false } } } }),
  );
  const { rows } = await garden.ctx.pool.query(
    `with run as (
        insert into insight_runs (job_id, state, data_until, started_by, started_at, finished_at)
        values ('test', 'done', '2026-01-31', 'test', now(), now()) returning id
      ) insert into insight_current select 'value', id, now() from run returning run_id as id`,
  );
  const line = (customerId: number, expected: number, low: number, high: number) =>
    JSON.stringify({
      ...{
        run_id: Number(rows[0].id),
        customer_id: customerId,
        first_day: "2025-01-01",
        last_day: "2025-01-01",
      },
      ...{ expected_minor: expected, low95_minor: low, high95_minor: high },
    });
  const lines = [
    line(await personOf("hal"), 10_000, 7_000, 16_000),
    line(await personOf("ida"), 5_000, 1_000, 13_000),
    line(await personOf("jon"), 90_000, 1_000, 99_000),
  ];
  await garden.ctx.events.insertLines("value_by_customer", Buffer.from(lines.join("\n")));
  const found = await find("value");
  expect(found).toMatchObject({
    ...{ members: 3, scored: 2, leftOut: 1 },
    expected: { expectedMinor: 15_000, low95Minor: 10_000, high95Minor: 25_000 },
  });
  expect((await ok("GET", "/api/accounts?order=expected&max=1")).items[0].id).toBe(found.id);
  const { items } = await ok("GET", `/api/accounts/${found.id}/members`);
  const unscored = items.filter((one: { expected: unknown }) => one.expected === null);
  expect(items).toHaveLength(3);
  expect(unscored).toMatchObject([{ customer: { id: await customerOf("jon") } }]);
  const csv = await ok("GET", "/api/accounts.csv?search=value");
  const [head, first] = csv.trim().split("\r\n");
  expect(head).toContain("expected_12_months,low95,high95");
  expect(first).toContain("'=Value");
  expect(first).toContain("150.00,100.00,250.00,2,1");
});
