import { beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { publicId } from "../../platform/ids.ts";
import { hashOf } from "./hash.ts";
import { findCustomer } from "./index.ts";
import { isBlocked, isTestAddress, usableHash } from "./model.ts";
import { normalisedPhone } from "./phone.ts";

let garden: TestGarden;
let key: string;
beforeAll(async () => {
  garden = await openGarden();
  key = (await garden.source("server")).writeKey;
});

let messages = 0;
async function tell(...calls: Record<string, unknown>[]) {
  const batch = calls.map((call) => ({ type: "identify", messageId: `m${++messages}`, ...call }));
  expect((await garden.send(key, "/v1/batch", { batch })).status).toBe(200);
  await garden.drained();
}
const whose = (kind: string, value: string) => findCustomer(garden.ctx.pool, kind, value);
const proposals = async () => (await garden.api("GET", "/api/merge-proposals")).body.items;
const ordersOf = async (id: number) =>
  (await garden.api("GET", `/api/customers/${publicId("customer", id)}`)).body.orders.touchpoints as number;

describe("values that name nobody", () => {
  test.each([
    "0",
    "000-000",
    "00000000-0000-0000-0000-000000000000",
    "NULL",
    "Undefined",
    "anonymous",
    "none",
    "N/A",
    "2.81772E+18",
    "1e+21",
  ])("%s is blocked", (value) => expect(isBlocked(value)).toBe(true));
  test.each(["10", "u-0001", "e17", "1e5f", "2817720000000000000"])("%s is not", (value) =>
    expect(isBlocked(value)).toBe(false),
  );
  test.each([
    ["test@example.com", true],
    ["noreply@brand.example", true],
    ["null@brand.example", true],
    ["ada@example.com", false],
    ["testa@brand.example", false],
  ])("the address %s is a test's: %s", (email, is) => expect(isTestAddress(email)).toBe(is));
});

test.each([
  ["0228 1234567", "DE", "+492281234567"],
  ["+49 (228) 123-4567", null, "+492281234567"],
  ["0043 1 5880000", "DE", "+4315880000"],
  ["0228 1234567", null, undefined],
  ["12", "DE", undefined],
  ["call me", "DE", undefined],
])("the phone number %s of %s is %s", (text, country, number) => {
  expect(normalisedPhone(text, country)).toBe(number);
});

test("a hash of zeros or of another length is none", () => {
  expect([usableHash("0".repeat(64)), usableHash("ab"), usableHash("A".repeat(64))]).toEqual([
    undefined,
    undefined,
    "a".repeat(64),
  ]);
});

test("a phone number leads to its customer however it is written", async () => {
  await tell(
    { userId: "fay", traits: { phone: "0228 7654321" } },
    { anonymousId: "fay-call", traits: { phone: "+49 228 7654321" } },
  );
  expect(await whose("phone", "+492287654321")).toBe(await whose("user_id", "fay"));
  expect(await whose("anonymous_id", "fay-call")).toBe(await whose("user_id", "fay"));
});

test("a hash leads to who has the plain value, and the plain value to who had the hash", async () => {
  const hash = hashOf("gus@brand.example");
  await tell({ userId: "gus", traits: { email: "Gus@Brand.example" } });
  await tell({ anonymousId: "gus-ad", traits: { email_sha256: hash.toUpperCase() } });
  expect(await whose("anonymous_id", "gus-ad")).toBe(await whose("user_id", "gus"));

  await tell({ anonymousId: "hal-ad", traits: { hashed_email: hashOf("hal@brand.example") } });
  const hal = await whose("anonymous_id", "hal-ad");
  await tell({ userId: "hal", traits: { email: "hal@brand.example" } });
  expect(await whose("user_id", "hal")).toBe(hal);
  expect(await whose("email", "hal@brand.example")).toBe(hal);
});

test("an account that gathers addresses gets no more of them than the rules allow", async () => {
  expect(
    (
      await garden.api("PATCH", "/api/identity/rules", {
        limits: {
          user_id: { max: 1, days: 3650 },
          email: { max: 2, days: 30 },
          phone: { max: 5, days: 365 },
          anonymous_id: { max: 100, days: 30 },
        },
      })
    ).status,
  ).toBe(200);
  const at = (day: number) => new Date(Date.now() - day * 86_400_000).toISOString();
  const guest = (n: number, day: number) => ({
    userId: "till",
    timestamp: at(day),
    traits: { email: `guest${n}@brand.example` },
  });
  await tell(guest(1, 90), guest(2, 20), guest(3, 19));
  await tell(guest(4, 18));
  const till = await whose("user_id", "till");
  expect(await Promise.all([1, 2, 3, 4].map((n) => whose("email", `guest${n}@brand.example`)))).toEqual([
    till,
    till,
    till,
    undefined,
  ]);
  // It is nobody's until somebody says so whose it is.
  await tell({ userId: "guest-4", traits: { email: "guest4@brand.example" } });
  expect(await whose("email", "guest4@brand.example")).toBe(await whose("user_id", "guest-4"));
});

test("the brand's own blocked values name nobody, and what is named by them alone is counted", async () => {
  expect((await garden.api("PATCH", "/api/identity/rules", { blocked: ["Kasse-1"] })).body.blocked).toEqual([
    "Kasse-1",
  ]);
  await tell({ userId: "kasse-1" }, { userId: "kasse-1", anonymousId: "ida-phone" });
  expect(await whose("user_id", "kasse-1")).toBeUndefined();
  expect(await whose("anonymous_id", "ida-phone")).toBeDefined();
  expect((await garden.drops()).names_nobody).toBe(1);
});

test("the order of the kinds is the brand's", async () => {
  await tell({ userId: "jo" }, { userId: "jo-2", traits: { email: "jo@brand.example" } });
  await garden.api("PATCH", "/api/identity/rules", { priority: ["email", "user_id", "phone"] });
  await tell({ userId: "jo", anonymousId: "jo-phone", traits: { email: "jo@brand.example" } });
  expect(await whose("anonymous_id", "jo-phone")).toBe(await whose("email", "jo@brand.example"));
  await garden.api("PATCH", "/api/identity/rules", { priority: ["user_id", "email", "phone"] });
});

test("only an owner changes the rules, and nonsense is refused", async () => {
  expect((await garden.api("PATCH", "/api/identity/rules", { sharedFrom: 4 }, "editor")).status).toBe(403);
  for (const wrong of [{ sharedFrom: 1 }, { phoneCountry: "XX" }, { priority: ["email", "email", "phone"] }])
    expect((await garden.api("PATCH", "/api/identity/rules", wrong)).status).toBe(400);
});

test("a pair that an event names is proposed with the event, the identifiers and the source", async () => {
  await tell({ userId: "kim", traits: { email: "kim@brand.example" } }, { userId: "lou" });
  await tell({ userId: "lou", messageId: "the-proof", traits: { email: "kim@brand.example" } });
  const kim = publicId("customer", (await whose("user_id", "kim"))!);
  const lou = publicId("customer", (await whose("user_id", "lou"))!);
  const pair = (await proposals()).find(
    (one: { a: { id: string }; b: { id: string } }) =>
      [one.a.id, one.b.id].includes(kim) && [one.a.id, one.b.id].includes(lou),
  );
  const byKim = { kind: "email", value: "kim@brand.example" };
  const byLou = { kind: "user_id", value: "lou" };
  expect(pair).toMatchObject({
    reason: "same_email",
    seen: 1,
    sightings: [
      {
        event: "Customer Identified",
        messageId: "the-proof",
        source: "server",
        a: pair.a.id === kim ? byKim : byLou,
        b: pair.b.id === kim ? byKim : byLou,
      },
    ],
  });
  // Refused, it waits no more; seen again it stays refused.
  expect((await garden.api("POST", `/api/merge-proposals/${pair.id}/refuse`)).status).toBe(200);
  await tell({ userId: "lou", traits: { email: "kim@brand.example" } });
  const waiting = async () => (await proposals()).some((one: { id: number }) => one.id === pair.id);
  expect(await waiting()).toBe(false);
  expect((await garden.api("POST", `/api/merge-proposals/${pair.id}/refuse`)).status).toBe(409);
  await garden.api("POST", `/api/merge-proposals/${pair.id}/reopen`);
  expect(await waiting()).toBe(true);
  // Merged, it waits no more either, until the merge is taken back.
  const merged = await garden.api("POST", `/api/customers/${kim}/merges`, { joined: lou, proposal: pair.id });
  expect(await waiting()).toBe(false);
  await garden.api("POST", `/api/merges/${merged.body.id}/undo`);
  expect(await waiting()).toBe(true);
});

test("a phone number that a whole household gives is no evidence from the fifth of them on", async () => {
  const phone = "0228 4711000";
  const before = (await proposals()).length;
  await tell({ userId: "home-1", traits: { phone } });
  for (const n of [2, 3, 4, 5, 6, 7])
    await tell({ userId: `home-${n}` }, { userId: `home-${n}`, traits: { phone } });
  expect((await proposals()).length - before).toBe(3);
  // However it is cut into batches: all at once in the accepted order.
  const other = "0228 4712000";
  await tell({ userId: "flat-1", traits: { phone: other } });
  await tell(
    ...[2, 3, 4, 5, 6, 7].flatMap((n) => [
      { userId: `flat-${n}` },
      { userId: `flat-${n}`, traits: { phone: other } },
    ]),
  );
  expect((await proposals()).length - before).toBe(6);
  // Who are one by now count once.
  const [one, two] = await Promise.all(["home-1", "home-2"].map((id) => whose("user_id", id)));
  const merged = await garden.api("POST", `/api/customers/${publicId("customer", one!)}/merges`, {
    joined: publicId("customer", two!),
  });
  expect(merged.status).toBe(201);
  await tell({ userId: "home-8" }, { userId: "home-8", traits: { phone } });
  const eighth = publicId("customer", (await whose("user_id", "home-8"))!);
  const pairs = (await proposals()).map((pair: { a: { id: string }; b: { id: string } }) => [
    pair.a.id,
    pair.b.id,
  ]);
  expect(pairs.filter((pair: string[]) => pair.includes(eighth))).toHaveLength(1);
});

describe("a browser of several people", () => {
  const page = (anonymousId: string) => ({ type: "page", anonymousId });

  test("two of a family: what nobody says is of whoever identified last", async () => {
    await tell({ userId: "mia" }, { userId: "ned" });
    const [mia, ned] = [(await whose("user_id", "mia"))!, (await whose("user_id", "ned"))!];
    await tell(page("family"), { userId: "mia", anonymousId: "family" }, page("family"));
    expect([await ordersOf(mia), await ordersOf(ned)]).toEqual([4, 1]);
    await tell({ userId: "ned", anonymousId: "family" }, page("family"), page("family"));
    expect([await ordersOf(mia), await ordersOf(ned)]).toEqual([4, 4]);
    await tell({ userId: "mia", anonymousId: "family" }, page("family"));
    expect([await ordersOf(mia), await ordersOf(ned)]).toEqual([6, 4]);
  });

  test("a till of many: what nobody says is nobody's, and no pair is proposed by it any more", async () => {
    const people = ["oda", "pam", "quin", "rex"];
    await tell(...people.map((userId) => ({ userId })));
    const before = (await proposals()).length;
    for (const userId of people) await tell({ userId, anonymousId: "till-7" }, page("till-7"));
    const ids = await Promise.all(people.map((userId) => whose("user_id", userId)));
    // The third makes it a shared one: of what came since, each has only what names them.
    expect(await Promise.all(ids.map((id) => ordersOf(id!)))).toEqual([3, 3, 2, 2]);
    expect((await proposals()).length - before).toBe(2);
    const { rows } = await garden.ctx.pool.query(
      "select loose_id from shared_devices where loose_id is not null",
    );
    expect(await ordersOf(Number(rows[0].loose_id))).toBe(2);
    // Nor does an alias of the brand hand it to anybody.
    await tell({ type: "alias", previousId: "till-7", userId: "rex" });
    expect(await ordersOf(Number(rows[0].loose_id))).toBe(2);
  });

  test("what one of them refused does not silence the other", async () => {
    const no = { context: { consent: { categoryPreferences: { measure: false } } } };
    await tell({ userId: "sam", anonymousId: "sofa" }, { userId: "tia" });
    await tell({ userId: "sam", ...no });
    const tia = (await whose("user_id", "tia"))!;
    const before = await ordersOf(tia);
    await tell({ userId: "tia", anonymousId: "sofa" }, page("sofa"));
    expect(await ordersOf(tia)).toBe(before + 2);
  });
});
