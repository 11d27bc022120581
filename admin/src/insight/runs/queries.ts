import { call } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

export const insightRuns = queryOptions({
  queryKey: ["runs"],
  queryFn: ({ signal }) => call(api.GET("/api/insight/runs", { params: { query: { max: 5 } }, signal })),
  // A nightly run, or one that a colleague started, shows up by itself.
  refetchInterval: 15_000,
});

export const runJob = (id: string) =>
  queryOptions({
    queryKey: ["runs", "job", id],
    queryFn: ({ signal }) => call(api.GET("/api/jobs/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) =>
      state.data && state.data.state !== "queued" && state.data.state !== "running" ? false : 1000,
  });
