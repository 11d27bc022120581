import { call, type paths } from "@rondell/api-client";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

type Attribution = paths["/api/insight/attribution"]["post"];
export type AttributionAsk = NonNullable<Attribution["requestBody"]>["content"]["application/json"];
export type AttributionAnswer = Attribution["responses"][200]["content"]["application/json"];
export type ModelAnswer = AttributionAnswer["models"][number];
export type ModelName = ModelAnswer["model"];

export const attributionAnswer = (ask: AttributionAsk) =>
  queryOptions({
    queryKey: ["attribution", ask],
    queryFn: ({ signal }) => call(api.POST("/api/insight/attribution", { body: ask, signal })),
    placeholderData: keepPreviousData,
  });
