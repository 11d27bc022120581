import { Writable } from "node:stream";
import { hashPassword } from "better-auth/crypto";
import { pino } from "pino";
import { afterEach, expect, test, vi } from "vitest";
import { openGarden } from "../../../test/harness.ts";
import { insertOperator } from "./store.ts";

const written: { level: number; auth?: string; status?: number }[] = [];
const log = pino(
  { level: "warn" },
  new Writable({
    write(line, _encoding, done) {
      written.push(JSON.parse(String(line)));
      done();
    },
  }),
);
const garden = await openGarden({}, {}, { log });
afterEach(() => vi.restoreAllMocks());

const [email, password] = ["owner@example.com", "correct horse battery"];
const signIn = (headers: Record<string, string>, given = "a-long-password") =>
  garden.app.http.inject({
    method: "POST",
    url: "/api/auth/sign-in/email",
    headers: { host: "127.0.0.1:4300", ...headers },
    payload: { email, password: given },
  });

test("what is refused at the sign-in is a warning of the log, and nothing is written past it", async () => {
  const past = [vi.spyOn(console, "error"), vi.spyOn(console, "warn"), vi.spyOn(console, "log")];
  for (const [headers, status, says] of [
    [{}, 401, /password/i],
    [{ cookie: "a=b" }, 403, /origin/i],
    [{ cookie: "a=b", origin: "null" }, 403, /origin/i],
    [{ cookie: "a=b", origin: "https://evil.example" }, 403, /origin/i],
  ] as const) {
    written.length = 0;
    expect((await signIn(headers)).statusCode).toBe(status);
    expect(written.some((line) => says.test(line.auth ?? "") && line.status === status)).toBe(true);
    expect(written.filter((line) => line.level > 40)).toEqual([]);
  }
  for (const way of past) expect(way).not.toHaveBeenCalled();
});

test("a database that fails at the sign-in is an error of the log, with its cause, and no answer of its own", async () => {
  const past = vi.spyOn(console, "error");
  const passwordHash = await hashPassword(password);
  await garden.ctx.inTransaction((tx) =>
    insertOperator(tx, {
      ...{ email, name: "Owner", role: "owner", language: "en" },
      ...{ passwordHash, oneTimeUntil: null, at: new Date() },
    }),
  );
  expect((await signIn({}, password)).statusCode).toBe(200);
  await garden.app.gardens.platformPool.query("alter table operator_sessions rename to elsewhere");
  written.length = 0;
  const answer = await signIn({}, password).finally(() =>
    garden.app.gardens.platformPool.query("alter table elsewhere rename to operator_sessions"),
  );
  expect({ status: answer.statusCode, code: answer.json().error?.code }).toEqual({
    status: 500,
    code: "internal",
  });
  expect(JSON.stringify(written.filter((line) => line.level === 50))).toContain("operator_sessions");
  expect(past).not.toHaveBeenCalled();
});
