import { call, type paths } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer T } } } };
}
  ? T
  : never;
export type PrivacyRequest = Answer<"/api/privacy/requests">["items"][number];
export type Erasure = Answer<"/api/privacy/erasures">["items"][number];
export type RetentionRule = Answer<"/api/privacy/retention">["rules"][number];

export const privacyRequests = () =>
  queryOptions({
    queryKey: ["privacy", "requests"],
    queryFn: ({ signal }) => call(api.GET("/api/privacy/requests", { signal })),
    // A file that is being made is to be seen when it is ready.
    refetchInterval: ({ state }) =>
      state.data?.items.some((item) => item.state === "working") ? 2_000 : false,
  });

export const erasures = () =>
  queryOptions({
    queryKey: ["privacy", "erasures"],
    queryFn: ({ signal }) => call(api.GET("/api/privacy/erasures", { signal })),
  });

export const restrictions = () =>
  queryOptions({
    queryKey: ["privacy", "restrictions"],
    queryFn: ({ signal }) => call(api.GET("/api/privacy/restrictions", { signal })),
  });

export const retention = () =>
  queryOptions({
    queryKey: ["privacy", "retention"],
    queryFn: ({ signal }) => call(api.GET("/api/privacy/retention", { signal })),
  });
