import { call } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

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
