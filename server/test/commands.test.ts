import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/**
 * The command line as a user runs it: processes of their own on data folders of their own, with both engines embedded.
 * One server is started for all tests; they stand in the order of a user's day.
 */
const project = resolve(import.meta.dirname, "../..");
const bin = join(project, "server/bin/rondell.js");
/** `rondell start` without building the pages, which no command needs. */
const bundle = join(project, "server/dist/main.js");

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

const children = new Set<ReturnType<typeof spawn>>();

function begin(script: string, args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, RONDELL_HOST: "127.0.0.1", RONDELL_LOG_LEVEL: "warn", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  const written: Ended = { code: null, out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    written.out += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    written.err += chunk;
  });
  const ended = once(child, "close").then(([code]) => {
    children.delete(child);
    written.code = code as number | null;
    return written;
  });
  return { child, written, ended };
}

let base: string;
/** The brand's data folder, and one that a backup is restored into. */
let own: string;
let other: string;
let server: ReturnType<typeof begin>;
let url: string;

const rondell = (dir: string, ...args: string[]) => begin(bin, args, { RONDELL_DATA_DIR: dir }).ended;
/** What a command prints for programs. */
async function json(dir: string, ...args: string[]): Promise<unknown> {
  const { code, out, err } = await rondell(dir, ...args, "--json");
  if (code !== 0) throw new Error(`rondell ${args.join(" ")} ended with ${code}: ${err}`);
  return JSON.parse(out);
}

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "rondell-commands-"));
  own = join(base, "own");
  other = join(base, "other");
});
afterAll(async () => {
  const left = [...children].map(async (child) => {
    const ended = once(child, "close");
    child.kill("SIGTERM");
    await ended;
  });
  await Promise.all(left);
  await rm(base, { recursive: true, force: true, maxRetries: 5 });
});

const setup = [
  ["--brand", "Lindgrün"],
  ["--email", "olga@lindgruen.example"],
  ["--password", "a-long-password"],
  ["--language", "de"],
  ["--currency", "EUR"],
  ["--timezone", "Europe/Berlin"],
].flat();

describe("where no server runs, a command starts the engines for itself", () => {
  test("setup makes the brand's garden", async () => {
    const made = await json(own, "setup", ...setup);
    expect(made).toEqual({ garden: expect.stringMatching(/^[a-z0-9_]+$/), operator: expect.any(String) });
    // Everything was put away again: nobody listens, and the next one may begin.
    expect((await readdir(own)).includes("rondell.sock")).toBe(false);
  });

  test("a wrong call is told from a call that failed", async () => {
    const usage = await rondell(own, "token", "create", "--json");
    expect(usage.code).toBe(2);
    expect(JSON.parse(usage.err)).toEqual({
      error: { code: "usage", message: expect.stringContaining("--scopes is missing") },
    });
    expect((await rondell(own, "dance")).code).toBe(2);
    const file = join(project, "package.json");
    const rejected = await rondell(
      own,
      ...[
        "import",
        "orders",
        file,
        "--mapping",
        "olist",
        "--rejected",
        join(base, "gone", "x.csv"),
        "--json",
      ],
    );
    expect([rejected.code, JSON.parse(rejected.err).error.message]).toEqual([
      2,
      `There is no folder ${join(base, "gone")} for --rejected.`,
    ]);
    const inAFile = await rondell(join(file, "data"), "gardens", "--json");
    expect([inAFile.code, JSON.parse(inAFile.err).error.code]).toEqual([1, "data_dir.unusable"]);
    const help = await rondell(own, "backup", "--help");
    expect([help.code, help.out]).toEqual([0, expect.stringContaining("--to DIR")]);
  });
});

describe("where a server runs, commands go through its socket", () => {
  beforeAll(async () => {
    server = begin(bundle, ["start"], { RONDELL_DATA_DIR: own, RONDELL_PORT: "0" });
    url = await new Promise<string>((found, failed) => {
      const look = setInterval(() => {
        const ready = /Rondell is ready: (http:\/\/[^\s/]+)/.exec(server.written.out)?.[1];
        if (ready) {
          clearInterval(look);
          found(ready);
        }
      }, 25);
      void server.ended.then(({ code, err }) => {
        clearInterval(look);
        failed(new Error(`The server ended with ${code}: ${err}`));
      });
    });
  });

  test("only the owner of the data folder can open the socket", async () => {
    expect((await stat(join(own, "rondell.sock"))).mode & 0o777).toBe(0o600);
  });

  test("setup is done once", async () => {
    const { code, err } = await rondell(own, "setup", ...setup, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(err)).toEqual({
      error: { code: expect.stringMatching(/^setup\./), message: expect.any(String) },
    });
  });

  test("a source, a token, an event, and the rows of a question", async () => {
    const source = (await json(own, "source", "create", "--name", "Till", "--kind", "server")) as {
      writeKey: string;
    };
    expect(source).toEqual({
      id: expect.stringMatching(/^src_/),
      writeKey: expect.stringMatching(/^wk_/),
    });
    const token = (await json(own, "token", "create", "--scopes", "customers:read,sql:read")) as {
      token: string;
    };
    expect(token).toEqual({ id: expect.stringMatching(/^tok_/), token: expect.stringMatching(/^rk_/) });
    const me = await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token.token}` } });
    expect(((await me.json()) as { rights: string[] }).rights.sort()).toEqual(["customers:read", "sql:read"]);

    const sent = await fetch(`${url}/v1/batch`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${source.writeKey}:`)}`, "content-type": "application/json" },
      body: JSON.stringify({
        batch: ["a", "b", "b"].map((userId, at) => ({
          type: "track",
          event: at < 2 ? "Product Viewed" : "Cart Viewed",
          userId,
          messageId: `m${at}`,
        })),
      }),
    });
    expect(sent.status).toBe(200);
    const ask = "select name, count() as events from events group by name order by name";
    let rows: unknown;
    for (let tries = 0; tries < 20; tries++) {
      rows = await json(own, "query", ask);
      if ((rows as unknown[]).length === 2) break;
    }
    expect(rows).toEqual([
      { name: "Cart Viewed", events: 1 },
      { name: "Product Viewed", events: 2 },
    ]);
    expect((await rondell(own, "query", ask)).out).toContain("Product Viewed       2");
    const refused = await rondell(own, "query", "drop table events", "--json");
    expect([refused.code, JSON.parse(refused.err).error.code]).toEqual([1, "query.not_reading"]);
  });

  test("the sample grows to the end, beside the brand's garden", { timeout: 600_000 }, async () => {
    const sample = await json(own, "sample", "--customers", "60", "--weeks", "8", "--seed", "commands");
    expect(sample).toMatchObject({ customers: 60, events: expect.any(Number) });
    expect(await json(own, "gardens")).toEqual([
      {
        id: expect.any(String),
        brand: "Lindgrün",
        language: "de",
        currency: "EUR",
        timezone: "Europe/Berlin",
        synthetic: false,
        holdoutShare: 0.1,
      },
      expect.objectContaining({ id: "sample", synthetic: true }),
    ]);
    const [row] = (await json(own, "query", "select count() as n from customers", "--garden", "sample")) as [
      { n: number },
    ];
    expect(row.n).toBeGreaterThan(30);
    const again = await rondell(own, "sample", "--customers", "60", "--weeks", "8", "--json");
    expect([again.code, JSON.parse(again.err).error.code]).toEqual([1, "sample.exists"]);
  });

  test("a backup is taken while the server goes on", async () => {
    const to = join(base, "backup");
    expect(await json(own, "backup", "--to", to)).toEqual({
      to,
      takenAt: expect.stringMatching(/^\d{4}-.*Z$/),
      gardens: [
        { id: expect.any(String), brand: "Lindgrün", synthetic: false },
        { id: "sample", brand: expect.any(String), synthetic: true },
      ],
      files: expect.any(Number),
      bytes: expect.any(Number),
    });
    const second = await rondell(own, "backup", "--to", to, "--json");
    expect([second.code, JSON.parse(second.err).error.code]).toEqual([1, "backup.not_empty"]);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  });

  test("a second server on the same data folder, and one on the same port, say what is in the way", async () => {
    const held = await begin(bundle, ["start"], { RONDELL_DATA_DIR: own, RONDELL_PORT: "0" }).ended;
    expect(held.code).toBe(1);
    expect(held.err).toContain(`The data folder ${own} is in use by process ${server.child.pid}`);
    expect(held.err).toContain("RONDELL_DATA_DIR");

    // A program reads the same as a code.
    const asked = await begin(bin, ["restore", "--from", join(base, "backup"), "--json"], {
      RONDELL_DATA_DIR: own,
    }).ended;
    expect([asked.code, JSON.parse(asked.err).error.code]).toEqual([1, "restore.running"]);

    const { port } = new URL(url);
    const twice = await begin(bundle, ["start"], { RONDELL_DATA_DIR: own, RONDELL_PORT: port }).ended;
    expect(twice.code).toBe(1);
    expect(twice.err).toContain(`The data folder ${own} is in use by process ${server.child.pid}`);

    const taken = await begin(bundle, ["start"], {
      RONDELL_DATA_DIR: join(base, "third"),
      RONDELL_PORT: port,
    }).ended;
    expect(taken.code).toBe(1);
    expect(taken.err).toContain(`Port ${port} is taken by another program`);
    expect(taken.err).toContain("RONDELL_PORT");
    expect(taken.out).not.toContain("is ready");
    expect(existsSync(join(base, "third"))).toBe(false);

    const nowhere = await begin(bundle, ["start"], {
      RONDELL_DATA_DIR: join(base, "third"),
      RONDELL_HOST: "192.0.2.1",
    }).ended;
    expect(nowhere.code).toBe(1);
    expect(nowhere.err).toContain("192.0.2.1 is no address of this machine. Set RONDELL_HOST");
    // The one that was there notices nothing of either.
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  });

  test("it ends when it is told to, and says so with its exit code", async () => {
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
    const probe = createServer();
    await new Promise<void>((listening) => probe.listen(Number(new URL(url).port), "127.0.0.1", listening));
    probe.close();
  });
});

describe("a backup in an empty data folder", () => {
  test("is restored with everything in it, and asked without a server", async () => {
    const from = join(base, "backup");
    expect(await json(other, "restore", "--from", from)).toEqual({
      erased: 0,
      takenAt: expect.stringMatching(/^\d{4}-.*Z$/),
      gardens: [
        { id: expect.any(String), brand: "Lindgrün", synthetic: false },
        { id: "sample", brand: expect.any(String), synthetic: true },
      ],
    });
    // What is sealed is read with the keys of the folder that it came from: they are in no backup.
    const closed = await rondell(other, "query", "select count() as n from events", "--json");
    expect([closed.code, JSON.parse(closed.err).error.code]).toEqual([1, "key.missing"]);
    await cp(join(own, "secrets/encryption.keys"), join(other, "secrets/encryption.keys"));
    expect(await json(other, "query", "select count() as n from events")).toEqual([{ n: 3 }]);
    const again = await rondell(other, "restore", "--from", from, "--json");
    expect([again.code, JSON.parse(again.err).error.code]).toEqual([1, "restore.not_empty"]);
  });
});
