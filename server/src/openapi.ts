import { pino } from "pino";
import { readConfig } from "./config.ts";
import { openHttp } from "./platform/http/index.ts";
import { type RouteParts, registerRoutes } from "./routes.ts";

/** The OpenAPI document of all routes. Nothing is started for it. */
export async function openApiDocument(): Promise<unknown> {
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
    figures: async () => [],
    pipelines: () => ({}),
  } as unknown as RouteParts);
  await http.ready();
  const document = http.swagger();
  await http.close();
  return document;
}
