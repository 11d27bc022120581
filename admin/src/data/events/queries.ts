import { call } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

/** Asked again every two seconds: an event is to be seen within moments. */
export const liveEvents = (isRunning: boolean) =>
  queryOptions({
    queryKey: ["events", "live"],
    queryFn: ({ signal }) => call(api.GET("/api/events/live", { params: { query: { max: 100 } }, signal })),
    refetchInterval: isRunning ? 2_000 : false,
    staleTime: 0,
  });

export const dropCounts = () =>
  queryOptions({
    queryKey: ["events", "drops"],
    queryFn: ({ signal }) => call(api.GET("/api/events/drops", { params: { query: { days: 28 } }, signal })),
  });

export const rejectedEvents = () =>
  queryOptions({
    queryKey: ["events", "rejected"],
    queryFn: ({ signal }) =>
      call(api.GET("/api/events/rejected", { params: { query: { max: 100 } }, signal })),
  });
