import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { beginRun, findCurrentRun, makeCurrent } from "./runs.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

const finish = (run: { id: number }) =>
  garden.ctx.inTransaction((tx) => makeCurrent(tx, garden.ctx, run.id, {}));

test("runs that end at the same time leave the newest one shown, in whatever order", async () => {
  const { ctx } = garden;
  for (let round = 0; round < 5; round++) {
    const runs = [await beginRun(ctx), await beginRun(ctx), await beginRun(ctx)];
    await Promise.all(runs.map(finish));
    expect((await findCurrentRun(ctx.pool))?.id).toBe(runs[2]!.id);
  }
  const [slow, quick] = [await beginRun(ctx), await beginRun(ctx)];
  await finish(quick);
  await finish(slow);
  expect((await findCurrentRun(ctx.pool))?.id).toBe(quick.id);
});
