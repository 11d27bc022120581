import { call, type paths } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

export type Sample = paths["/api/sample"]["get"]["responses"][200]["content"]["application/json"];

/** How often a growing garden is asked how far it is, in ms. */
const lookEveryMs = 1_000;

export const isGrowing = (sample: Sample | undefined) =>
  sample?.job?.state === "queued" || sample?.job?.state === "running";

export const sampleQuery = queryOptions({
  queryKey: ["sample"],
  queryFn: ({ signal }) => call(api.GET("/api/sample", { signal })),
  refetchInterval: (query) => (isGrowing(query.state.data) ? lookEveryMs : false),
});
