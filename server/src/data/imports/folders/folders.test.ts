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

const said = { currency: "GBP", timezone: "Europe/London" };
/** Moves the garden's clock. */
const at = (time: string) => {
  garden.clock.now = new Date(time);
};

test("once a day, at a time of the garden's zone, files are taken together", async () => {
  at("2026-07-01T06:00:00Z");
  const saved = await save({ ...said, timetable: { every: "day", at: "23:30" } });
  expect(saved.body.timetable).toEqual({ every: "day", at: "23:30" });
  // Half past eleven in the summer of London.
  expect(saved.body.nextAt).toBe("2026-07-01T22:30:00.000Z");
  await writeFile(join(folder, "night.csv"), csv(5));
  await look();
  await look();
  expect(await readdir(folder)).toContain("night.csv");
  at("2026-07-01T22:31:00Z");
  const one = await settled();
  expect(one.last).toMatchObject({ state: "done", files: ["night.csv"], accepted: 1 });
  expect(one.nextAt).toBe("2026-07-02T22:30:00.000Z");
  expect(one.look).toMatchObject({ askedBy: null, files: 1, running: 0, accepted: 1, fault: null });
  await writeFile(join(folder, "later.csv"), csv(6));
  await look();
  await look();
  expect(await readdir(folder)).toContain("later.csv");
});

test("on a day of the week, also when clocks are changed, and a turn that was missed is made up for", async () => {
  // A Wednesday. On Sunday the clocks of London go back.
  at("2026-10-21T12:00:00Z");
  const sundays = { ...said, timetable: { every: "week", weekday: 7, at: "06:00" } };
  expect((await save(sundays)).body.nextAt).toBe("2026-10-25T06:00:00.000Z");
  await rm(join(folder, "later.csv"), { force: true });
  await writeFile(join(folder, "week.csv"), csv(20));
  for (const day of ["22", "24", "25T05:59:00Z"]) {
    at(day.length > 2 ? `2026-10-${day}` : `2026-10-${day}T06:30:00Z`);
    await look();
    await look();
    expect(await readdir(folder), day).toContain("week.csv");
  }
  // Nothing ran on Sunday: it is made up for on Tuesday, and the next turn is Sunday again.
  at("2026-10-27T09:00:00Z");
  const one = await settled();
  expect(one).toMatchObject({ nextAt: "2026-11-01T06:00:00.000Z", look: { files: 1, accepted: 1 } });
  await writeFile(join(folder, "week.csv"), csv(21));
  await look();
  await look();
  expect(await readdir(folder)).toContain("week.csv");
  expect((await save({ ...sundays, timetable: { every: "week", weekday: 8, at: "06:00" } })).status).toBe(
    400,
  );
  expect((await save({ ...sundays, timetable: { every: "week", at: "06:00" } })).status).toBe(400);
  expect((await save({ ...sundays, timetable: { every: "day", at: "6 Uhr" } })).status).toBe(400);
});

test("a new timetable begins from now: a turn before it is not made up for", async () => {
  at("2026-10-28T12:00:00Z");
  await save({ ...said, timetable: { every: "day", at: "11:00" } });
  await look();
  await look();
  expect(await readdir(folder)).toContain("week.csv");
  // What else is changed leaves the turn as it is.
  at("2026-10-29T11:30:00Z");
  await save({ ...said, timetable: { every: "day", at: "11:00" }, keepDays: 9 });
  expect((await settled()).look).toMatchObject({ at: "2026-10-29T11:30:00.000Z", files: 1 });
});

test("somebody has a folder looked into now, and the timetable goes on", async () => {
  const lookNow = (name = mapping) => garden.api("POST", `/api/imports/folders/${name}/look`);
  expect((await lookNow("nothing")).body.error.code).toBe("folder.missing");
  await writeFile(join(folder, "now.csv"), csv(22));
  await look();
  await look();
  expect(await readdir(folder)).toContain("now.csv");
  expect((await lookNow()).body).toMatchObject({ asked: true, nextAt: "2026-10-30T11:00:00.000Z" });
  const one = await settled();
  expect(one).toMatchObject({ asked: false, nextAt: "2026-10-30T11:00:00.000Z" });
  expect(one.look).toMatchObject({ files: 1, accepted: 1, fault: null });
  expect(one.look.askedBy).toBeTruthy();
  // A look that finds nothing says so.
  at("2026-10-29T13:00:00Z");
  await lookNow();
  await look();
  const empty = await settled();
  expect(empty.look).toMatchObject({ at: "2026-10-29T13:00:00.000Z", files: 0, fault: null });
});

test("a look tells what it could not do, and holds up no folder beside", async () => {
  const { rows } = await garden.ctx.pool.query("select mapping_name from import_folders");
  expect(rows).toEqual([{ mapping_name: mapping }]);
  await garden.api("PUT", "/api/imports/folders/shopify-orders", said);
  await rm(join(garden.dataDir, "drop", garden.garden.id, "shopify-orders"), { recursive: true });
  await garden.api("POST", "/api/imports/folders/shopify-orders/look");
  await garden.api("POST", `/api/imports/folders/${mapping}/look`);
  await writeFile(join(folder, "bad.csv"), "PK\u0003\u0004 [Content_Types].xml");
  await writeFile(join(folder, "good.csv"), csv(23));
  const one = await settled();
  expect(one.look).toMatchObject({ files: 2, accepted: 1, fault: { code: "file.excel" } });
  const { body } = await garden.api("GET", "/api/imports/folders");
  expect(
    body.items.find((item: { mapping: string }) => item.mapping === "shopify-orders").look,
  ).toMatchObject({
    files: 0,
    fault: { code: "folder.gone" },
  });
  await garden.api("DELETE", "/api/imports/folders/shopify-orders");
});

test("two processes that look at once tell of the look once, with its files", async () => {
  at("2026-10-31T12:00:00Z");
  await writeFile(join(folder, "one.csv"), csv(24));
  await writeFile(join(folder, "two.csv"), csv(25));
  const other: Seen = new Map();
  const around = { jobs: garden.app.jobs, staging: new Staging(garden.dataDir) };
  for (let looks = 0; looks < 3; looks++)
    await Promise.all([look(), lookIntoFolders(garden.ctx, around, other)]);
  expect((await settled()).look).toMatchObject({ files: 2, accepted: 2 });
});

test("a set that lacks a file waits, is told of once, and is not copied again and again", async () => {
  await garden.api("PUT", "/api/imports/folders/olist", { ...said, currency: "BRL" });
  const place = join(garden.dataDir, "drop", garden.garden.id, "olist");
  await writeFile(
    join(place, "olist_orders_dataset.csv"),
    "order_id,customer_id,order_status,order_purchase_timestamp\no1,c1,delivered,2018-01-01 10:00:00\n",
  );
  const staged = async () =>
    Number((await garden.ctx.pool.query("select count(*) as n from import_files")).rows[0].n);
  const before = await staged();
  for (let looks = 0; looks < 4; looks++) await look();
  expect(await staged()).toBe(before);
  const { body } = await garden.api("GET", "/api/imports/folders");
  expect(body.items.find((item: { mapping: string }) => item.mapping === "olist")).toMatchObject({
    waiting: 1,
    look: { files: 0, fault: { code: "import.file_missing" } },
  });
  await garden.api("DELETE", "/api/imports/folders/olist");
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

test("nobody watches a folder any more, and what lies in it stays", async () => {
  await writeFile(join(folder, "left.csv"), csv(903));
  await garden.api("DELETE", `/api/imports/folders/${mapping}`);
  expect((await garden.api("GET", "/api/imports/folders")).body.items).toEqual([]);
  expect(await readdir(folder)).toContain("left.csv");
  expect((await garden.api("DELETE", `/api/imports/folders/${mapping}`)).body.error.code).toBe(
    "folder.missing",
  );
});
