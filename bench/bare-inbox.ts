import Fastify from "fastify";
import { openPool, startEmbeddedPostgres } from "../server/src/platform/postgres/index.ts";

/**
 * The ceiling of what is durable: the same Fastify parses the body and puts it into a table of the same Postgres before it
 * answers, in groups of those that wait. No key, no check, no cap, nothing packed. One insert at a time for single events,
 * two for batches: what was quickest of all that was tried.
 */
const engine = await startEmbeddedPostgres({
  dataDir: process.env.RONDELL_DATA_DIR!,
  log: { info: () => {}, warn: console.error, error: console.error } as never,
});
const pool = openPool(engine.connection, { max: 4 });
await pool.query(
  "create table if not exists bare_inbox (id bigint generated always as identity primary key, source_id bigint, received_at timestamptz, body bytea)",
);
await pool.query("alter table bare_inbox alter column body set storage external");

const groupMax = 64;
const texts: string[] = [];
const insertText = (rows: number) =>
  (texts[rows] ??= `insert into bare_inbox (source_id, received_at, body) values ${Array.from(
    { length: rows },
    (_, row) => `($${row * 3 + 1}, $${row * 3 + 2}, $${row * 3 + 3})`,
  ).join(", ")}`);

function gathered(lanes: number) {
  const waiting: { body: Buffer; resolve(): void; reject(error: unknown): void }[] = [];
  let busy = 0;
  async function write() {
    busy++;
    while (waiting.length) {
      const group = waiting.splice(0, groupMax);
      const at = new Date().toISOString();
      try {
        await pool.query({
          name: `bare ${group.length}`,
          text: insertText(group.length),
          values: group.flatMap(({ body }) => [1, at, body]),
        });
        for (const one of group) one.resolve();
      } catch (error) {
        for (const one of group) one.reject(error);
      }
    }
    busy--;
  }
  return (body: Buffer) =>
    new Promise<void>((resolve, reject) => {
      waiting.push({ body, resolve, reject });
      if (busy < lanes) void write();
    });
}

const http = Fastify();
http.removeAllContentTypeParsers();
http.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
for (const [path, lanes] of [
  ["track", 1],
  ["batch", 2],
] as const) {
  const keep = gathered(lanes);
  http.post(`/v1/${path}`, { bodyLimit: 1024 * 1024 }, async (request) => {
    const text = request.body as Buffer;
    const body = JSON.parse(text.toString("utf8")) as { batch?: unknown[] };
    await keep(text);
    return { success: true, accepted: body.batch?.length ?? 1, rejected: [] };
  });
}
await http.listen({ host: "127.0.0.1", port: 0 });
const { port } = http.server.address() as { port: number };
process.send?.({ port, writeKey: "none", token: "" });
process.on("message", async (message) => {
  const { question } = message as { question: "empty" | "stop" };
  if (question === "empty") {
    await pool.query("truncate bare_inbox");
    process.send?.({});
    return;
  }
  await http.close();
  await pool.end();
  await engine.stop();
  process.exit(0);
});
process.on("disconnect", () => process.exit(1));
