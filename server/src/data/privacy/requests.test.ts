import { unzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { openGarden } from "../../../test/harness.ts";
import { isAllowed } from "../consent/index.ts";
import { findCustomer } from "../identity/index.ts";
import { monthsAfter } from "./requests.ts";

const garden = await openGarden();
const { writeKey } = await garden.source("server");

async function newCustomer(name: string): Promise<{ id: string; number: number }> {
  await garden.send(writeKey, "/v1/batch", {
    batch: [
      {
        type: "identify",
        userId: name,
        traits: { email: `${name}@example.org`, name: `Frau ${name}`, note: "=1+1" },
      },
      {
        type: "track",
        userId: name,
        event: "Order Completed",
        properties: { order_id: `o-${name}`, total: 20, currency: "EUR" },
      },
    ],
  });
  await garden.drained();
  const number = (await findCustomer(garden.ctx.pool, "user_id", name))!;
  const [one] = (await garden.api("GET", `/api/customers?search=${name}`)).body.items;
  return { id: one.id, number };
}

async function request(id: string, kind: string, words?: string): Promise<string> {
  const { status, body } = await garden.api(
    "POST",
    "/api/privacy/requests",
    { whom: { customerId: id }, kind, words },
    "service",
  );
  expect(status).toBe(201);
  return body.id;
}
const fulfil = (id: string, body: object = {}, as: "owner" | "service" = "service") =>
  garden.api("POST", `/api/privacy/requests/${id}/fulfil`, body, as);
const list = async () => (await garden.api("GET", "/api/privacy/requests")).body;

/** Waits for the file that a request makes. */
async function fileOf(requestId: string): Promise<string> {
  for (;;) {
    const one = (await list()).items.find((item: { id: string }) => item.id === requestId);
    if (one.files.length) return one.files[0].id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("the file for a person holds everything, for programs and for reading, and goes with them", async () => {
  const ida = await newCustomer("ida");
  const id = await request(ida.id, "access", "Please send me everything.");
  expect((await fulfil(id, { language: "de" })).status).toBe(204);
  const file = await fileOf(id);
  const token = (await import("../../garden/tokens/tokens.ts")).createToken;
  const secret = (await token(garden.ctx, { name: "zip", scopes: ["privacy:write"] })).token;
  const fetched = await garden.app.http.inject({
    url: `/api/privacy/exports/${file}`,
    headers: { authorization: `Bearer ${secret}` },
  });
  expect(fetched.headers["content-type"]).toBe("application/zip");
  const files = unzipSync(fetched.rawPayload);
  const text = (name: string) => Buffer.from(files[name]!).toString("utf8");
  const manifest = JSON.parse(text("person.json"));
  expect(manifest).toMatchObject({ format: "rondell-person/1", customer: ida.id });
  for (const { files: named } of manifest.parts)
    for (const name of named) expect(files[name], name).toBeDefined();
  expect(text("data/customers.jsonl")).toContain("ida@example.org");
  const events = text("data/events_stored.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.map((event) => event.name).sort()).toEqual(["Customer Identified", "Order Completed"]);
  expect(text("data/consent_answers.csv")).toContain("measure");
  expect(text("index.html")).toContain("Was wir über Sie wissen");
  expect(text("index.html")).not.toMatch(/<script|https?:/);

  const { body } = await garden.api("POST", "/api/privacy/erasures", { whom: { customerId: ida.id } });
  expect(body.receipt.stores).toContainEqual(expect.objectContaining({ store: "exports", count: 1 }));
  expect((await garden.api("GET", `/api/privacy/exports/${file}`)).body.error.code).toBe("export.missing");
  const kept = (await list()).items.find((item: { id: string }) => item.id === id);
  expect(kept).toMatchObject({ customer: null, words: null, state: "done" });
});

describe("what a person may ask for", () => {
  test("is put right, and the trail names no value", async () => {
    const jan = await newCustomer("jan");
    const id = await request(jan.id, "rectify", "My name is Janne.");
    expect((await fulfil(id)).body.error.code).toBe("request.no_correction");
    const taken = await newCustomer("karl");
    const refused = await fulfil(id, {
      correction: { addIdentifiers: [{ kind: "user_id", value: "karl" }] },
    });
    expect(refused.body.error.code).toBe("identifier.taken");
    const correction = {
      traits: { name: "Janne", note: null },
      addIdentifiers: [{ kind: "email", value: "Janne@Example.org" }],
      removeIdentifiers: [{ kind: "email", value: "jan@example.org" }],
    };
    expect((await fulfil(id, { correction })).status).toBe(204);
    const page = (await garden.api("GET", `/api/customers/${jan.id}`)).body;
    expect(page.name).toBe("Janne");
    expect(page.traits.note).toBeUndefined();
    expect(page.identifiers.map((one: { value: string }) => one.value).sort()).toEqual([
      "jan",
      "janne@example.org",
    ]);
    expect((await garden.api("GET", `/api/customers/${taken.id}`)).body.name).toBe("Frau karl");
    const trail = JSON.stringify((await garden.api("GET", "/api/audit?action=privacy")).body);
    expect(trail).toContain("privacy.rectified");
    expect(trail).not.toMatch(/janne/i);
    expect((await fulfil(id, { correction })).body.error.code).toBe("request.closed");
  });

  test("is kept and not used, until that is lifted", async () => {
    const lea = await newCustomer("lea");
    await garden.ctx.inTransaction(async (tx) => {
      const { recordAnswers } = await import("../consent/index.ts");
      const said = {
        customerId: lea.number,
        granted: true,
        basis: "consent" as const,
        origin: "test",
        at: new Date(),
      };
      await recordAnswers(
        tx,
        ["personalise", "contact"].map((purpose) => ({ ...said, purpose })),
      );
    });
    const allowed = async () => [
      await isAllowed(garden.ctx.pool, lea.number, "profile"),
      await isAllowed(garden.ctx.pool, lea.number, "contact:email"),
      await isAllowed(garden.ctx.pool, lea.number, "collect"),
    ];
    expect(await allowed()).toEqual([true, true, true]);
    await fulfil(await request(lea.id, "restrict"));
    expect(await allowed()).toEqual([false, false, true]);
    await garden.drained();
    const row = await garden.ctx.events.text(
      {},
      `select profile, contact from customers where customer_id = ${lea.number}`,
      "JSONEachRow",
    );
    expect(JSON.parse(row)).toEqual({ profile: 0, contact: [] });
    expect((await garden.api("GET", `/api/customers/${lea.id}`)).status).toBe(200);
    expect((await garden.api("GET", "/api/privacy/restrictions")).body.items).toHaveLength(1);
    expect((await garden.api("DELETE", `/api/privacy/restrictions/${lea.id}`)).status).toBe(204);
    expect(await allowed()).toEqual([true, true, true]);

    await fulfil(await request(lea.id, "object"));
    expect(await allowed()).toEqual([false, true, true]);
  });

  test("waits no longer than a month, or three for a reason, and stands on top when it is late", async () => {
    expect(monthsAfter(new Date("2026-01-31T10:00:00Z"), 1).toISOString()).toBe("2026-02-28T10:00:00.000Z");
    expect(monthsAfter(new Date("2026-11-30T10:00:00Z"), 3).toISOString()).toBe("2027-02-28T10:00:00.000Z");
    const mia = await newCustomer("mia");
    const late = await request(mia.id, "portability");
    const fresh = await request(mia.id, "rectify", "x");
    await garden.ctx.pool.query(
      "update privacy_requests set due_at = now() - interval '1 day' where id = $1",
      [late],
    );
    const before = await list();
    expect(before.overdue).toBe(1);
    expect(before.items.slice(0, 2).map((one: { id: string }) => one.id)).toEqual([late, fresh]);
    expect(before.items[1].words).toBe("x");
    const { rows } = await garden.ctx.pool.query("select words from privacy_requests where id = $1", [fresh]);
    expect(rows[0].words).toMatch(/^sealed:/);
    const extend = () =>
      garden.api("POST", `/api/privacy/requests/${late}/extend`, { because: "Many at once." });
    expect((await extend()).status).toBe(204);
    expect((await extend()).body.error.code).toBe("request.extended");
    expect((await list()).overdue).toBe(0);
    const because = { because: "We cannot tell that it is you." };
    expect((await garden.api("POST", `/api/privacy/requests/${fresh}/refuse`, because)).status).toBe(204);
  });

  test("is erased only by whoever may", async () => {
    const nora = await newCustomer("nora");
    const id = await request(nora.id, "erase");
    expect((await fulfil(id)).status).toBe(403);
    expect((await fulfil(id, {}, "owner")).status).toBe(204);
    const done = (await list()).items.find((item: { id: string }) => item.id === id);
    expect(done).toMatchObject({ state: "done", customer: null, erasureId: expect.any(String) });
  });
});

test("people of whom nothing is heard go by the rules, which are off until somebody sets them", async () => {
  const olga = await newCustomer("olga");
  await garden.ctx.pool.query(
    "update customers set last_seen_at = now() - interval '40 months' where id = $1",
    [olga.number],
  );
  const night = async () => {
    const run = await garden.app.jobs.start("privacy.retain", { garden: "test", by: "test" });
    return (await garden.app.jobs.ended(run.id)).result as { people: number };
  };
  expect((await night()).people).toBe(0);
  const rule = { rule: "inactive_customers", months: 36, mode: "erase" };
  expect(
    (await garden.api("POST", "/api/privacy/retention/preview", { rule: rule.rule, months: 36 })).body,
  ).toEqual({ people: 1 });
  expect((await garden.api("PUT", "/api/privacy/retention", { rules: [rule] }, "editor")).status).toBe(403);
  expect((await garden.api("PUT", "/api/privacy/retention", { rules: [rule] })).status).toBe(204);
  expect((await night()).people).toBe(1);
  expect((await garden.api("GET", `/api/customers/${olga.id}`)).status).toBe(404);
  const { log } = (await garden.api("GET", "/api/privacy/retention")).body;
  expect(log[0]).toMatchObject({ rule: "inactive_customers", people: 1, waiting: 0 });
});
