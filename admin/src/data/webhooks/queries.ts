import { call, type paths } from "@rondell/api-client";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

type Json<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends {
  responses: { 200: { content: { "application/json": infer T } } };
}
  ? T
  : never;
export type Webhook = Json<"/api/webhooks/{id}", "get">;
export type Rule = Webhook["rules"][number];
export type Condition = Rule["when"][number];
export type Signature = Webhook["signature"];
export type Example = Json<"/api/webhooks/{id}/examples", "get">["items"][number];
export type Made = Json<"/api/webhooks/{id}/preview", "post">["items"][number]["made"][number];

export const webhookList = () =>
  queryOptions({
    queryKey: ["webhooks", "list"],
    queryFn: ({ signal }) => call(api.GET("/api/webhooks", { signal })),
  });

export const webhookOf = (id: string) =>
  queryOptions({
    queryKey: ["webhooks", "one", id],
    queryFn: ({ signal }) => call(api.GET("/api/webhooks/{id}", { params: { path: { id } }, signal })),
  });

/** Asked again every few seconds: who has just given the address to the other system waits for the first body. */
export const examplesOf = (id: string) =>
  queryOptions({
    queryKey: ["webhooks", "examples", id],
    queryFn: ({ signal }) =>
      call(api.GET("/api/webhooks/{id}/examples", { params: { path: { id } }, signal })),
    refetchInterval: 4_000,
  });

/** What rules that are not saved yet would make of each example; `known` changes when an example comes or goes. */
export const previewOf = (id: string, body: { rules: Rule[]; deliveryId: string }, known: string) =>
  queryOptions({
    queryKey: ["webhooks", "preview", id, known, body],
    queryFn: ({ signal }) =>
      call(api.POST("/api/webhooks/{id}/preview", { params: { path: { id } }, body, signal })),
    placeholderData: keepPreviousData,
  });
