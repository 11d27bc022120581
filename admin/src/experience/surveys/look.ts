import { call } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

/** The colour that customers' pages wear. */
export const look = () =>
  queryOptions({
    queryKey: ["portal", "look"],
    queryFn: ({ signal }) => call(api.GET("/api/portal/look", { signal })),
    staleTime: 300_000,
  });
