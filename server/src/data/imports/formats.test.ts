import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { importFiles, sendFile } from "./testing.ts";

let garden: TestGarden;
let number = 0;
beforeAll(async () => {
  garden = await openGarden({ currency: "EUR", timezone: "Europe/Berlin" });
});

async function imported(name: string, body: Buffer | string) {
  const source = `format-${++number}`;
  const file = await sendFile(garden, name, body);
  const one = await importFiles(garden, {
    mapping: {
      title: "",
      source,
      files: { events: { name: "event", happenedAt: "at", customer: "user" } },
      rules: {},
    },
    files: [file],
    timezone: "Europe/Berlin",
  });
  const events = await garden.ctx.events.query(
    z.object({ name: z.string(), at: z.string(), properties: z.string() }),
    { like: `event:${source}:%` },
    "select name, toString(happened_at) as at, toString(properties) as properties from events where record_key like {like:String} order by at",
  );
  return { one, events: events.map((event) => [event.name, event.at, JSON.parse(event.properties)]) };
}

/** A frame of zstd whose blocks are made by hand: raw ones, or one byte many times. */
function zstd(blocks: { raw?: string; byte?: string; times?: number }[]): Buffer {
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58])];
  for (const [at, { raw, byte, times = 0 }] of blocks.entries()) {
    const content = Buffer.from(raw ?? byte!);
    const size = raw === undefined ? times : content.length;
    const header = Buffer.alloc(3);
    header.writeUIntLE((size << 3) | (raw === undefined ? 2 : 0) | (at === blocks.length - 1 ? 1 : 0), 0, 3);
    parts.push(header, content);
  }
  return Buffer.concat(parts);
}

const csv = "event,at,user,page\nSeen,2026-03-01 10:00,u1,home\nLeft,2026-03-01 11:00,u1,shop\n";
const expected = [
  ["Seen", "2026-03-01 09:00:00.000", { page: "home" }],
  ["Left", "2026-03-01 10:00:00.000", { page: "shop" }],
];

describe("whatever its name, a file is read by its content", () => {
  test("CSV, TSV and JSON lines, plain, as gzip and as zstd", async () => {
    const json = ["Seen,2026-03-01 10:00,home", "Left,2026-03-01 11:00,shop"]
      .map((line) => line.split(","))
      .map(([event, at, page]) => JSON.stringify({ event, at, user: "u1", page }))
      .join("\n");
    const forms: [string, Buffer | string][] = [
      ["a.csv", csv],
      ["b.txt", csv.replaceAll(",", "\t")],
      ["c.csv", json],
      ["d.json", gzipSync(csv)],
      ["e.csv", gzipSync(json)],
      ["f.csv", zstd([{ raw: csv.slice(0, 30) }, { raw: csv.slice(30) }])],
      ["g.jsonl.zst", zstd([{ raw: json }])],
    ];
    for (const [name, body] of forms) expect((await imported(name, body)).events, name).toEqual(expected);
  });

  test("Parquet, with instants, numbers, lists and gaps", async () => {
    const path = join(garden.dataDir, "made.parquet");
    await garden.ctx.events.command(
      `select * from values('event String, at DateTime64(6, \\'UTC\\'), user Nullable(UInt32), price Decimal(9, 2), tags Array(String), note Nullable(String)',
        ('Seen', '2026-03-01 09:00:00.123456', 17, '19.90', ['a', 'b'], null), ('Left', '2026-03-01 10:00:00', null, 1, [], 'it''s'))
        into outfile '${path}' format Parquet`,
    );
    const { one, events } = await imported("export.csv", await readFile(path));
    expect(one.result).toMatchObject({ read: 2, accepted: 2, customers: 1, linesWithoutCustomer: 1 });
    expect(events).toEqual([
      ["Seen", "2026-03-01 09:00:00.123", { price: 19.9, tags: ["a", "b"] }],
      ["Left", "2026-03-01 10:00:00.000", { price: 1, note: "it's", tags: [] }],
    ]);
    const preview = await garden.api("POST", "/api/imports/preview", {
      files: [await sendFile(garden, "export.parquet", await readFile(path))],
    });
    expect(preview.body.files[0]).toMatchObject({ format: "parquet", problem: null });
    expect(preview.body.files[0].rows[0]).toEqual([
      "Seen",
      "2026-03-01 09:00:00.123456Z",
      "17",
      "19.9",
      '["a","b"]',
      "",
    ]);
    // The end is sound, and the rows are not.
    const damaged = Buffer.from(await readFile(path));
    damaged.fill(0xff, 8, Math.floor(damaged.length / 3));
    const harmed = await sendFile(garden, "harmed.parquet", damaged);
    const looked = await garden.api("POST", "/api/imports/preview", { files: [harmed] });
    expect(looked.body.files[0].problem.code).toBe("file.parquet_broken");
    const cut = await sendFile(garden, "cut.parquet", (await readFile(path)).subarray(0, 300));
    const broken = await garden.api("POST", "/api/imports/preview", { files: [cut] });
    expect(broken.body.files[0].problem.code).toBe("file.parquet_broken");
  });

  test("keys of JSON that the first lines do not show are kept, and tell nothing of who somebody is", async () => {
    const long = Array.from({ length: 3000 }, (_, at) =>
      JSON.stringify({ event: "Seen", at: "2026-03-01T10:00:00Z", user: `u${at}`, text: "x".repeat(90) }),
    );
    const last = {
      event: "Odd",
      at: "2026-03-02T10:00:00Z",
      user: "u1",
      late: { deep: [1] },
      email: "a@b.example",
      name2: "c@d.example",
    };
    const { events } = await imported("long.jsonl", [...long, JSON.stringify(last)].join("\n"));
    expect(events).toHaveLength(3001);
    expect(events.at(-1)).toEqual(["Odd", "2026-03-02 10:00:00.000", { late: { deep: [1] } }]);
  });

  test.each([
    [
      "file.excel",
      Buffer.concat([
        Buffer.from("PK\u0003\u0004"),
        Buffer.from("....[Content_Types].xml....xl/workbook.xml"),
      ]),
    ],
    ["file.excel", Buffer.from("d0cf11e0a1b11ae1", "hex")],
    ["file.zip", Buffer.from("PK\u0003\u0004....orders.csv....")],
    ["file.pdf", Buffer.from("%PDF-1.7 …")],
    ["file.markup", Buffer.from("<!DOCTYPE html><p>Sign in")],
    ["file.packed_twice", gzipSync(gzipSync(csv))],
    ["file.packing_unknown", Buffer.from("fd377a585a000004", "hex")],
    ["file.json_document", Buffer.from('{"orders": [\n  {"id": 1}\n]}')],
    ["file.json_document", Buffer.from('[{"id": 1}, {"id": 2}]')],
  ])("%s is told with what to do, though it is named a CSV", async (code, body) => {
    const fileId = await sendFile(garden, "orders.csv", body);
    const { body: seen } = await garden.api("POST", "/api/imports/preview", { files: [fileId] });
    expect(seen.files[0].problem).toMatchObject({ code, message: expect.stringContaining("orders.csv") });
  });

  test("a file that unpacks to far more than any table is refused before it fills the disk", async () => {
    const bomb = zstd(Array.from({ length: 2000 }, () => ({ byte: "a", times: 100_000 })));
    expect(bomb.length).toBeLessThan(10_000);
    await expect(sendFile(garden, "orders.csv", bomb)).rejects.toThrow("file.bomb");
    await expect(sendFile(garden, "orders.csv.gz", gzipSync(Buffer.alloc(200_000_000)))).rejects.toThrow(
      "file.bomb",
    );
    await expect(sendFile(garden, "orders.csv", zstd([{ raw: csv }]).subarray(0, 40))).rejects.toThrow(
      "file.zstd_broken",
    );
  });
});
