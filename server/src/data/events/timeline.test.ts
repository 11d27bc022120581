import { expect, test } from "vitest";
import { openGarden } from "../../../test/harness.ts";

const garden = await openGarden();

test("pages of a timeline show each event once, also where many happened at the same instant", async () => {
  const { writeKey } = await garden.source("server");
  const instants = ["2026-05-14T09:30:00.123Z", "2026-05-14T09:30:00.124Z"];
  const batch = Array.from({ length: 23 }, (_, n) => ({
    type: "track",
    userId: "busy",
    event: `Event ${n}`,
    timestamp: instants[n < 17 ? 0 : 1],
  }));
  expect((await garden.send(writeKey, "/v1/batch", { batch })).status).toBe(200);
  await garden.drained();
  const [customer] = (await garden.api("GET", "/api/customers?search=busy")).body.items;
  const url = `/api/customers/${customer.id}/timeline`;
  const seen: { name: string; happenedAt: string }[] = [];
  let before = "";
  do {
    const { status, body } = await garden.api(
      "GET",
      `${url}?max=5${before && `&before=${encodeURIComponent(before)}`}`,
    );
    expect(status).toBe(200);
    seen.push(...body.items);
    before = body.nextBefore ?? "";
  } while (before && seen.length < 100);
  expect(seen.map((one) => one.name).sort()).toEqual(batch.map((one) => one.event).sort());
  const times = seen.map((one) => one.happenedAt);
  expect(times).toEqual([...times].sort().reverse());

  // An instant alone still means: everything before it.
  const earlier = await garden.api("GET", `${url}?max=200&before=${instants[1]}`);
  expect(earlier.body.items).toHaveLength(17);
  for (const bad of [
    "yesterday",
    `${instants[0]}_`,
    "2026-99-99T00:00:00Z",
    `${instants[0]}_${"-".repeat(36)}`,
  ])
    expect((await garden.api("GET", `${url}?before=${encodeURIComponent(bad)}`)).body.error.code).toBe(
      "timeline.bad_place",
    );
});
