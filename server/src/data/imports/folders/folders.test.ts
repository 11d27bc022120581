import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../../test/harness.ts";
import { Staging } from "../files.ts";
import { ended } from "../testing.ts";
import { lookIntoFolders, type Seen } from "./look.ts";
import { tidyFolders } from "./tidy.ts";

const header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const csv = (number: number) => `${header}\n${number},A,Cup,1,2011-03-01 08:00,2.50,c${number},UK\n`;
const mapping = "uci-online-retail";

let garden: TestGarden;
let folder: string;
let seen: Seen;
beforeAll(async () => {
  garden = await openGarden({ currency: "GBP", timezone: "Europe/London" });
  folder = join(garden.dataDir, "drop", garden.garden.id, mapping);
});
beforeEach(() => {
  seen = new Map();
});

const look = () =>
  lookIntoFolders(garden.ctx, { jobs: garden.app.jobs, staging: new Staging(garden.dataDir) }, seen);

/** Looks until nothing waits in the folder any more, and gives what it is then. */
async function settled() {
  for (;;) {
    await look();
    const { body } = await garden.api("GET", "/api/imports/folders");
    const one = body.items.find((item: { mapping: string }) => item.mapping === mapping);
    if (one.waiting === 0) return one;
    const { body: list } = await garden.api("GET", "/api/imports");
    for (const open of list.items.filter((item: { state: string }) => /queued|running/.test(item.state)))
      await ended(garden, open.id);
  }
}

const save = (body: object) => garden.api("PUT", `/api/imports/folders/${mapping}`, body);
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

test("what the files do not say must be said for the folder", async () => {
  expect((await save({})).body.error.code).toBe("import.currency_missing");
  expect((await garden.api("PUT", "/api/imports/folders/nothing", {})).body.error.code).toBe(
    "mapping.missing",
  );
  expect((await garden.api("PUT", "/api/imports/folders/..%2Fetc", {})).status).toBe(400);
});

test("a file is taken when it is complete, imported, and put away with a report beside", async () => {
  const saved = await save({ currency: "GBP", timezone: "Europe/London" });
  expect(saved.body).toMatchObject({ path: folder, waiting: 0, last: null, nextAt: null });
  await writeFile(join(folder, "a.csv.part"), csv(1).slice(0, 40));
  await look();
  await look();
  expect(await readdir(folder)).toContain("a.csv.part");
  await writeFile(join(folder, "a.csv.part"), csv(1));
  await rename(join(folder, "a.csv.part"), join(folder, "a.csv"));
  const one = await settled();
  expect(one.last).toMatchObject({ state: "done", files: ["a.csv"], accepted: 1, rejected: 0 });
  const done = await readdir(join(folder, "done"));
  expect(done).toHaveLength(2);
  expect(
    JSON.parse(
      await readFile(join(folder, "done", done.find((name) => name.endsWith(".report.json"))!), "utf8"),
    ),
  ).toEqual(one.last);
  expect((await garden.api("GET", `/api/imports/${one.last.import}`)).body).toMatchObject({
    state: "done",
    mapping: { name: mapping },
  });
  // The same file again changes nothing.
  await writeFile(join(folder, "a.csv"), csv(1));
  expect((await settled()).last).toMatchObject({ accepted: 0, unchanged: 1 });
});

test("what was put away goes when its days are over, and nothing that is not ours", async () => {
  await save({ currency: "GBP", timezone: "Europe/London", keepDays: 7 });
  await writeFile(join(folder, "old.csv"), csv(8));
  const one = await settled();
  expect(one).toMatchObject({ keepDays: 7, last: { files: ["old.csv"] } });
  await writeFile(join(folder, "done", "notes.txt"), "my own");
  const staging = new Staging(garden.dataDir);
  const put = async () => (await readdir(join(folder, "done"))).filter((name) => name.includes("old.csv"));
  const in6 = { ...garden.ctx, now: () => new Date(Date.now() + 6 * 86_400_000) };
  expect(await tidyFolders(in6, staging)).toBe(0);
  expect(await put()).toHaveLength(2);
  const in8 = { ...garden.ctx, now: () => new Date(Date.now() + 8 * 86_400_000) };
  expect(await tidyFolders(in8, staging)).toBeGreaterThanOrEqual(2);
  expect(await readdir(join(folder, "done"))).toEqual(["notes.txt"]);
  expect((await save({ currency: "GBP", timezone: "Europe/London", keepDays: 0 })).status).toBe(400);
  await rm(join(folder, "done", "notes.txt"));
  await save({ currency: "GBP", timezone: "Europe/London" });
});

test("a file that cannot be read goes to the failed ones, and says why", async () => {
  await writeFile(join(folder, "book.csv"), "PK\u0003\u0004 [Content_Types].xml");
  const one = await settled();
  expect(one.last).toMatchObject({ state: "failed", code: "file.excel", files: ["book.csv"] });
  const failed = await readdir(join(folder, "failed"));
  expect(failed.filter((name) => name.includes("book.csv"))).toHaveLength(2);
});

test("links are never followed, neither in place of a file nor in place of the folder", async () => {
  const secret = join(garden.dataDir, "secret.csv");
  await writeFile(secret, csv(99));
  await symlink(secret, join(folder, "link.csv"));
  await look();
  const { body } = await garden.api("GET", "/api/imports/folders");
  expect(body.items[0].last).toMatchObject({ state: "failed", code: "folder.not_a_file" });
  expect(await exists(join(folder, "link.csv"))).toBe(false);
  const outside = join(garden.dataDir, "outside");
  await mkdir(outside);
  await writeFile(join(outside, "x.csv"), csv(98));
  const kept = `${folder}-kept`;
  await rename(folder, kept);
  await symlink(outside, folder);
  await look();
  await look();
  expect(await readdir(outside)).toEqual(["x.csv"]);
  expect((await save({ currency: "GBP", timezone: "Europe/London" })).body.error.code).toBe(
    "folder.elsewhere",
  );
  await rm(folder);
  await rename(kept, folder);
});

test("once a day, at a time of the garden's zone, files are taken together", async () => {
  garden.clock.now = new Date("2026-07-01T06:00:00Z");
  const saved = await save({ currency: "GBP", timezone: "Europe/London", dailyAt: "23:30" });
  // Half past eleven in the summer of London.
  expect(saved.body.nextAt).toBe("2026-07-01T22:30:00.000Z");
  await garden.ctx.pool.query("update import_folders set ran_at = $1", [garden.clock.now]);
  await writeFile(join(folder, "night.csv"), csv(5));
  await look();
  await look();
  expect(await readdir(folder)).toContain("night.csv");
  garden.clock.now = new Date("2026-07-01T22:31:00Z");
  const one = await settled();
  expect(one.last).toMatchObject({ state: "done", files: ["night.csv"], accepted: 1 });
  expect(one.nextAt).toBe("2026-07-02T22:30:00.000Z");
  await writeFile(join(folder, "later.csv"), csv(6));
  await look();
  await look();
  expect(await readdir(folder)).toContain("later.csv");
  await garden.api("DELETE", `/api/imports/folders/${mapping}`);
  expect((await garden.api("GET", "/api/imports/folders")).body.items).toEqual([]);
  expect((await garden.api("DELETE", `/api/imports/folders/${mapping}`)).body.error.code).toBe(
    "folder.missing",
  );
});

test("links, pipes, sockets and names that lead elsewhere are never read, and hold up no file beside them", async () => {
  await save({ currency: "GBP", timezone: "Europe/London" });
  await symlink("/etc/passwd", join(folder, "link.csv"));
  await symlink("/dev/zero", join(folder, "endless.csv"));
  await symlink(join(folder, "nothing"), join(folder, "broken.csv"));
  execFileSync("mkfifo", [join(folder, "pipe.csv")]);
  await mkdir(join(folder, "folder.csv"));
  const server = createServer().listen(join(folder, "socket.csv"));
  await once(server, "listening");
  const longest = `${"ü".repeat(100)}${"x".repeat(30)}.csv`;
  await writeFile(join(folder, longest), csv(900));
  await writeFile(join(folder, "a\nb'\\.csv"), csv(901));
  const one = await settled();
  const { body } = await garden.api("GET", "/api/imports");
  const names = body.items.flatMap((item: { files: { name: string }[] }) =>
    item.files.map((file) => file.name),
  );
  expect(names).toEqual(expect.arrayContaining([longest]));
  for (const odd of ["link.csv", "endless.csv", "broken.csv", "pipe.csv", "folder.csv", "socket.csv"])
    expect(names).not.toContain(odd);
  expect(one.waiting).toBe(0);
  // They are put away as they are, unread, with a report beside.
  const failed = await readdir(join(folder, "failed"));
  for (const odd of ["link.csv", "endless.csv", "broken.csv", "pipe.csv", "folder.csv", "socket.csv"])
    expect(failed.filter((name) => name.includes(`-${odd}`)).length, odd).toBeGreaterThan(0);
  server.close();
});

test("a link in place of the folder for what is done or failed leads nobody's files elsewhere", async () => {
  await save({ currency: "GBP", timezone: "Europe/London" });
  for (const part of ["failed", "done"]) {
    const outside = join(garden.dataDir, `outside-${part}`);
    await mkdir(outside);
    const kept = join(garden.dataDir, `kept-${part}`);
    await rename(join(folder, part), kept);
    await symlink(outside, join(folder, part));
    await writeFile(join(folder, "bad.csv"), "PK\u0003\u0004 [Content_Types].xml");
    await writeFile(join(folder, "good.csv"), csv(902));
    for (let looks = 0; looks < 4; looks++) await look();
    expect(await readdir(outside), part).toEqual([]);
    expect(await readdir(folder), part).toEqual(expect.arrayContaining(["bad.csv", "good.csv"]));
    await rm(join(folder, part));
    await rename(kept, join(folder, part));
    await rm(join(folder, "bad.csv"));
    await rm(join(folder, "good.csv"));
  }
});
