import { call, type paths } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

export type Purpose =
  paths["/api/purposes"]["get"]["responses"][200]["content"]["application/json"]["purposes"][number];
export type Mail =
  paths["/api/mails"]["get"]["responses"][200]["content"]["application/json"]["mails"][number];

export const purposeList = () =>
  queryOptions({
    queryKey: ["consent", "purposes"],
    queryFn: ({ signal }) => call(api.GET("/api/purposes", { signal })),
  });

export const wordings = (key: string) =>
  queryOptions({
    queryKey: ["consent", "wordings", key],
    queryFn: ({ signal }) =>
      call(api.GET("/api/purposes/{key}/wordings", { params: { path: { key } }, signal })),
  });

/** Asked again while a check is under way. */
export const ledger = () =>
  queryOptions({
    queryKey: ["consent", "ledger"],
    queryFn: ({ signal }) => call(api.GET("/api/consent/ledger", { signal })),
    refetchInterval: (query) => (query.state.data?.jobId ? 700 : false),
  });

export const mails = () =>
  queryOptions({
    queryKey: ["consent", "mails"],
    queryFn: ({ signal }) => call(api.GET("/api/mails", { params: { query: { max: 20 } }, signal })),
  });
