import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { readConfig } from "../../src/config.ts";
import { sourceDefaults } from "../../src/garden/sources/model.ts";
import { insertSource } from "../../src/garden/sources/store.ts";
import { createToken } from "../../src/garden/tokens/tokens.ts";
import { query, sql } from "../../src/platform/postgres/index.ts";
import { startServer } from "../../src/start.ts";
import { storesAgree } from "./agree.ts";
import { whatImportsBrought } from "./brought.ts";

/*
 * A real server on the data folder of the environment, which its parent may kill at any moment. It tells
 * by IPC where it listens, and answers questions over a second loopback port: `/drained` waits until everything accepted
 * is queryable, `/agree` compares the two stores with each other, `/brought` counts what imports have left.
 */

/** The garden of the crash tests, its two sources and its token; made at the first start, found after. */
const running = await startServer(readConfig());
const { app } = running;
const existing = app.gardens.find("crash");
if (!existing) {
  await app.gardens.create({
    id: "crash",
    brand: "Crash",
    language: "en",
    currency: "EUR",
    timezone: "Europe/Berlin",
  });
}
const ctx = app.gardens.context("crash", { kind: "command", id: "command", name: "crash" });
await ctx.inTransaction(async (tx) => {
  // A start may be killed between two of these: each looks for itself.
  for (const kind of ["server", "browser"] as const) {
    const writeKey = `wk_crash_${kind}`;
    const found = await query(tx, sql`select id from sources where write_key = ${writeKey}`);
    if (found.length) continue;
    await insertSource(tx, "crash", {
      ...{
        name: kind,
        kind,
        ...sourceDefaults(kind),
        origins: [],
        signingSecret: null,
        enabled: true,
        writeKey,
      },
    });
  }
});
const { token } = await createToken(ctx, { name: "crash", scopes: ["data:read", "data:write"] });

const questions = createServer((request, response) => {
  const answer = async () => {
    await app.work.of("crash").drained();
    if (request.url === "/brought") return whatImportsBrought(ctx, readConfig().dataDir);
    return request.url === "/agree" ? storesAgree(ctx) : { drained: true };
  };
  answer().then(
    (body) => response.end(JSON.stringify(body)),
    (error: Error) => response.writeHead(500).end(JSON.stringify({ error: error.stack })),
  );
});
await new Promise<void>((resolve) => questions.listen(0, "127.0.0.1", resolve));

process.send?.({
  url: running.url,
  questions: `http://127.0.0.1:${(questions.address() as { port: number }).port}`,
  token,
  postgres: await postmaster(),
  isNew: !existing,
});
process.on("disconnect", () => process.exit(1));
process.on("message", async (message) => {
  if (message === "postgres") process.send?.({ postgres: await postmaster() });
  if (message !== "stop") return;
  questions.close();
  questions.closeAllConnections();
  await running.stop();
  process.exit(0);
});

/** The process of the embedded Postgres that all others of it are children of. */
async function postmaster(): Promise<number> {
  const [row] = await query<{ dir: string }>(ctx.pool, sql`select current_setting('data_directory') as dir`);
  return Number(readFileSync(join(row!.dir, "postmaster.pid"), "utf8").split("\n")[0]);
}
