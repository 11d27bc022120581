import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { publicId } from "../../platform/ids.ts";
import { isAllowed } from "../consent/index.ts";
import { findCustomer } from "../identity/index.ts";

let garden: TestGarden;
let ada: number;
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
  ada = (await findCustomer(garden.ctx.pool, "user_id", "ada"))!;
});

const note = (id: number, body: object, as: "editor" | "service" = "editor") =>
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
  expect((await note(ada, {}, "service")).status).toBe(403);
});
