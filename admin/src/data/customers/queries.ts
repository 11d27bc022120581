import { call } from "@rondell/api-client";
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

export interface CustomerSearch {
  q?: string | undefined;
  filter?: string | undefined;
  value?: string | undefined;
  known?: string | undefined;
  page: number;
  /** The question that the number came from. */
  from?: string | undefined;
}

export const pageSize = 25;

/** The set of customers that the address names, as the API reads it. */
export const setOf = (search: CustomerSearch) => ({
  ...(search.q ? { search: search.q } : {}),
  ...(search.filter ? { filter: search.filter } : {}),
  ...(search.value ? { value: search.value } : {}),
  ...(search.known ? { known: "1" as const } : {}),
});

export const unratedAmounts = queryOptions({
  queryKey: ["customers", "unrated"],
  queryFn: ({ signal }) => call(api.GET("/api/amounts/unrated", { signal })),
});

export const customerList = (search: CustomerSearch) =>
  queryOptions({
    queryKey: ["customers", "list", search],
    queryFn: ({ signal }) =>
      call(
        api.GET("/api/customers", {
          params: {
            query: { ...setOf(search), max: pageSize, offset: search.page * pageSize },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const customer = (id: string) =>
  queryOptions({
    queryKey: ["customers", "one", id],
    queryFn: ({ signal }) => call(api.GET("/api/customers/{id}", { params: { path: { id } }, signal })),
  });

export const orderPageSize = 8;

export const customerOrders = (id: string, page: number) =>
  queryOptions({
    queryKey: ["customers", "orders", id, page],
    queryFn: ({ signal }) =>
      call(
        api.GET("/api/customers/{id}/orders", {
          params: { path: { id }, query: { max: orderPageSize, offset: page * orderPageSize } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const customerInsight = (id: string) =>
  queryOptions({
    queryKey: ["customers", "insight", id],
    queryFn: ({ signal }) =>
      call(api.GET("/api/customers/{id}/insight", { params: { path: { id } }, signal })),
  });

export const nextProducts = (id: string) =>
  queryOptions({
    queryKey: ["customers", "next", id],
    queryFn: ({ signal }) =>
      call(api.GET("/api/offer/customers/{id}/next", { params: { path: { id } }, signal })),
  });

export const customerTimeline = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["customers", "timeline", id],
    queryFn: ({ pageParam, signal }) =>
      call(
        api.GET("/api/customers/{id}/timeline", {
          params: { path: { id }, query: { max: 50, ...(pageParam ? { before: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextBefore ?? undefined,
  });

export const mergeProposals = () =>
  queryOptions({
    queryKey: ["customers", "proposals"],
    queryFn: ({ signal }) => call(api.GET("/api/merge-proposals", { signal })),
  });

/** The search for duplicates that is under way, if any; one that a colleague started shows up by itself. */
export const duplicateSearch = queryOptions({
  queryKey: ["customers", "search"],
  queryFn: ({ signal }) => call(api.GET("/api/merge-proposals/search", { signal })),
  refetchInterval: 15_000,
});

export const duplicateJob = (id: string) =>
  queryOptions({
    queryKey: ["customers", "search", id],
    queryFn: ({ signal }) => call(api.GET("/api/jobs/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) =>
      state.data && state.data.state !== "queued" && state.data.state !== "running" ? false : 1000,
  });

type AnswerOf<Query extends (...args: never[]) => { queryFn?: unknown }> =
  ReturnType<Query> extends { queryFn?: infer Fn }
    ? Awaited<ReturnType<Extract<Fn, (...args: never[]) => unknown>>>
    : never;
export type Customer = AnswerOf<typeof customer>;
export type CustomerInsight = AnswerOf<typeof customerInsight>;
export type CustomerOrder = AnswerOf<typeof customerOrders>["items"][number];

/** What the ledger of consent holds about a customer, newest first. */
export const customerConsents = (id: string) =>
  queryOptions({
    queryKey: ["customers", "consents", id],
    queryFn: ({ signal }) =>
      call(api.GET("/api/customers/{id}/consents", { params: { path: { id } }, signal })),
  });

/** What an operator can note an answer to, with all versions of the words. */
export const askablePurposes = queryOptions({
  queryKey: ["consent", "askable"],
  queryFn: ({ signal }) => call(api.GET("/api/consent/askable", { signal })),
});
