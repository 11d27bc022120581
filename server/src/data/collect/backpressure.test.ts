import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { z } from "zod";
import { openGarden } from "../../../test/harness.ts";

test("a flood that outruns the drain is answered 429 before the inbox grows past its cap, and all that was accepted comes in", async () => {
  const inboxBytesMax = 400_000;
  const garden = await openGarden({}, { inboxBytesMax });
  const { writeKey } = await garden.source("server");
  const work = garden.app.work.of(garden.garden.id);
  await work.pause();
  const batch = (n: number) =>
    Array.from({ length: 20 }, (_, at) => ({
      type: "track",
      event: "Flood",
      userId: `u${n}`,
      messageId: `f-${n}-${at}`,
      properties: { words: randomBytes(150).toString("hex") },
    }));
  let accepted = 0;
  let refused = 0;
  let n = 0;
  const sender = async () => {
    while (n < 400) {
      const answer = await garden.send(writeKey, "/v1/batch", { batch: batch(n++) });
      if (answer.status === 200) accepted += 20;
      else {
        expect(answer.status).toBe(429);
        expect((answer.body.error as { code: string }).code).toBe("inbox.full");
        expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
        refused++;
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, sender));
  const { rows } = await garden.ctx.pool.query(
    "select coalesce(sum(length(body)), 0)::int as bytes, count(*)::int as requests from inbox",
  );
  expect(rows[0].requests).toBeGreaterThan(5);
  expect(rows[0].bytes).toBeLessThanOrEqual(inboxBytesMax);
  expect(refused).toBeGreaterThan(100);

  work.resume();
  await garden.drained();
  const [row] = await garden.ctx.events.query(
    z.object({ n: z.number() }),
    {},
    "select count() as n from events where name = 'Flood'",
  );
  expect(row?.n).toBe(accepted);
  // Senders were told to come again after two seconds: by then it is measured anew.
  const again = async () => (await garden.send(writeKey, "/v1/batch", { batch: batch(1_000) })).status;
  await expect.poll(again, { interval: 250, timeout: 10_000 }).toBe(200);
});
