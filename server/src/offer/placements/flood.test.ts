import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { forgetDecisions } from "./forget.ts";
import { decisionDays } from "./model.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden({}, { inboxBytesMax: 200_000 });
});

test("nobody is offered anything while more waits than can be worked through", async () => {
  const { writeKey } = await garden.source("browser");
  const ask = () => garden.send(writeKey, "/v1/decide", { anonymousId: "a" });
  expect((await ask()).status).toBe(200);
  const { pipeline } = garden.app.work.of(garden.garden.id);
  await pipeline.pause();
  await garden.ctx.pool.query(
    "insert into inbox (source_id, received_at, events, body) select min(id), now(), 1, convert_to(repeat(' ', 300000), 'UTF8') from sources",
  );
  // What waits is measured once a second.
  await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(429);
  expect(((await ask()).body.error as { code: string }).code).toBe("inbox.full");
  await garden.ctx.pool.query("delete from inbox");
  pipeline.resume();
  await expect.poll(async () => (await ask()).status, { timeout: 10_000 }).toBe(200);
});

test("decisions are forgotten once nothing more can be told of them; arms stay", async () => {
  const { pool } = garden.ctx;
  const day = (days: number) => new Date(Date.now() - days * 86_400_000);
  const insert = async (decided: Date, shown: Date | null) => {
    const id = randomUUID();
    await pool.query(
      "insert into decisions (id, customer_id, arm, product_id, reason, decided_at, shown_at) values ($1, 1, 'treated', 'p', 'r', $2, $3)",
      [id, decided, shown],
    );
    return id;
  };
  await pool.query("insert into holdout_arms (customer_id, arm, decided_at) values (1, 'treated', $1)", [
    day(decisionDays + 5),
  ]);
  await insert(day(decisionDays + 5), null);
  await insert(day(decisionDays + 5), day(decisionDays + 1));
  const shownLate = await insert(day(decisionDays + 5), day(3));
  const fresh = await insert(day(decisionDays - 1), null);
  expect(await forgetDecisions(garden.ctx)).toBe(2);
  const { rows } = await pool.query("select id from decisions order by decided_at");
  expect(rows.map((row: { id: string }) => row.id)).toEqual([shownLate, fresh]);
  expect((await pool.query("select arm from holdout_arms")).rows).toEqual([{ arm: "treated" }]);
});
