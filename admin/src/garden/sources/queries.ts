import { call, type paths } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

type Sources = paths["/api/sources"]["get"]["responses"][200]["content"]["application/json"];
export type Source = Sources["sources"][number];
export type Purpose = Sources["purposes"][number];

export const sourceList = () =>
  queryOptions({
    queryKey: ["sources", "list"],
    queryFn: ({ signal }) => call(api.GET("/api/sources", { signal })),
  });

/** Asked again every second and a half: who has just put the script in wants to see it work. */
export const sourceLive = (id: string) =>
  queryOptions({
    queryKey: ["sources", "live", id],
    queryFn: ({ signal }) =>
      call(api.GET("/api/sources/{id}/live", { params: { path: { id }, query: {} }, signal })),
    refetchInterval: 1_500,
    staleTime: 0,
  });
