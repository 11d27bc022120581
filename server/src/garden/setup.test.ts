import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getMigrations } from "better-auth/db/migration";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../test/database.ts";
import { type App, openApp } from "../app.ts";
import { readConfig } from "../config.ts";
import { commandSocketPath, openCommandSocket } from "../platform/command-socket.ts";
import { isOwnOrigin, makeAuth } from "./operators/auth.ts";

let app: App;
let dataDir: string;
let database: FreshDatabase;
const log = pino({ level: "error" });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "rondell-setup-"));
  database = await freshDatabase();
  const config = readConfig({ RONDELL_DATA_DIR: dataDir, RONDELL_HOST: "0.0.0.0" });
  app = await openApp(config, { connection: database.connection, log });
});
afterAll(async () => {
  await app?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const input = {
  language: "en",
  brand: "Brand",
  currency: "EUR",
  timezone: "UTC",
  email: "o@brand.example",
  password: "a-long-password",
};
const setup = (body: object) => app.http.inject({ method: "POST", url: "/api/setup", payload: body });

test("beyond this machine the first visit needs the token of the printed address, which works once", async () => {
  expect((await app.http.inject("/api/setup")).json()).toEqual({ needed: true, tokenNeeded: true });
  const url = new URL(await app.setup.urlToOpen("http://rondell.example"));
  const token = url.searchParams.get("token")!;
  expect(token.length).toBeGreaterThan(20);
  // A restart prints the same address, so a message that was sent on stays right.
  expect(await app.setup.token()).toBe(token);
  expect((await stat(join(dataDir, "secrets", "setup-token"))).mode & 0o077).toBe(0);

  expect((await setup(input)).json().error.code).toBe("setup.token_wrong");
  expect((await setup({ ...input, token: "x" })).json().error.code).toBe("setup.token_wrong");
  expect((await setup({ ...input, token })).statusCode).toBe(201);
  expect((await setup({ ...input, token })).json().error.code).toBe("setup.done");
  expect(await app.setup.urlToOpen("http://rondell.example")).toBe("http://rondell.example");
  expect(await readdir(join(dataDir, "secrets"))).not.toContain("setup-token");
});

test("the tables of the operators are those that better-auth wants", async () => {
  const { options } = makeAuth(
    readConfig({ RONDELL_DATA_DIR: dataDir }),
    app.gardens.platformPool,
    "s".repeat(48),
    log,
  );
  const { toBeAdded, toBeCreated } = await getMigrations(options);
  expect({ toBeAdded, toBeCreated }).toEqual({ toBeAdded: [], toBeCreated: [] });
});

test("a page is ours at the public address, or at the host that was asked", () => {
  const open = { dataDir, host: "0.0.0.0", port: 4300 };
  expect(isOwnOrigin(open, "http://shop.example:4300", "shop.example:4300")).toBe(true);
  expect(isOwnOrigin(open, "https://evil.example", "shop.example:4300")).toBe(false);
  expect(isOwnOrigin(open, "null", "shop.example:4300")).toBe(false);
  expect(isOwnOrigin({ ...open, publicUrl: "https://r.example" }, "https://r.example", "internal:4300")).toBe(
    true,
  );
  const local = { ...open, host: "127.0.0.1" };
  expect(isOwnOrigin(local, "http://localhost:4300", "localhost:4300")).toBe(true);
  expect(isOwnOrigin(local, "http://rebound.example:4300", "rebound.example:4300")).toBe(false);
});

test("the command socket is the owner's alone, also where the data folder has a long path", async () => {
  const long = join(dataDir, "x".repeat(120));
  for (const folder of [dataDir, long]) {
    const path = commandSocketPath(folder);
    expect(Buffer.byteLength(path)).toBeLessThan(104);
    const socket = await openCommandSocket(folder, (request, reply) => app.http.routing(request, reply));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const { connect } = await import("../cli/connection.ts");
    const me = await connect(folder, undefined).call<{ operator: { kind: string } }>("GET", "/api/me");
    expect(me.operator.kind).toBe("command");
    await socket.close();
    await expect(stat(path)).rejects.toThrow("ENOENT");
  }
  // The same question over the network is nobody's.
  expect((await app.http.inject("/api/me")).statusCode).toBe(401);
});
