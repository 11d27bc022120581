import { Writable } from "node:stream";
import pg from "pg";
import { pino } from "pino";
import { expect, test } from "vitest";
import { isAway } from "./away.ts";
import { openHttp } from "./http/index.ts";

const failed = (more: object, message = "it failed") => Object.assign(new Error(message), more);

test("a database that ends, starts, or cannot be reached is away; a statement that is wrong is not", async () => {
  for (const code of ["57P01", "57P02", "57P03", "53300", "08006", "08P01"])
    expect(isAway(failed({ code })), code).toBe(true);
  expect(isAway(failed({ code: "ENOENT", syscall: "connect" }))).toBe(true);
  expect(isAway(failed({ code: "ECONNRESET", syscall: "read" }))).toBe(true);
  expect(isAway(new AggregateError([failed({})], "several addresses"))).toBe(false);
  expect(isAway(Object.assign(new AggregateError([failed({})]), { code: "ECONNREFUSED" }))).toBe(true);
  expect(isAway(failed({}, "Connection terminated unexpectedly"))).toBe(true);
  expect(isAway(new Error("the work broke", { cause: failed({ code: "57P01" }) }))).toBe(true);
  for (const other of [
    failed({ code: "42601" }),
    failed({ code: "23505" }),
    failed({ code: "57014" }),
    failed({ code: "ENOENT", syscall: "open" }),
    failed({}, "The customer's words: Connection terminated"),
    undefined,
    null,
    "Connection terminated",
  ])
    expect(isAway(other)).toBe(false);
  const client = new pg.Client({ host: "/nowhere", user: "a", database: "b" });
  const error: unknown = await client.connect().catch((reason: unknown) => reason);
  expect(isAway(error)).toBe(true);
});

test("whoever asks while it is away is asked to come again, and no bug is logged", async () => {
  const log: { level: number; msg: string }[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const http = await openHttp({ log: pino(sink), trustProxy: false });
  http.get("/away", async () => {
    throw failed({ code: "57P03" }, "the database system is starting up");
  });
  const answer = await http.inject("/away");
  expect({
    status: answer.statusCode,
    code: answer.json().error.code,
    after: answer.headers["retry-after"],
  }).toEqual({
    ...{ status: 503, code: "database.away", after: "5" },
  });
  expect(answer.json().error.message).toContain("again");
  expect(log).toMatchObject([{ level: 40, msg: "a database is away" }]);
  await http.close();
});
