import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { publicId } from "../../platform/ids.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { enqueue } from "../events/index.ts";
import { findCustomer } from "../identity/index.ts";

let garden: TestGarden;
let key: string;
beforeAll(async () => {
  garden = await openGarden();
  key = (await garden.source("server")).writeKey;
});

let messages = 0;
async function tell(...calls: Record<string, unknown>[]) {
  const batch = calls.map((call) => ({ messageId: `m${++messages}`, ...call }));
  const answer = await garden.send(key, "/v1/batch", { batch });
  expect(answer).toMatchObject({ status: 200, body: { accepted: batch.length } });
  await garden.drained();
}
const identify = (userId: string, traits: object = {}, more: object = {}) => ({
  type: "identify",
  userId,
  traits,
  ...more,
});
const order = (userId: string, id: string) => ({
  type: "track",
  event: "Order Completed",
  userId,
  properties: { order_id: id, revenue: 10, currency: "EUR" },
});
const said = (granted: boolean) => ({
  context: { consent: { categoryPreferences: { contact: granted }, doubleOptIn: true } },
});

const idOf = async (userId: string) => (await findCustomer(garden.ctx.pool, "user_id", userId))!;
const pageOf = async (id: number) =>
  (await garden.api("GET", `/api/customers/${publicId("customer", id)}`)).body;
const ordersOf = async (id: number) => (await pageOf(id)).orders.orders as number;
const contactOf = async (id: number) =>
  (await pageOf(id)).consents.find((one: { purpose: string }) => one.purpose === "contact").granted;

async function merge(survivor: number, joined: number, status = 201) {
  const answer = await garden.api("POST", `/api/customers/${publicId("customer", survivor)}/merges`, {
    joined: publicId("customer", joined),
  });
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  await garden.drained();
  return answer.body;
}
async function undo(id: number, status = 200) {
  const answer = await garden.api("POST", `/api/merges/${id}/undo`);
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  await garden.drained();
  return answer.body;
}

/** Everything that is known of these customers, in both engines. */
async function everything(ids: readonly number[]) {
  const { pool, events } = garden.ctx;
  const all = z.record(z.string(), z.unknown());
  return {
    customers: await query(
      pool,
      sql`select * from customers where id = any(${[...ids]}::bigint[]) order by id`,
    ),
    identifiers: await query(
      pool,
      sql`select * from identifiers where customer_id = any(${[...ids]}::bigint[]) order by kind, value`,
    ),
    links: await query(
      pool,
      sql`select subject_id, customer_id, part_id, reason from customer_links order by subject_id`,
    ),
    current: await query(
      pool,
      sql`select * from consent_current where customer_id = any(${[...ids]}::bigint[]) order by customer_id, purpose`,
    ),
    answers: await query(
      pool,
      sql`select * from consent_answers where customer_id = any(${[...ids]}::bigint[]) order by id`,
    ),
    records: await query(pool, sql`select * from live_records order by customer_id, record_key`),
    arms: await query(pool, sql`select * from holdout_arms order by customer_id`),
    next: await query(pool, sql`select * from next_products order by customer_id`),
    kept: await query(
      pool,
      sql`select customer_id from customer_parts union select customer_id from own_profiles union select customer_id from own_answers union select customer_id from own_arms`,
    ),
    projection: await events.query(all, {}, "select * from customers order by customer_id"),
    armsProjection: await events.query(all, {}, "select * from holdout_arms order by customer_id"),
    events: await events.query(
      all,
      {},
      "select event_id, customer_id, subject_id from events order by event_id",
    ),
    pages: await Promise.all(ids.map(pageOf)),
  };
}

test("a merge counts at once, keeps what was said last and the stricter consent, and is taken back to the letter", async () => {
  await tell(
    identify(
      "ada",
      { email: "ada@brand.example", city: "Bonn", tier: "gold" },
      { timestamp: "2026-01-01T10:00:00Z", anonymousId: "ada-phone", ...said(true) },
    ),
    order("ada", "1001"),
    order("ada", "1002"),
    identify(
      "ada-2",
      { city: "Köln", lang: "de" },
      { timestamp: "2026-02-01T10:00:00Z", anonymousId: "ada-laptop", ...said(false) },
    ),
    order("ada-2", "1002"),
    order("ada-2", "2001"),
    { type: "page", anonymousId: "ada-laptop" },
  );
  const [ada, other] = [await idOf("ada"), await idOf("ada-2")];
  await garden.ctx.inTransaction(async (tx) => {
    for (const [id, arm] of [
      [ada, "treated"],
      [other, "holdout"],
    ] as const) {
      const row = { customer_id: id, arm, decided_at: "2026-03-01T10:00:00.000Z" };
      await query(
        tx,
        sql`insert into holdout_arms (customer_id, arm, decided_at) values (${id}, ${arm}, ${row.decided_at})`,
      );
      await enqueue(tx, "holdout_arms_stored", [{ ...row, mixed: 0, merged: 0, version: 1 }]);
    }
  });
  await garden.drained();
  const before = await everything([ada, other]);
  expect(before.pages.map((page) => page.orders.orders)).toEqual([2, 2]);

  const { id } = await merge(ada, other);
  const page = await pageOf(ada);
  expect(page).toMatchObject({
    id: publicId("customer", ada),
    // Of both orders 1002 one event stands.
    orders: { orders: 3 },
    traits: { email: "ada@brand.example", city: "Köln", tier: "gold", lang: "de" },
  });
  expect(page.identifiers.map((one: { value: string }) => one.value).sort()).toEqual([
    "ada",
    "ada-2",
    "ada-laptop",
    "ada-phone",
    "ada@brand.example",
  ]);
  expect(await contactOf(ada)).toBe(false);
  // Whoever asks for the one that was joined is led on.
  expect((await pageOf(other)).id).toBe(publicId("customer", ada));
  const arms = await query(
    garden.ctx.pool,
    sql`select customer_id, arm, mixed_at is not null as mixed, merged_into from holdout_arms order by merged_into nulls first`,
  );
  expect(arms).toEqual([
    { customerId: ada, arm: "treated", mixed: true, mergedInto: null },
    { customerId: other, arm: "holdout", mixed: false, mergedInto: ada },
  ]);

  await undo(id);
  expect(await everything([ada, other])).toEqual(before);
  await undo(id, 409);
});

test("what came meanwhile goes back with whom it was written for", async () => {
  await tell(identify("bea", { city: "Ulm" }), identify("bea-2", { city: "Jena" }));
  const [bea, other] = [await idOf("bea"), await idOf("bea-2")];
  const { id } = await merge(bea, other);
  await tell(
    order("bea", "b1"),
    order("bea-2", "b2"),
    order("bea-2", "b3"),
    identify(
      "bea-2",
      { email: "bea2@brand.example", shoe: 41 },
      { anonymousId: "bea-tablet", ...said(true) },
    ),
    { type: "page", anonymousId: "bea-tablet" },
  );
  expect(await ordersOf(bea)).toBe(3);
  expect(await contactOf(bea)).toBe(true);
  expect((await pageOf(bea)).traits).toMatchObject({ shoe: 41, email: "bea2@brand.example" });

  await undo(id);
  const [one, two] = [await pageOf(bea), await pageOf(other)];
  expect([one.orders.orders, two.orders.orders]).toEqual([1, 2]);
  expect(one.traits).toEqual({ city: "Ulm" });
  expect(two.traits).toMatchObject({ city: "Jena", shoe: 41, email: "bea2@brand.example" });
  expect(two.identifiers.map((id: { value: string }) => id.value).sort()).toEqual([
    "bea-2",
    "bea-tablet",
    "bea2@brand.example",
  ]);
  expect([await contactOf(bea), await contactOf(other)]).toEqual([null, true]);
  // The list, and every question about many, sees two again.
  const list = await garden.api("GET", "/api/customers?search=bea2@brand.example");
  expect(list.body.items.map((row: { id: string }) => row.id)).toEqual([publicId("customer", other)]);
  expect(list.body.items[0].orders).toBe(2);
});

test("a yes after the merge lifts the other's old no, and a merge may be taken back before a later one", async () => {
  await tell(
    identify("cia", {}, said(true)),
    identify("cia-2", {}, said(false)),
    identify("cia-3", { pet: "cat" }),
  );
  const [cia, second, third] = [await idOf("cia"), await idOf("cia-2"), await idOf("cia-3")];
  const before = await everything([cia, second]);
  const first = await merge(cia, second);
  await merge(cia, third);
  expect(await contactOf(cia)).toBe(false);
  await tell(identify("cia-3", {}, said(true)));
  expect(await contactOf(cia)).toBe(true);
  // The first goes, the second stays.
  await undo(first.id);
  expect((await pageOf(cia)).traits).toEqual({ pet: "cat" });
  expect(await contactOf(second)).toBe(false);
  const log = await garden.api("GET", `/api/customers/${publicId("customer", cia)}/merges`);
  expect(
    log.body.items.map((entry: { kind: string; undoneAt: string | null }) => [
      entry.kind,
      entry.undoneAt !== null,
    ]),
  ).toEqual([
    ["unmerge", false],
    ["merge", false],
    ["merge", true],
  ]);
  await undo(log.body.items[1].id);
  const after = await everything([cia, second]);
  expect(after.current).toEqual(before.current);
  expect(after.answers).toEqual(before.answers);
});

test("only two who are known are merged, and only by whom it is given to", async () => {
  await tell(identify("dora"), { type: "page", anonymousId: "passer-by" });
  const dora = await idOf("dora");
  const visitor = (await findCustomer(garden.ctx.pool, "anonymous_id", "passer-by"))!;
  expect((await merge(dora, visitor, 409)).error.code).toBe("merge.nameless");
  expect((await merge(dora, dora, 409)).error.code).toBe("merge.same");
  expect((await merge(dora, 99_999_999, 404)).error.code).toBe("customer.missing");
  const refused = await garden.api(
    "POST",
    `/api/customers/${publicId("customer", dora)}/merges`,
    { joined: publicId("customer", dora) },
    "analyst",
  );
  expect(refused.status).toBe(403);
  expect((await undo(99_999_999, 404)).error.code).toBe("merge.missing");
});

describe("an order that was told for several parts", () => {
  test("is told again for another part after the merge: both have it when the merge is taken back", async () => {
    await tell(identify("eve"), identify("eve-2"), order("eve", "e1"));
    const [eve, other] = [await idOf("eve"), await idOf("eve-2")];
    const { id } = await merge(eve, other);
    await tell(order("eve-2", "e1"));
    expect(await ordersOf(eve)).toBe(1);
    await tell(order("eve-2", "e1"));
    expect((await garden.drops()).told_before).toBe(1);
    await undo(id);
    expect([await ordersOf(eve), await ordersOf(other)]).toEqual([1, 1]);
  });

  test("by the brand itself after the page: the page's stands again when the merge is taken back", async () => {
    const { writeKey } = await garden.source("browser");
    await tell(identify("flo"), identify("flo-2"));
    const [flo, other] = [await idOf("flo"), await idOf("flo-2")];
    const context = { consent: { categoryPreferences: { Analytics: true } } };
    expect((await garden.send(writeKey, "/v1/track", { ...order("flo", "f1"), context })).status).toBe(200);
    await garden.drained();
    const before = await everything([flo, other]);
    expect(before.pages.map((page) => page.orders.orders)).toEqual([1, 0]);
    const { id } = await merge(flo, other);
    await tell(order("flo-2", "f1"));
    expect(await ordersOf(flo)).toBe(1);
    await undo(id);
    expect([await ordersOf(flo), await ordersOf(other)]).toEqual([1, 1]);
    const after = await everything([flo, other]);
    expect(after.events).toEqual(expect.arrayContaining(before.events));
  });

  test("whatever merge goes first, nobody's order is missing", async () => {
    await tell(...["gil", "gil-2", "gil-3"].flatMap((user) => [identify(user), order(user, "g1")]));
    const ids = [await idOf("gil"), await idOf("gil-2"), await idOf("gil-3")] as const;
    const before = await everything(ids);
    const first = await merge(ids[0], ids[1]);
    const second = await merge(ids[0], ids[2]);
    expect(await ordersOf(ids[0])).toBe(1);
    await undo(first.id);
    expect([await ordersOf(ids[0]), await ordersOf(ids[1])]).toEqual([1, 1]);
    await undo(second.id);
    expect(await everything(ids)).toEqual(before);
  });
});

test("many pairs are merged and taken back at once, as if one after the other, and each is answered for", async () => {
  const names = ["hal", "hal-2", "hal-3", "ivo", "ivo-2", "jan"];
  await tell(...names.map((name, n) => identify(name, { name, [`own${n}`]: n }, said(n % 2 === 0))));
  const ids = await Promise.all(names.map(idOf));
  const before = await everything(ids);
  const shown = ids.map((id) => publicId("customer", id));
  const [hal, hal2, hal3, ivo, ivo2, jan] = shown;
  const asked = [
    { survivor: hal, joined: hal2 },
    { survivor: ivo, joined: ivo2 },
    { survivor: hal2, joined: hal3 },
    { survivor: hal3, joined: hal },
    { survivor: jan, joined: publicId("customer", 99_999_999) },
  ];
  const { status, body } = await garden.api("POST", "/api/merges", { merges: asked });
  expect(status).toBe(200);
  expect(
    body.items.map(
      (one: { merge: { survivor: { id: string }; joined: { id: string } } | null; refused: unknown }) => [
        one.merge?.survivor.id ?? null,
        one.merge?.joined.id ?? null,
        one.refused,
      ],
    ),
  ).toEqual([
    [hal, hal2, null],
    [ivo, ivo2, null],
    [hal, hal3, null],
    [null, null, "merge.same"],
    [null, null, "customer.missing"],
  ]);
  await garden.drained();
  expect((await pageOf(ids[0]!)).traits).toMatchObject({ own0: 0, own1: 1, own2: 2 });
  const undone = await garden.api("POST", "/api/merges/undo", {
    merges: [...body.items.slice(0, 3).map((one: { merge: { id: number } }) => one.merge.id), 99_999_999],
  });
  expect(undone.body.items.map((one: { refused: unknown }) => one.refused)).toEqual([
    null,
    null,
    null,
    "merge.missing",
  ]);
  await garden.drained();
  expect(await everything(ids)).toEqual(before);
});
