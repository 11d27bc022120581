import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { findCustomer } from "../identity/index.ts";
import { expireGrants } from "./expire.ts";
import { recordAnswers } from "./record.ts";
import { consentsOf, isAllowed } from "./store.ts";

const day = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * day);

let garden: TestGarden;
let writeKey: string;
beforeAll(async () => {
  garden = await openGarden();
  writeKey = (await garden.source("server", { consentMode: "ask", statedBasis: {} })).writeKey;
  await garden.ctx.pool.query(
    "update purposes set lifetime_months = 24, wording_version = 2 where key in ('measure', 'contact')",
  );
});

async function track(userId: string, messageId: string, measure?: boolean, event = "Product Viewed") {
  const context = measure === undefined ? {} : { consent: { categoryPreferences: { measure } } };
  const properties = { purpose: "measure" };
  await garden.send(writeKey, "/v1/track", { userId, event, messageId, context, properties });
  await garden.drained();
}

async function granted(userId: string, at: Date, purpose = "measure") {
  await track(userId, `first-${userId}`, true);
  const customerId = (await findCustomer(garden.ctx.pool, "user_id", userId))!;
  await garden.ctx.pool.query("delete from consent_current where customer_id = $1", [customerId]);
  await garden.ctx.inTransaction((tx) =>
    recordAnswers(tx, [{ customerId, purpose, granted: true, basis: "consent", origin: "form", at }]),
  );
  return customerId;
}

const historyOf = async (customerId: number, purpose = "measure") =>
  (
    await garden.ctx.pool.query(
      "select act, granted from consent_answers where customer_id = $1 and purpose = $2 order by seq",
      [customerId, purpose],
    )
  ).rows.map(({ act, granted: yes }) => `${act} ${yes}`);

test("a yes counts as a no from the day on which it runs out, and the job notes it in the ledger", async () => {
  const [old, young] = [await granted("old", daysAgo(731)), await granted("young", daysAgo(700))];
  // Before any job: the check says no at once, and the pipeline keeps nothing more.
  expect(await isAllowed(garden.ctx.pool, old, "collect")).toBe(false);
  expect(await isAllowed(garden.ctx.pool, young, "collect")).toBe(true);
  await track("old", "after");
  expect(await garden.drops()).toMatchObject({ withdrawn: 1 });
  expect((await consentsOf(garden.ctx.pool, old))[0]).toMatchObject({ granted: false, expired: true });

  expect(await expireGrants(garden.ctx)).toBe(1);
  expect(await expireGrants(garden.ctx)).toBe(0);
  expect((await historyOf(old)).at(-1)).toBe("expired false");
  expect(await isAllowed(garden.ctx.pool, old, "collect")).toBe(false);
  expect((await historyOf(young)).at(-1)).toBe("answer true");
});

test("a browser that still says its old yes along does not make it new; a yes of now does", async () => {
  const id = await granted("along", daysAgo(800));
  await track("along", "along-1", true);
  expect(await isAllowed(garden.ctx.pool, id, "collect")).toBe(false);
  await expireGrants(garden.ctx);
  await track("along", "along-2", true);
  expect(await isAllowed(garden.ctx.pool, id, "collect")).toBe(false);
  await track("along", "along-3", true, "Consent Granted");
  expect(await isAllowed(garden.ctx.pool, id, "collect")).toBe(true);
  expect(await historyOf(id)).toEqual(["answer true", "answer true", "expired false", "answer true"]);
});

test("months may run from what a customer did last", async () => {
  await garden.ctx.pool.query(
    "update purposes set lifetime_from = 'activity', wording_version = 3 where key = 'contact'",
  );
  const [active, silent] = [
    await granted("active", daysAgo(900), "contact"),
    await granted("silent", daysAgo(900), "contact"),
  ];
  await garden.ctx.pool.query("update customers set last_seen_at = $1 where id = $2", [daysAgo(740), silent]);
  expect(await isAllowed(garden.ctx.pool, active, "contact:email")).toBe(true);
  expect(await isAllowed(garden.ctx.pool, silent, "contact:email")).toBe(false);
});

test("a longer life of the purpose is not one that people agreed to", async () => {
  const id = await granted("agreed", daysAgo(740), "personalise");
  await garden.ctx.pool.query(
    "update purposes set lifetime_months = 12, wording_version = 2 where key = 'personalise'",
  );
  const other = await granted("agreed-to-12", daysAgo(740), "personalise");
  await garden.ctx.pool.query(
    "update purposes set lifetime_months = 60, wording_version = 3 where key = 'personalise'",
  );
  expect(await isAllowed(garden.ctx.pool, other, "profile")).toBe(false);
  // Who was promised no end is bound by the one that there is now.
  expect(await isAllowed(garden.ctx.pool, id, "profile")).toBe(true);
});
