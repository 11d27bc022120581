import { useEffect, useState } from "react";
import { fileAddress } from "../../shell/api.ts";

/** An event as the server's stream tells it. */
export interface DebuggedEvent {
  id: number;
  at: string;
  source: string;
  type: string;
  name: string;
  /** `kept`, or why it was let go. */
  outcome: string;
  customer: string | null;
  /** Null also for those who may not see people. */
  customerName: string | null;
  messageId: string | null;
  raw: Record<string, unknown> | null;
  enriched: Record<string, unknown> | null;
  violations: { path: string; reason: string; example?: string }[];
}

export interface StreamFilter {
  name?: string | undefined;
  source?: string | undefined;
  customer?: string | undefined;
  outcome?: string | undefined;
}

/** `lost`: the browser tries again by itself. `over`: the session ended, or the server refuses. */
export type StreamState = "connecting" | "open" | "lost" | "over";

/** No page holds more. */
const heldMax = 200;

/**
 * What comes in at this moment, newest first. While paused nothing is asked for; going on begins after the last that was
 * seen. Another filter begins anew.
 */
export function useEventStream(filter: StreamFilter, isPaused: boolean) {
  const [events, setEvents] = useState<DebuggedEvent[]>([]);
  const [state, setState] = useState<StreamState>("connecting");
  const { name, source, customer, outcome } = filter;
  const wanted = JSON.stringify({ name, source, customer, outcome });
  const [shown, setShown] = useState(wanted);
  if (shown !== wanted) {
    setShown(wanted);
    setEvents([]);
  }
  const last = events[0]?.id;
  const [from, setFrom] = useState<number | undefined>(undefined);
  const [wasPaused, setWasPaused] = useState(isPaused);
  if (wasPaused !== isPaused) {
    setWasPaused(isPaused);
    setFrom(isPaused ? undefined : last);
  }

  useEffect(() => {
    if (isPaused) return;
    setState("connecting");
    const query = Object.entries({ ...(JSON.parse(wanted) as StreamFilter), after: from?.toString() }).filter(
      (one): one is [string, string] => Boolean(one[1]),
    );
    const stream = new EventSource(fileAddress("/api/events/stream", Object.fromEntries(query)));
    stream.addEventListener("open", () => setState("open"));
    stream.addEventListener("event", (message) => {
      const event = JSON.parse((message as MessageEvent<string>).data) as DebuggedEvent;
      setEvents((before) =>
        before.some((one) => one.id === event.id) ? before : [event, ...before].slice(0, heldMax),
      );
    });
    stream.addEventListener("over", () => {
      setState("over");
      stream.close();
    });
    stream.addEventListener("error", () => setState(stream.readyState === 2 ? "over" : "lost"));
    return () => stream.close();
  }, [wanted, isPaused, from]);
  return { events, state };
}
