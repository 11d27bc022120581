import { call } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

export const gardenSettings = () =>
  queryOptions({
    queryKey: ["settings", "garden"],
    queryFn: ({ signal }) => call(api.GET("/api/settings", { signal })),
  });

export const exchangeRates = () =>
  queryOptions({
    queryKey: ["settings", "rates"],
    queryFn: ({ signal }) => call(api.GET("/api/exchange-rates", { signal })),
  });

/** The run that counts amounts anew, until it has ended. */
export const recomputeRun = (id: string) =>
  queryOptions({
    queryKey: ["settings", "run", id],
    queryFn: ({ signal }) => call(api.GET("/api/jobs/{id}", { params: { path: { id } }, signal })),
    refetchInterval: (query) =>
      query.state.data?.state === "queued" || query.state.data?.state === "running" ? 500 : false,
    staleTime: 0,
  });
