import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface Ready {
  ready: boolean;
  freeDiskBytes: number;
  gardens: Record<string, { waitingRequests: number; waitingBytes: number; oldestMs: number }>;
}

/** `/health` (alive), `/ready` (can take and work through events) and Prometheus `/metrics`. */
export function openMetrics(
  http: FastifyInstance,
  ask: {
    ready(): Promise<Ready>;
    gardens(): Record<string, { batches: number; events: number; kept: number }>;
  },
) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "rondell_http_seconds",
    help: "Time to answer, by route",
    labelNames: ["method", "route", "status"],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  const collected = new Counter({
    name: "rondell_collect_events_total",
    help: "Events at the door",
    labelNames: ["outcome"],
    registers: [registry],
  });
  const piped = new Gauge({
    name: "rondell_pipeline_events",
    help: "Events worked through since the start",
    labelNames: ["garden", "outcome"],
    registers: [registry],
  });
  const waiting = new Gauge({
    name: "rondell_inbox_bytes",
    help: "Bytes that wait in the inbox",
    labelNames: ["garden"],
    registers: [registry],
  });
  const oldest = new Gauge({
    name: "rondell_inbox_oldest_seconds",
    help: "Age of the oldest waiting request",
    labelNames: ["garden"],
    registers: [registry],
  });
  const disk = new Gauge({
    name: "rondell_disk_free_bytes",
    help: "Free disk under the data folder",
    registers: [registry],
  });

  http.addHook("onResponse", async (request, reply) => {
    requests.observe(
      { method: request.method, route: request.routeOptions.url ?? "none", status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });
  const open = { access: "public" } as const;
  http.get(
    "/health",
    { config: open, schema: { tags: ["Operation"], summary: "Whether the process is alive" } },
    async () => ({ alive: true }),
  );
  http.get(
    "/ready",
    {
      config: open,
      schema: { tags: ["Operation"], summary: "Whether events can be taken and worked through" },
    },
    async (_request, reply) => {
      const state = await ask.ready();
      return reply.status(state.ready ? 200 : 503).send(state);
    },
  );
  http.get(
    "/metrics",
    { config: open, schema: { tags: ["Operation"], summary: "Figures for Prometheus" } },
    async (_request, reply) => {
      const state = await ask.ready();
      disk.set(state.freeDiskBytes);
      for (const [garden, depth] of Object.entries(state.gardens)) {
        waiting.set({ garden }, depth.waitingBytes);
        oldest.set({ garden }, depth.oldestMs / 1000);
      }
      for (const [garden, counts] of Object.entries(ask.gardens())) {
        piped.set({ garden, outcome: "kept" }, counts.kept);
        piped.set({ garden, outcome: "dropped" }, counts.events - counts.kept);
      }
      return reply.type(registry.contentType).send(await registry.metrics());
    },
  );
  return { collect: (outcome: string, events: number) => collected.inc({ outcome }, events) };
}
