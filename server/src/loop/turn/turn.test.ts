import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import type { Turn } from "./turn.ts";

const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day).toISOString();

let garden: TestGarden;
let server: string;
let browser: string;

beforeAll(async () => {
  garden = await openGarden();
  const stated = { measure: "contract", personalise: "legitimate_interest" } as const;
  server = (await garden.source("server", { statedBasis: stated })).writeKey;
  browser = (await garden.source("browser")).writeKey;
});

type Turning = Extract<Turn, { state: "turning" }>;
async function loop(days = 28): Promise<Turning> {
  const { status, body } = await garden.api("GET", `/api/loop?days=${days}`);
  expect(status).toBe(200);
  expect(body.state).toBe("turning");
  return body;
}
const station = (turn: Turning, name: string) => turn.stations.find((one) => one.station === name)!;
const passage = (turn: Turning, after: string) => turn.passages.find((one) => one.after === after)!;

/** Customers behind a number, as the list opens them. */
async function behind(filter: { filter: string; value: string } | null): Promise<number> {
  const { status, body } = await garden.api(
    "GET",
    `/api/customers?filter=${filter!.filter}&value=${encodeURIComponent(filter!.value)}`,
  );
  expect(status).toBe(200);
  return body.total;
}

const order = (userId: string, daysAgo: number, products: string[]) => ({
  type: "track",
  event: "Order Completed",
  messageId: `${userId}-${daysAgo}`,
  userId,
  timestamp: ago(daysAgo),
  properties: {
    order_id: `${userId}-${daysAgo}`,
    channel: "shop",
    currency: "EUR",
    revenue: 20,
    products: products.map((id) => ({ product_id: id, name: id, price: 10, quantity: 1 })),
  },
});
async function send(key: string, batch: object[]) {
  expect((await garden.send(key, "/v1/batch", { batch })).status).toBe(200);
  await garden.drained();
}
async function insight() {
  const { status, body } = await garden.api("POST", "/api/insight/runs", {});
  expect([status, body]).toMatchObject([202, { started: true }]);
  expect(await garden.app.jobs.ended(body.jobId)).toMatchObject({ state: "done" });
  await garden.drained();
}

test("before anything happened the loop is empty", async () => {
  expect((await garden.api("GET", "/api/loop")).body).toEqual({ state: "empty" });
  expect((await garden.api("GET", "/api/loop", undefined, "nobody")).status).toBe(401);
});

test("an old history is shown as of its last days, with no decision and no invented number", async () => {
  await send(
    server,
    Array.from({ length: 40 }, (_, n) => order(`old${n}`, 400 + (n % 20), ["tea", n % 2 ? "cup" : "pot"])),
  );
  const turn = await loop();
  expect(turn.anchor).toBe("newest");
  expect(station(turn, "experience")).toMatchObject({ value: 40, of: 40, previous: null });
  expect(station(turn, "experience").days).toHaveLength(28);
  expect(station(turn, "experience").days.reduce((sum, n) => sum + n, 0)).toBe(40);
  expect(station(turn, "insight")).toMatchObject({ value: null, missing: "no_insight" });
  expect(station(turn, "offer")).toMatchObject({ value: null, missing: "no_decision" });
  expect(passage(turn, "data")).toMatchObject({ share: null, missing: "no_insight" });
  expect(turn).toMatchObject({
    turn: null,
    effect: { state: "no_decision" },
    nps: { answers: 0, estimate: null },
  });
});

test("each station counts what it kept, and every number opens its customers", async () => {
  await send(
    server,
    Array.from({ length: 60 }, (_, n) => order(`u${n}`, 1 + (n % 10), ["tea", n % 2 ? "cup" : "pot"])),
  );
  // Twenty visitors said nothing about consent: their events stop at the pipeline, and are counted.
  await send(
    browser,
    Array.from({ length: 20 }, (_, n) => ({ type: "page", messageId: `p${n}`, anonymousId: `a${n}` })),
  );
  const before = await loop();
  expect(before.anchor).toBe("now");
  expect(station(before, "experience")).toMatchObject({ value: 60, of: 60 });
  expect(await behind(station(before, "experience").customersFilter)).toBe(60);
  expect(station(before, "data")).toMatchObject({
    value: 0.75,
    note: { code: "stopped", events: 20, share: 0.25 },
  });
  expect(passage(before, "experience")).toMatchObject({ share: 0.75, base: 80, passed: 60 });
  expect(passage(before, "experience").days!.value).toBeGreaterThan(0.9);

  await insight();
  const after = await loop();
  expect(station(after, "insight").value).toBeGreaterThanOrEqual(100);
  expect(await behind(station(after, "insight").customersFilter)).toBe(station(after, "insight").value);
  expect(passage(after, "data")).toMatchObject({ share: 1, base: 60, passed: 60 });
  // Everything is known about sixty customers, and nobody was offered anything: there it is stuck.
  expect(passage(after, "insight")).toMatchObject({ share: 0, base: 60, passed: 0 });
  expect(after.stuckAfter).toBe("insight");
  expect(await behind(passage(after, "insight").waitingFilter)).toBe(60);
  expect(await behind(station(after, "experience").ofFilter)).toBe(station(after, "experience").of);
  expect(await behind(passage(after, "experience").passedFilter)).toBe(60);
  expect(await behind(passage(after, "data").passedFilter)).toBe(passage(after, "data").passed);
  expect(await behind(passage(after, "insight").passedFilter)).toBe(0);
  const known = station(after, "insight");
  expect(known.note).toMatchObject({ code: "known_share" });
  expect(await behind(known.noteFilter)).toBe((known.note as { boughtOnce: number }).boughtOnce);
});

test("offers decided, shown and accepted turn the loop", async () => {
  const decisions: string[] = [];
  let held = 0;
  for (let n = 0; n < 60; n++) {
    const { body } = await garden.api("POST", "/v1/decide", { userId: `u${n}` });
    if (body.decision) decisions.push(body.decision.id);
    else if (body.reason === "holdout") held++;
  }
  expect(decisions.length + held).toBe(60);
  for (const [at, decisionId] of decisions.entries()) {
    if (at < 20) await garden.api("POST", "/v1/decide/shown", { decisionId });
    if (at < 5) await garden.api("POST", "/v1/decide/accepted", { decisionId });
  }
  await garden.drained();
  const turn = await loop();
  expect(station(turn, "offer")).toMatchObject({
    value: 5,
    of: decisions.length,
    note: { code: "held_back", customers: held },
  });
  expect(station(turn, "offer").days.at(-1)).toBe(5);
  expect(await behind(station(turn, "offer").customersFilter)).toBe(5);
  expect(await behind(station(turn, "offer").ofFilter)).toBe(decisions.length);
  expect(await behind(station(turn, "offer").noteFilter)).toBe(held);
  expect(passage(turn, "insight")).toMatchObject({ share: 1, passed: 60 });
  expect(await behind(passage(turn, "insight").passedFilter)).toBe(60);
  expect(await behind(passage(turn, "offer").passedFilter)).toBe(20);
  expect(passage(turn, "offer")).toMatchObject({ base: decisions.length, passed: 20 });
  expect(await behind(passage(turn, "offer").waitingFilter)).toBe(decisions.length - 20);
  expect(turn.stuckAfter).toBe("offer");
  expect(turn.turn!.low).toBeLessThanOrEqual(turn.turn!.value);
  expect(turn.effect).toMatchObject({
    state: "too_early",
    treated: { customers: decisions.length },
    holdout: { customers: held },
  });
  expect(await behind({ filter: "holdout_arm", value: "holdout" })).toBe(held);
  expect(await behind({ filter: "holdout_arm", value: "treated" })).toBe(decisions.length);
});
