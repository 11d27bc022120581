import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** A figure that is asked for when Prometheus asks: its values by labels. */
export interface Figure {
  name: string;
  help: string;
  labels: readonly string[];
  values: readonly { labels: Record<string, string>; value: number }[];
}

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
    /** What the stores hold now. Empty while they cannot be asked: the rest is still told. */
    figures(): Promise<readonly Figure[]>;
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
    help: "Events at the door; refused ones are whole requests of which no event could be looked at",
    labelNames: ["outcome", "reason"],
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

  const asked = new Map<string, Gauge>();
  const set = ({ name, help, labels, values }: Figure) => {
    const gauge = asked.get(name) ?? new Gauge({ name, help, labelNames: labels, registers: [registry] });
    asked.set(name, gauge);
    // A label that is gone, such as a garden that was dropped, must not stay at its last value.
    gauge.reset();
    for (const one of values) gauge.set(one.labels, one.value);
  };

  // Finding the right row of a histogram by its labels costs more than adding to it: it is found once.
  const rows = new Map<string, { observe(seconds: number): void }>();
  http.addHook("onResponse", (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? "none";
    const status = String(reply.statusCode);
    const key = `${method} ${status} ${route}`;
    let row = rows.get(key);
    if (!row) {
      row = requests.labels({ method, route, status });
      rows.set(key, row);
    }
    row.observe(reply.elapsedTime / 1000);
    done();
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
      for (const gauge of [waiting, oldest, piped]) gauge.reset();
      for (const figure of await ask.figures()) set(figure);
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
  return {
    collect: (outcome: string, number: number, reason = "") => collected.inc({ outcome, reason }, number),
  };
}
