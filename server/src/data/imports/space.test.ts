import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { parseId } from "../../platform/ids.ts";
import { Staging } from "./files.ts";
import { isNoSpace, writeParts } from "./space.ts";
import { ended, sendFile } from "./testing.ts";

const header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const good = "1,A,Cup,1,2011-01-01 10:00:00,2.00,7,UK";
const ask = { mapping: "uci-online-retail", currency: "GBP", timezone: "Europe/London" };

test("a file that cannot be written is an error of the writing, and known as a full disk where it is one", async () => {
  async function* parts() {
    yield Buffer.from("text");
  }
  const folder = await mkdtemp(join(tmpdir(), "rondell-space-"));
  const failure = await writeParts(folder, parts()).catch((error: Error) => error);
  expect(failure).toMatchObject({ code: "EISDIR" });
  expect(isNoSpace(failure)).toBe(false);
  expect(isNoSpace(new Error("outer", { cause: Object.assign(new Error(), { code: "ENOSPC" }) }))).toBe(true);
  expect(isNoSpace(Object.assign(new Error("could not extend file"), { code: "53100" }))).toBe(true);
  await rm(folder, { recursive: true });
});

/** Linux has a file that is always full. */
const full = "/dev/full";
if (!existsSync(full)) console.warn(`Skipped: a full disk, as there is no ${full} here.`);

describe.skipIf(!existsSync(full))("on a full disk", () => {
  let garden: TestGarden;
  let staging: Staging;
  beforeAll(async () => {
    garden = await openGarden({ currency: "GBP", timezone: "Europe/London" });
    staging = new Staging(garden.dataDir);
    await mkdir(staging.folder("test"), { recursive: true });
  });

  /** Starts an import of lines whose number is known before; `fill` makes a file of it one that is full. */
  async function onFull(lines: string[], fill: (fileId: string, importId: number) => string) {
    const fileId = await sendFile(garden, "orders.csv", [header, ...lines, ""].join("\n"));
    const { rows } = await garden.ctx.pool.query("select coalesce(max(id), 0)::int + 1 as next from imports");
    await symlink(full, fill(fileId, rows[0].next));
    const started = await garden.api("POST", "/api/imports", { ...ask, files: [fileId] });
    expect(started.status).toBe(202);
    return ended(garden, started.body.id);
  }

  test.each([
    [
      "the list of rejected lines",
      [good, "2,A,Cup,many,2011-01-01 10:00:00,2.00,7,UK"],
      (_file: string, id: number) => staging.rejectedPath("test", id),
    ],
    [
      "the copy without broken lines",
      [good, '3,A,"Cup,1,2011-01-01 10:00:00,2.00,7,UK'],
      (file: string) => `${staging.path("test", file)}.sound.csv`,
    ],
  ])("%s ends the import with what to do, and it can be started again", async (_what, lines, fill) => {
    const failed = await onFull(lines, fill);
    expect(failed).toMatchObject({ state: "failed", error: { code: "file.no_space" } });
    // The process lives, and nothing of this import is seen.
    const [seen] = await garden.ctx.events.query(
      z.object({ n: z.number() }),
      { id: parseId("import", failed.id)! },
      "select count() as n from events_stored where import_id = {id:UInt32}",
    );
    expect(seen).toEqual({ n: 0 });
    const resumed = await garden.api("POST", `/api/imports/${failed.id}/resume`);
    expect(resumed.status, JSON.stringify(resumed.body)).toBe(202);
    const done = await ended(garden, failed.id);
    expect(done).toMatchObject({ state: "done", error: null, result: { read: 2, rejected: 1 } });
    expect(done.result.accepted + done.result.unchanged).toBe(1);
    const again = await garden.api("POST", `/api/imports/${failed.id}/resume`);
    expect(again).toMatchObject({ status: 409, body: { error: { code: "import.not_failed" } } });
    const list = await garden.api("GET", `/api/imports/${failed.id}/rejected.csv`);
    expect(list.body).toMatch(/quantity_not_number|broken_quote/);
  });
});
