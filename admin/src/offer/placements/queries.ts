import { call } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

/** Decisions of the last 28 days by what came of them, and the newest ones. */
export const decisionsQuery = queryOptions({
  queryKey: ["placements", "decisions"],
  queryFn: ({ signal }) =>
    call(api.GET("/api/offer/decisions", { params: { query: { days: 28, max: 20 } }, signal })),
  refetchInterval: 30_000,
});

/** What is bought together most, of all products or of one. */
export const pairsQuery = (product: string, max: number) =>
  queryOptions({
    queryKey: ["placements", "pairs", product, max],
    queryFn: ({ signal }) =>
      call(api.GET("/api/offer/pairs", { params: { query: { product, max } }, signal })),
  });

export type Decisions = Awaited<ReturnType<NonNullable<typeof decisionsQuery.queryFn>>>;
export type Pair = Awaited<
  ReturnType<NonNullable<ReturnType<typeof pairsQuery>["queryFn"]>>
>["pairs"][number];

/** Reads the orders anew: catalogue, pairs and next best products. */
export const refreshOffers = () => call(api.POST("/api/offer/refresh", {}));

/** A job under way, asked again until it has ended. */
export const jobQuery = (id: string | undefined) =>
  queryOptions({
    queryKey: ["placements", "job", id],
    queryFn: ({ signal }) => call(api.GET("/api/jobs/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: id !== undefined,
    refetchInterval: (query) => {
      const state = query.state.data?.state;
      return state === "done" || state === "failed" || state === "cancelled" ? false : 500;
    },
  });
