import { call, type paths } from "@rondell/api-client";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

export type Lifecycle =
  paths["/api/insight/lifecycle"]["get"]["responses"][200]["content"]["application/json"];
export type Stage = Lifecycle["now"][number]["stage"];

export const lifecycle = (days: number) =>
  queryOptions({
    queryKey: ["lifecycle", "all", days],
    queryFn: ({ signal }) =>
      call(api.GET("/api/insight/lifecycle", { params: { query: { months: 12, days } }, signal })),
    placeholderData: keepPreviousData,
  });
