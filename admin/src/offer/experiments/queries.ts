import { call } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

/** What the offers changed, against the holdout. */
export const effectQuery = queryOptions({
  queryKey: ["experiments", "effect"],
  queryFn: ({ signal }) => call(api.GET("/api/offer/effect", { signal })),
});

export type Effect = Awaited<ReturnType<NonNullable<typeof effectQuery.queryFn>>>;
/** An effect of which there are figures, whether they say something already or not. */
export type MeasuredEffect = Exclude<Effect, { state: "no_decision" }>;
export type KnownEffect = Extract<Effect, { state: "known" }>;
