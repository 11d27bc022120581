import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { recordAnswers } from "./record.ts";
import { isAllowed } from "./store.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

const newsletter = {
  name: { en: "Newsletter", de: "Newsletter" },
  wording: { en: "Once a week what is new.", de: "Einmal die Woche, was es Neues gibt." },
  kinds: ["contact:email"],
  lifetimeMonths: 24,
  lifetimeFrom: "activity",
  doubleOptIn: true,
};
const purposeOf = async (key: string) =>
  (await garden.api("GET", "/api/purposes")).body.purposes.find((one: { key: string }) => one.key === key);
let customer = 500;
async function answers(purpose: string, granted = true): Promise<number> {
  const customerId = ++customer;
  const said = { customerId, purpose, granted, basis: "consent" as const, origin: "form", at: new Date() };
  await garden.ctx.inTransaction((tx) => recordAnswers(tx, [said]));
  return customerId;
}

test("an owner makes a purpose, words it anew, and nobody's answer changes by that", async () => {
  expect((await garden.api("POST", "/api/purposes", { key: "newsletter", ...newsletter })).status).toBe(201);
  expect(
    (await garden.api("POST", "/api/purposes", { key: "newsletter", ...newsletter })).body.error.code,
  ).toBe("purpose.exists");
  const id = await answers("newsletter");
  expect(await isAllowed(garden.ctx.pool, id, "contact:email")).toBe(true);

  const wording = { en: "Twice a week.", de: "Zweimal die Woche." };
  const put = (more: object) =>
    garden.api("PUT", "/api/purposes/newsletter", { ...newsletter, wording, asksAgain: false, ...more });
  expect((await put({})).status).toBe(200);
  expect(await purposeOf("newsletter")).toMatchObject({ wordingVersion: 2, granted: 1, asksAgainSince: 1 });
  // Saving the same again is no new version.
  await put({ asksAgain: true });
  expect(await purposeOf("newsletter")).toMatchObject({ wordingVersion: 2, asksAgainSince: 1 });
  await put({ wording: { en: "Daily.", de: "Täglich." }, asksAgain: true });
  expect(await purposeOf("newsletter")).toMatchObject({ wordingVersion: 3, asksAgainSince: 3 });
  const { body } = await garden.api("GET", "/api/purposes/newsletter/wordings");
  expect(
    body.wordings.map((one: { version: number; answers: number }) => [one.version, one.answers]),
  ).toEqual([
    [3, 0],
    [2, 0],
    [1, 1],
  ]);
  expect(await isAllowed(garden.ctx.pool, id, "contact:email")).toBe(true);
});

test("what somebody answered is not stretched to more, and may be made less", async () => {
  await garden.api("POST", "/api/purposes", { key: "partners", ...newsletter, doubleOptIn: false });
  const id = await answers("partners");
  const more = { ...newsletter, doubleOptIn: false, kinds: ["contact:email", "share"], asksAgain: false };
  const refused = await garden.api("PUT", "/api/purposes/partners", more);
  expect([refused.status, refused.body.error.code]).toEqual([409, "purpose.kinds_fixed"]);
  expect(await isAllowed(garden.ctx.pool, id, "share")).toBe(false);
});

test("a retired purpose allows nothing, and something must always be left to collect by", async () => {
  await garden.api("POST", "/api/purposes", {
    key: "letters",
    ...newsletter,
    kinds: ["contact:post"],
    doubleOptIn: false,
  });
  const id = await answers("letters");
  expect(await isAllowed(garden.ctx.pool, id, "contact:post")).toBe(true);
  expect((await garden.api("POST", "/api/purposes/letters/retire")).status).toBe(200);
  expect(await isAllowed(garden.ctx.pool, id, "contact:post")).toBe(false);
  expect((await garden.api("POST", "/api/purposes/letters/retire")).body.error.code).toBe("purpose.retired");
  expect((await garden.api("POST", "/api/purposes/measure/retire")).body.error.code).toBe(
    "purpose.last_collect",
  );
  expect((await garden.api("POST", "/api/purposes/nothing/retire")).body.error.code).toBe("purpose.missing");
  expect(
    (await garden.api("POST", "/api/purposes", { key: "x1", ...newsletter, kinds: ["share"] })).body.error
      .code,
  ).toBe("purpose.no_mail");
  expect((await garden.api("POST", "/api/purposes/letters/retire", undefined, "editor")).status).toBe(403);
});
