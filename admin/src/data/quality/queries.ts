import { call, type paths } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

type Answer<P extends keyof paths, M extends "get"> = paths[P][M] extends {
  responses: { 200: { content: { "application/json": infer T } } };
}
  ? T
  : never;
export type CatalogueEntry = Answer<"/api/events/catalogue", "get">["items"][number];
export type EventDetail = Answer<"/api/events/catalogue/event", "get">;
export type EventProperty = EventDetail["propertyList"][number];

export const eventCatalogue = () =>
  queryOptions({
    queryKey: ["quality", "catalogue"],
    queryFn: ({ signal }) => call(api.GET("/api/events/catalogue", { signal })),
  });

export const catalogueEvent = (name: string) =>
  queryOptions({
    queryKey: ["quality", "event", name],
    queryFn: ({ signal }) =>
      call(api.GET("/api/events/catalogue/event", { params: { query: { name } }, signal })),
  });
export type SchemaMode = EventDetail["schema"]["mode"];
export type SchemaRule = EventDetail["schema"]["rules"][number];
export type TrafficRules = Answer<"/api/traffic-rules", "get">;

export const flaggedTraffic = () =>
  queryOptions({
    queryKey: ["quality", "flagged"],
    queryFn: ({ signal }) =>
      call(api.GET("/api/traffic/flagged", { params: { query: { days: 28 } }, signal })),
  });

export const trafficRules = () =>
  queryOptions({
    queryKey: ["quality", "traffic"],
    queryFn: ({ signal }) => call(api.GET("/api/traffic-rules", { signal })),
  });
