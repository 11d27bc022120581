import type { ClickHouseClient } from "@clickhouse/client";

/** A way into the embedded engine. */
export interface Connection {
  client: ClickHouseClient;
  /** Takes JSON lines into a table as they are, where the client would make a text of them first. */
  insert(table: string, lines: Uint8Array, settings: Record<string, string | number>): Promise<void>;
}

/** A connection, and what stays set on it from one statement to the next. */
export interface Slot extends Connection {
  database?: string;
  /** Texts of query parameters by name. */
  params: Map<string, string>;
}
interface Lane {
  size: number;
  open: number;
  idle: Slot[];
  waiting: ((slot: Slot) => void)[];
}

/**
 * A connection of the embedded engine runs one statement at a time, and parameters stay on it: each
 * caller has one for itself. Lanes keep a long job from standing in front of a screen or the pipeline.
 */
export function openLanes<Name extends string>(connect: () => Connection, sizes: Record<Name, number>) {
  const lanes = new Map<Name, Lane>();
  for (const [name, size] of Object.entries(sizes) as [Name, number][]) {
    lanes.set(name, { size, open: 0, idle: [], waiting: [] });
  }
  let closed = false;

  function take(lane: Lane): Promise<Slot> {
    const slot = lane.idle.pop();
    if (slot) return Promise.resolve(slot);
    if (lane.open < lane.size) {
      lane.open++;
      return Promise.resolve({ ...connect(), params: new Map() });
    }
    return new Promise((resolve) => lane.waiting.push(resolve));
  }
  function giveBack(lane: Lane, slot: Slot) {
    const next = lane.waiting.shift();
    if (next) next(slot);
    else lane.idle.push(slot);
  }

  return {
    /** Runs `work` with a connection of the lane that stands in `database`. */
    async run<T>(name: Name, database: string | undefined, work: (slot: Slot) => Promise<T>): Promise<T> {
      if (closed) throw new Error("ClickHouse is closed.");
      const lane = lanes.get(name)!;
      const slot = await take(lane);
      try {
        if (database && slot.database !== database) {
          await slot.client.command({ query: `use ${database}` });
          slot.database = database;
        }
        return await work(slot);
      } finally {
        giveBack(lane, slot);
      }
    },
    /** Forgets that idle connections stand in a database which is about to be dropped. */
    async leave(database: string) {
      for (const lane of lanes.values()) {
        for (const slot of lane.idle) if (slot.database === database) slot.database = undefined;
      }
    },
    async close() {
      closed = true;
      for (const lane of lanes.values()) {
        while (lane.idle.length < lane.open) await new Promise((resolve) => setTimeout(resolve, 5));
        await Promise.all(lane.idle.map((slot) => slot.client.close()));
      }
    },
  };
}
