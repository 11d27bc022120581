import { call } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

/** The loop of the last 28 days; asked again each minute, since it goes on turning. */
export const loopQuery = queryOptions({
  queryKey: ["turn", 28],
  queryFn: ({ signal }) => call(api.GET("/api/loop", { params: { query: { days: 28 } }, signal })),
  refetchInterval: 60_000,
});

/** What came in during the last hour. */
export const liveQuery = queryOptions({
  queryKey: ["turn", "live"],
  queryFn: ({ signal }) => call(api.GET("/api/events/live", { params: { query: { max: 7 } }, signal })),
  refetchInterval: 5_000,
});

type Answer = Awaited<ReturnType<NonNullable<typeof loopQuery.queryFn>>>;
/** The loop, where anything ever happened. */
export type Turning = Extract<Answer, { state: "turning" }>;
export type StationFigures = Turning["stations"][number];
export type PassageFigures = Turning["passages"][number];
export type Effect = Turning["effect"];
