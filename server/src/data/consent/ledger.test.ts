import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { openAnchors } from "./anchors.ts";
import { eraseAnswers } from "./erase.ts";
import { type Answer, recordAnswers } from "./record.ts";
import { sealLedger } from "./seal.ts";
import { verifyLedger } from "./verify.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

let lastCustomer = 1000;
const somebody = () => ++lastCustomer;

function answer(customerId: number, granted: boolean, more: Partial<Answer> = {}): Answer {
  const said = { customerId, granted, purpose: "contact", basis: "consent" as const, origin: "form" };
  return { ...said, place: "https://shop.example/newsletter", proof: "message m-1", at: new Date(), ...more };
}
const say = (...answers: Answer[]) => garden.ctx.inTransaction((tx) => recordAnswers(tx, answers));
const anchors = () => openAnchors(garden.dataDir);
const verified = async () => (await verifyLedger(garden.ctx, anchors())).fault;

/** What somebody does who may do anything in the database; `back` undoes it. */
async function tamper(change: string, back: string): Promise<Awaited<ReturnType<typeof verified>>> {
  const { pool } = garden.ctx;
  const guards = ["consent_answers", "consent_seals"];
  const set = async (state: string) => {
    for (const table of guards) await pool.query(`alter table ${table} ${state} trigger user`);
  };
  await set("disable");
  await pool.query(change);
  const fault = await verified();
  await pool.query(back);
  await set("enable");
  expect(await verified(), "the change was undone").toBeNull();
  return fault;
}

async function entriesOf(customerId: number): Promise<{ id: number; seq: number }[]> {
  const { rows } = await garden.ctx.pool.query(
    "select id, seq from consent_answers where customer_id = $1 order by seq",
    [customerId],
  );
  return rows;
}

test("the database lets nobody change or remove an entry", async () => {
  const id = somebody();
  await say(answer(id, true));
  for (const statement of [
    `update consent_answers set granted = false where customer_id = ${id}`,
    `update consent_answers set erased_at = now(), commitment = hash, customer_id = null where customer_id = ${id}`,
    `delete from consent_answers where customer_id = ${id}`,
    "truncate consent_answers",
    "update purpose_wordings set wording = '{}'",
    "delete from purpose_wordings",
  ])
    await expect(garden.ctx.pool.query(statement), statement).rejects.toThrow();
  expect(await verified()).toBeNull();
});

test("whoever changes the tables behind the back of Rondell is found, and the first entry is named", async () => {
  const id = somebody();
  await say(answer(id, true));
  await say(answer(id, false));
  await say(answer(id, true), answer(somebody(), true));
  await sealLedger(garden.ctx, anchors());
  const [first, second, third] = await entriesOf(id);

  const changed = await tamper(
    `update consent_answers set granted = true where id = ${second!.id}`,
    `update consent_answers set granted = false where id = ${second!.id}`,
  );
  expect(changed).toMatchObject({
    kind: "entry_changed",
    entry: second!.id,
    customerId: id,
    purpose: "contact",
  });

  const place = await tamper(
    `update consent_answers set proof = 'message m-2' where id = ${first!.id}`,
    `update consent_answers set proof = 'message m-1' where id = ${first!.id}`,
  );
  expect(place).toMatchObject({ kind: "entry_changed", entry: first!.id });

  const reworded = await garden.ctx.pool.query(
    "select wording from purpose_wordings where purpose = 'contact' and version = 1",
  );
  const { pool } = garden.ctx;
  await pool.query("alter table purpose_wordings disable trigger user");
  await pool.query(
    `update purpose_wordings set wording = '{"en": "Anything", "de": "Alles"}' where purpose = 'contact'`,
  );
  expect(await verified()).toMatchObject({ kind: "entry_changed" });
  await pool.query("update purpose_wordings set wording = $1 where purpose = 'contact'", [
    reworded.rows[0].wording,
  ]);
  await pool.query("alter table purpose_wordings enable trigger user");

  await pool.query("create table kept as select * from consent_answers");
  const back =
    "insert into consent_answers overriding system value select * from kept on conflict do nothing";
  const deleted = await tamper(`delete from consent_answers where id = ${second!.id}`, back);
  expect(deleted).toMatchObject({ kind: "entry_missing", entry: third!.id });

  const swap = (a: number, b: number) =>
    `update consent_answers set seq = 100 where id = ${a}; update consent_answers set seq = ${first!.seq} where id = ${b};
      update consent_answers set seq = ${second!.seq} where id = ${a}`;
  const reordered = await tamper(
    swap(first!.id, second!.id),
    `update consent_answers set seq = 100 where id = ${first!.id}; update consent_answers set seq = ${second!.seq} where id = ${second!.id};
      update consent_answers set seq = ${first!.seq} where id = ${first!.id}`,
  );
  expect(reordered).toMatchObject({ kind: "entry_changed", entry: second!.id });

  const inserted = await tamper(
    `insert into consent_answers (customer_id, purpose, granted, basis, origin, wording_version, at, chain, seq, salt, hash)
      select customer_id, purpose, granted, basis, origin, wording_version, at, chain, 4, salt, hash from consent_answers where id = ${third!.id}`,
    `delete from consent_answers where customer_id = ${id} and seq = 4`,
  );
  expect(inserted).toMatchObject({ kind: "entry_changed", customerId: id });

  // A whole chain, and the answer that counts with it: only the seal knows that there was more.
  await pool.query("create table kept_current as select * from consent_current");
  const vanished = await tamper(
    `delete from consent_answers where customer_id = ${id}; delete from consent_current where customer_id = ${id}`,
    `${back}; insert into consent_current select * from kept_current on conflict do nothing`,
  );
  expect(vanished).toMatchObject({ kind: "seal_broken", entry: null });

  // The newest entries and the seals over them: the seals are written down outside of the database.
  await pool.query("create table kept_seals as select * from consent_seals");
  const cut = await tamper(
    `delete from consent_answers; delete from consent_seals; delete from consent_current`,
    `${back}; insert into consent_seals select * from kept_seals; insert into consent_current select * from kept_current`,
  );
  expect(cut).toMatchObject({ kind: "tail_cut", seal: 1 });

  const unfounded = await tamper(
    `update consent_current set customer_id = 999999 where customer_id = ${id}`,
    `update consent_current set customer_id = ${id} where customer_id = 999999`,
  );
  expect(unfounded).toMatchObject({ kind: "answer_unfounded", customerId: 999999 });
});

test("an erased customer leaves nothing but places in the chain, and the rest is still proven", async () => {
  const [gone, stays] = [somebody(), somebody()];
  await say(answer(gone, true), answer(stays, true));
  await say(answer(gone, false, { proof: "message secret-of-gone" }), answer(stays, false));
  await sealLedger(garden.ctx, anchors());
  const before = await verifyLedger(garden.ctx, anchors());
  expect(await garden.ctx.inTransaction((tx) => eraseAnswers(tx, [gone]))).toBe(2);
  const after = await verifyLedger(garden.ctx, anchors());
  expect(after).toMatchObject({ fault: null, entries: before.entries, erased: before.erased + 2 });
  const { rows } = await garden.ctx.pool.query(
    "select e::text as text from consent_answers e where erased_at is not null",
  );
  for (const { text } of rows) expect(text).not.toMatch(/secret-of-gone|contact|consent|form/);
  // What is erased cannot be filled in again, nor removed.
  await expect(
    garden.ctx.pool.query("update consent_answers set erased_at = null where erased_at is not null"),
  ).rejects.toThrow();
  await garden.ctx.pool.query(
    "create table erased_before as select id, commitment from consent_answers where erased_at is not null",
  );
  const forged = await tamper(
    "update consent_answers set commitment = sha256(commitment) where id = (select min(id) from erased_before)",
    "update consent_answers e set commitment = k.commitment from erased_before k where k.id = e.id",
  );
  expect(forged).toMatchObject({ kind: "entry_changed", customerId: null });
});

test("writers at the same time never fork a chain", async () => {
  const ids = [somebody(), somebody(), somebody()];
  const writers = Array.from({ length: 24 }, (_, at) => say(...ids.map((id) => answer(id, at % 2 === 0))));
  await Promise.all(writers);
  for (const id of ids)
    expect((await entriesOf(id)).map((entry) => entry.seq)).toEqual(
      Array.from({ length: 24 }, (_, at) => at + 1),
    );
  expect(await verified()).toBeNull();
});

test("a seal that was not written down whole is no false alarm", async () => {
  await say(answer(somebody(), true));
  const seal = await sealLedger(garden.ctx, anchors());
  expect(seal).toMatchObject({ entries: expect.any(Number) });
  const [name] = await import("node:fs/promises").then((fs) => fs.readdir(join(garden.dataDir, "anchors")));
  const path = join(garden.dataDir, "anchors", name!);
  await writeFile(path, (await readFile(path, "utf8")).slice(0, -20));
  expect(await verified()).toBeNull();
});
