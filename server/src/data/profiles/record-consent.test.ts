import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { publicId } from "../../platform/ids.ts";
import { openAnchors } from "../consent/anchors.ts";
import { isAllowed } from "../consent/index.ts";
import { verifyLedger } from "../consent/verify.ts";
import { findCustomer } from "../identity/index.ts";

let garden: TestGarden;
let ada: number;
let person: (userId: string) => Promise<number>;
beforeAll(async () => {
  garden = await openGarden();
  const { writeKey } = await garden.source("server");
  await garden.send(writeKey, "/v1/identify", {
    userId: "ada",
    traits: { email: "ada@example.org" },
    messageId: "m-1",
  });
  await garden.send(writeKey, "/v1/identify", { userId: "bob", messageId: "m-2" });
  await garden.drained();
  person = async (userId) => {
    await garden.send(writeKey, "/v1/identify", { userId, messageId: `m-${userId}` });
    await garden.drained();
    return (await findCustomer(garden.ctx.pool, "user_id", userId))!;
  };
  ada = (await findCustomer(garden.ctx.pool, "user_id", "ada"))!;
});

const note = (id: number, body: object, as: "editor" | "service" | "analyst" = "editor") =>
  garden.api(
    "POST",
    `/api/customers/${publicId("customer", id)}/consents`,
    { purpose: "contact", granted: true, origin: "operator", proof: "call 17", ...body },
    as,
  );

test("what a customer says to somebody of the brand counts at once, with who noted it and what shows it", async () => {
  const { status, body } = await note(ada, { place: "Shop Hamburg" });
  expect([status, body]).toEqual([201, { state: "counts" }]);
  expect(await isAllowed(garden.ctx.pool, ada, "contact:email")).toBe(true);
  const { rows } = await garden.ctx.pool.query(
    "select origin, actor, place, proof from consent_answers where customer_id = $1 and purpose = 'contact'",
    [ada],
  );
  expect(rows).toEqual([
    { origin: "operator", actor: "token editor", place: "Shop Hamburg", proof: "call 17" },
  ]);
  expect((await note(ada, { granted: false })).body.state).toBe("counts");
  expect(await isAllowed(garden.ctx.pool, ada, "contact:email")).toBe(false);
});

test("a form's yes to mails waits for the confirmation, and needs an address", async () => {
  expect((await note(ada, { origin: "form", proof: "entry 4" })).body.state).toBe("waiting");
  expect(await isAllowed(garden.ctx.pool, ada, "contact:email")).toBe(false);
  const { rows } = await garden.ctx.pool.query("select recipient from mails");
  expect(rows).toEqual([{ recipient: "ada@example.org" }]);
  const bob = (await findCustomer(garden.ctx.pool, "user_id", "bob"))!;
  expect((await note(bob, { origin: "form" })).body.error.code).toBe("consent.no_address");
  expect((await note(ada, { purpose: "nothing" })).body.error.code).toBe("purpose.missing");
  expect((await note(ada, { at: "2999-01-01T00:00:00Z" })).body.error.code).toBe("consent.in_the_future");
  expect((await note(ada, { proof: undefined })).body.error.code).toBe("consent.proof_missing");
  expect((await note(ada, { wordingVersion: 99 })).body.error.code).toBe("consent.wording_missing");
  expect((await note(ada, {}, "service")).status).toBe(201);
  expect((await note(ada, {}, "analyst")).status).toBe(403);
});

const entriesOf = async (id: number) =>
  (await garden.api("GET", `/api/customers/${publicId("customer", id)}/consents`, undefined, "editor")).body
    .items as { entry: number; act: string; origin: string; canBeTakenBack: boolean; isTakenBack: boolean }[];
const takeBack = (id: number, entry: number, as: "editor" | "analyst" = "editor") =>
  garden.api("POST", `/api/customers/${publicId("customer", id)}/consents/${entry}/take-back`, undefined, as);

test("what was noted by mistake is taken back by a further entry, once, and what stood before counts again", async () => {
  const carl = await person("carl");
  await note(carl, { origin: "phone", wordingVersion: 1 });
  await note(carl, { origin: "shop", granted: false, proof: undefined });
  expect(await isAllowed(garden.ctx.pool, carl, "contact:email")).toBe(false);
  const [wrong] = await entriesOf(carl);
  expect(wrong).toMatchObject({ origin: "shop", canBeTakenBack: true });
  expect((await takeBack(carl, wrong!.entry, "analyst")).status).toBe(403);
  const both = await Promise.all([takeBack(carl, wrong!.entry), takeBack(carl, wrong!.entry)]);
  expect(both.map((one) => one.status).sort()).toEqual([200, 409]);
  expect(await isAllowed(garden.ctx.pool, carl, "contact:email")).toBe(true);
  expect((await entriesOf(carl)).slice(0, 3)).toMatchObject([
    { act: "retracted", canBeTakenBack: false },
    { origin: "shop", canBeTakenBack: false, isTakenBack: true },
    { origin: "phone", canBeTakenBack: true },
  ]);
  // The yes below it goes the same way: then nobody has answered.
  const yes = (await entriesOf(carl)).find((one) => one.origin === "phone")!;
  expect((await takeBack(carl, yes.entry)).status).toBe(200);
  expect(await isAllowed(garden.ctx.pool, carl, "contact:email")).toBe(false);
  // Somebody else's page takes back nothing of it.
  expect((await takeBack(ada, yes.entry)).body.error.code).toBe("consent.entry_missing");
  expect((await verifyLedger(garden.ctx, openAnchors(garden.dataDir))).fault).toBeNull();
});

test("what the brand states by hand on another basis gives way to what the customer said", async () => {
  const dora = await person("dora");
  expect((await note(dora, { basis: "contract" })).body.state).toBe("counts");
  expect(await isAllowed(garden.ctx.pool, dora, "contact:email")).toBe(true);
  await note(dora, { granted: false, origin: "phone" });
  expect(await isAllowed(garden.ctx.pool, dora, "contact:email")).toBe(false);
  expect((await note(dora, { basis: "contract" })).body.error.code).toBe("consent.said_no");
  // What was said on an earlier day stands in the ledger, and changes nothing.
  const earlier = new Date(Date.now() - 86_400_000).toISOString();
  expect((await note(dora, { origin: "paper", at: earlier })).body.state).toBe("older");
  expect(await isAllowed(garden.ctx.pool, dora, "contact:email")).toBe(false);
});

test("whoever notes an answer sees the purposes with every version of their words", async () => {
  const { body } = await garden.api("GET", "/api/consent/askable", undefined, "service");
  const contact = body.purposes.find((one: { key: string }) => one.key === "contact");
  expect(contact.wordings[0]).toMatchObject({ version: 1, wording: { de: expect.any(String) } });
});
