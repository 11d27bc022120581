import { expect, test } from "vitest";
import { openGarden } from "../../../test/harness.ts";

const garden = await openGarden();

test("whoever takes a consent back leaves the debugger at once, under every id of theirs, and nobody else does", async () => {
  const { writeKey } = await garden.source("server");
  const said = (granted: boolean) => ({ consent: { categoryPreferences: { personalise: granted } } });
  const say = (item: object) => garden.send(writeKey, "/v1/batch", { batch: [item] });
  // Told before anybody knew whose browser it is.
  await say({ type: "page", anonymousId: "browser-ada", messageId: "m-1" });
  await say({
    type: "identify",
    userId: "ada",
    anonymousId: "browser-ada",
    messageId: "m-2",
    context: said(true),
  });
  await say({ type: "identify", userId: "ben", messageId: "m-3", context: said(true) });
  await garden.drained();
  const shown = async () =>
    (
      await garden.ctx.pool.query<{ message_id: string }>(
        "select message_id from recent_events order by message_id",
      )
    ).rows.map((row) => row.message_id);
  expect(await shown()).toEqual(["m-1", "m-2", "m-3"]);

  await say({ type: "identify", userId: "ada", messageId: "m-5", context: said(false) });
  await garden.drained();
  expect(await shown()).toEqual(["m-3"]);

  await say({ type: "identify", userId: "ben", messageId: "m-4", context: said(false) });
  await garden.drained();
  expect(await shown()).toEqual([]);
});
