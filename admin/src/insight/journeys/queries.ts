import { call, type paths } from "@rondell/api-client";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

type BodyOf<P extends "/api/insight/journeys/funnel" | "/api/insight/journeys/paths"> = NonNullable<
  paths[P]["post"]["requestBody"]
>["content"]["application/json"];
export type FunnelAsk = BodyOf<"/api/insight/journeys/funnel">;
export type PathsAsk = BodyOf<"/api/insight/journeys/paths">;
export type FunnelAnswer =
  paths["/api/insight/journeys/funnel"]["post"]["responses"][200]["content"]["application/json"];
export type PathsAnswer =
  paths["/api/insight/journeys/paths"]["post"]["responses"][200]["content"]["application/json"];

export const eventNames = queryOptions({
  queryKey: ["journeys", "events"],
  queryFn: ({ signal }) => call(api.GET("/api/insight/journeys/events", { signal })),
});

export const propertiesOf = (event: string) =>
  queryOptions({
    queryKey: ["journeys", "properties", event],
    queryFn: ({ signal }) =>
      call(api.GET("/api/insight/journeys/properties", { params: { query: { event } }, signal })),
    staleTime: 300_000,
  });

export const funnelAnswer = (ask: FunnelAsk) =>
  queryOptions({
    queryKey: ["journeys", "funnel", ask],
    queryFn: ({ signal }) => call(api.POST("/api/insight/journeys/funnel", { body: ask, signal })),
    placeholderData: keepPreviousData,
  });

export const funnelTimes = (ask: FunnelAsk) =>
  queryOptions({
    queryKey: ["journeys", "times", ask],
    queryFn: ({ signal }) => call(api.POST("/api/insight/journeys/funnel/times", { body: ask, signal })),
  });

export const pathsAnswer = (ask: PathsAsk) =>
  queryOptions({
    queryKey: ["journeys", "paths", ask],
    queryFn: ({ signal }) => call(api.POST("/api/insight/journeys/paths", { body: ask, signal })),
    placeholderData: keepPreviousData,
  });
