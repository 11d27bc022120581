import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { forgetOld } from "./rejections.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

const bad = (events: number, name: string) => ({
  batch: Array.from({ length: events }, (_, n) => ({
    type: "dance",
    userId: "u",
    messageId: `${name}-${n}`,
  })),
});
const rejected = async () => (await garden.api("GET", "/api/events/rejected?max=200")).body;
const countOf = async (source: number) =>
  (
    await garden.ctx.pool.query("select count(*)::int as n from rejected_events where source_id = $1", [
      source,
    ])
  ).rows[0].n;

test("of what a source sends in vain so much is kept an hour, and all is counted", async () => {
  const noisy = await garden.source("browser");
  const quiet = await garden.source("browser");
  for (let n = 0; n < 8; n++) await garden.send(noisy.writeKey, "/v1/batch", bad(120, `noisy-${n}`));
  await garden.send(quiet.writeKey, "/v1/batch", bad(2, "quiet"));
  // A hundred of each request are kept, five hundred of an hour; another source has its own.
  expect(await countOf(noisy.id)).toBe(500);
  expect(await countOf(quiet.id)).toBe(2);
  expect(await rejected()).toMatchObject({ events: 962, onlyCounted: 460 });

  const start = garden.clock.now;
  garden.clock.now = new Date(start.getTime() + 3_600_000);
  await garden.send(noisy.writeKey, "/v1/batch", bad(1, "later"));
  expect(await countOf(noisy.id)).toBe(501);
  garden.clock.now = new Date(start.getTime() + 40 * 86_400_000);
  await forgetOld(garden.ctx.pool, garden.clock.now);
  expect(await countOf(noisy.id)).toBe(0);
  expect(await rejected()).toMatchObject({ events: 0, onlyCounted: 0, items: [] });
  garden.clock.now = start;
});
