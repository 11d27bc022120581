import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { isStored } from "../../data/events/stored.ts";
import type { EventDatabase } from "../clickhouse/index.ts";
import { query, sql } from "../postgres/index.ts";
import { startOutbox } from "./delivery.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
  // The test sends in place of the garden's own sender.
  await garden.app.work.of("test").delivery.pause();
});

const Count = z.object({ n: z.number() });

/** Events of the batch in the store. */
async function stored(): Promise<number> {
  const [row] = await garden.ctx.events.query(Count, {}, "select count() as n from events_stored");
  return row!.n;
}

/** A sender as a new process starts it. */
const startSender = (events: EventDatabase) =>
  startOutbox(garden.ctx.pool, events, garden.ctx.log, { isStored });

/** Kills the process in each insert, after the engine noted its token and before the rows are there. */
function killedInInsert(events: EventDatabase, killed: () => void): EventDatabase {
  return {
    ...events,
    async insertLines(table, lines, token) {
      await events.insertLines(table, lines, token);
      await events.command("alter table events_stored delete where 1 settings mutations_sync = 2");
      killed();
      return new Promise(() => {});
    },
  };
}

const line = JSON.stringify({
  event_id: "0190b7a1-7f6e-7c3e-9d4c-111111111111",
  ...{ subject_id: 7, customer_id: 7, name: "Page Viewed", source_id: 1, properties: {} },
  ...{ happened_at: "2026-01-02T03:04:05.678Z", received_at: "2026-01-02T03:04:05.678Z" },
});

test("what a killed process left is stored, also when the repetition is killed in the middle of its insert", async () => {
  const { ctx } = garden;
  await query(
    ctx.pool,
    sql`insert into outbox (target, lines) values ('events_stored', ${Buffer.from(line)})`,
  );
  for (let round = 0; round < 2; round++) {
    await new Promise<void>((resolve) => startSender(killedInInsert(ctx.events, resolve)));
    expect(await stored()).toBe(0);
  }
  const delivery = startSender(ctx.events);
  await delivery.flush();
  expect(await stored()).toBe(1);
  expect(await query(ctx.pool, sql`select id from outbox`)).toEqual([]);
  await delivery.stop();
});

test("a sender stops while the event store is away, and keeps what waits", async () => {
  const { ctx } = garden;
  let tries = 0;
  const gone: EventDatabase = {
    ...ctx.events,
    insertLines: () => {
      tries++;
      return Promise.reject(new Error("The event store is away."));
    },
  };
  await query(
    ctx.pool,
    sql`insert into outbox (target, lines) values ('events_stored', ${Buffer.from(line.replace("7c3e", "7c3f"))})`,
  );
  const delivery = startSender(gone);
  const sending = delivery.send(undefined);
  await expect.poll(() => tries).toBeGreaterThan(3);
  const before = tries;
  // It would try for ever: now each thing is tried once more at most, by whoever was at it, by `send` and by `stop`.
  await delivery.stop();
  await sending;
  expect(tries - before).toBeLessThanOrEqual(3);
  expect(await query(ctx.pool, sql`select target from outbox`)).toEqual([{ target: "events_stored" }]);
  await query(ctx.pool, sql`delete from outbox`);
});
