import { writeFile } from "node:fs/promises";
import { pino } from "pino";
import { readConfig } from "./config.ts";
import { openHttp } from "./platform/http/index.ts";
import { type RouteParts, registerRoutes } from "./routes.ts";

/** The OpenAPI document of all routes. Nothing is started for it. */
async function openApiDocument(): Promise<unknown> {
  const http = await openHttp({ log: pino({ level: "silent" }), trustProxy: false });
  const untouched = new Proxy({}, { get: () => () => undefined });
  await registerRoutes(http, {
    config: readConfig({}),
    gardens: untouched,
    auth: untouched,
    setup: untouched,
    jobs: untouched,
    clickhouse: untouched,
    backups: untouched,
    drop: async () => {},
    now: () => new Date(),
    inbox: () => untouched,
    ready: async () => untouched,
    pipelines: () => ({}),
  } as unknown as RouteParts);
  await http.ready();
  const document = http.swagger();
  await http.close();
  return document;
}

const [target] = process.argv.slice(2);
if (!target) throw new Error("Name the file that the OpenAPI document goes into.");
await writeFile(target, `${JSON.stringify(await openApiDocument(), null, 2)}\n`);
