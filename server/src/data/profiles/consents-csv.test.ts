import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { isAllowed } from "../consent/index.ts";
import { findCustomer } from "../identity/index.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

const send = (csv: string, firstLine = 2) =>
  garden.api("POST", "/api/consents/csv", { name: "newsletter.csv", csv, firstLine });

test("answers of elsewhere come in as the people's own, once, each with the line that shows it", async () => {
  const csv = [
    "email;purpose;granted;at;place",
    "Ada@Example.org;contact;ja;2024-03-01 10:00;https://old.example/form",
    "ada@example.org;contact;no;2025-01-01T00:00:00Z;",
    "bob@example.org;contact;yes;2024-05-05;",
    "bob@example.org;unheard of;yes;2024-05-05;",
    "no address;contact;yes;2024-05-05;",
    "eve@example.org;contact;perhaps;2024-05-05;",
    "eve@example.org;contact;yes;05/06/2024;",
    "eve@example.org;contact;yes;2999-01-01;",
  ].join("\n");
  const first = await send(csv);
  expect(first.status).toBe(200);
  expect(first.body).toEqual({
    read: 8,
    recorded: 3,
    unchanged: 0,
    rejected: [
      { line: 5, code: "purpose_unknown" },
      { line: 6, code: "email_invalid" },
      { line: 7, code: "granted_unclear" },
      { line: 8, code: "time_unclear" },
      { line: 9, code: "in_the_future" },
    ],
  });
  expect((await send(csv)).body).toMatchObject({ recorded: 0, unchanged: 3 });
  const [ada, bob] = [
    (await findCustomer(garden.ctx.pool, "email", "ada@example.org"))!,
    (await findCustomer(garden.ctx.pool, "email", "bob@example.org"))!,
  ];
  // Her no is the later one, though both came in one file.
  expect(await isAllowed(garden.ctx.pool, ada, "contact:email")).toBe(false);
  expect(await isAllowed(garden.ctx.pool, bob, "contact:email")).toBe(true);
  const { rows } = await garden.ctx.pool.query(
    "select origin, actor, proof, place from consent_answers where customer_id = $1 order by seq",
    [ada],
  );
  expect(rows[0]).toEqual({
    origin: "imported answer",
    actor: "import",
    proof: "newsletter.csv line 2",
    place: "https://old.example/form",
  });
});

test("a file that is none of the kind is refused with what to do", async () => {
  expect((await send("name,age\nada,3")).body.error).toMatchObject({ code: "consents.columns_missing" });
  expect((await send('email,purpose,granted,at\n"ada')).body.error).toMatchObject({
    code: "consents.not_csv",
  });
  expect((await garden.api("POST", "/api/consents/csv", { name: "x", csv: "a" }, "service")).status).toBe(
    403,
  );
});
