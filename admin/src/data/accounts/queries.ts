import { call } from "@rondell/api-client";
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, queryClient } from "../../shell/api.ts";

export const accountOrders = ["revenue", "expected", "members", "last"] as const;
export type AccountOrder = (typeof accountOrders)[number];

export interface AccountSearch {
  q?: string | undefined;
  order?: AccountOrder | undefined;
  page: number;
}

export const pageSize = 25;

/** The accounts that the address asks for, as the API reads it. */
export const setOf = (search: AccountSearch) => ({
  ...(search.q ? { search: search.q } : {}),
  ...(search.order ? { order: search.order } : {}),
});

export const accountList = (search: AccountSearch) =>
  queryOptions({
    queryKey: ["accounts", "list", search],
    queryFn: ({ signal }) =>
      call(
        api.GET("/api/accounts", {
          params: { query: { ...setOf(search), max: pageSize, offset: search.page * pageSize } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** Accounts by the beginning of a name or number. */
export const accountsNamed = (search: string) =>
  queryOptions({
    queryKey: ["accounts", "named", search],
    queryFn: ({ signal }) =>
      call(api.GET("/api/accounts", { params: { query: { search, max: 8 } }, signal })),
    enabled: search !== "",
  });

export const account = (id: string) =>
  queryOptions({
    queryKey: ["accounts", "one", id],
    queryFn: ({ signal }) => call(api.GET("/api/accounts/{id}", { params: { path: { id } }, signal })),
  });

export const membersPageSize = 12;

export const accountMembers = (id: string, page: number) =>
  queryOptions({
    queryKey: ["accounts", "members", id, page],
    queryFn: ({ signal }) =>
      call(
        api.GET("/api/accounts/{id}/members", {
          params: { path: { id }, query: { max: membersPageSize, offset: page * membersPageSize } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const accountTimeline = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["accounts", "timeline", id],
    queryFn: ({ pageParam, signal }) =>
      call(
        api.GET("/api/accounts/{id}/timeline", {
          params: { path: { id }, query: { max: 30, ...(pageParam ? { before: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextBefore ?? undefined,
  });

export const accountAnswers = (id: string) =>
  queryOptions({
    queryKey: ["accounts", "answers", id],
    queryFn: ({ signal }) =>
      call(api.GET("/api/accounts/{id}/answers", { params: { path: { id } }, signal })),
  });

export const accountsOfCustomer = (id: string) =>
  queryOptions({
    queryKey: ["accounts", "customer", id],
    queryFn: ({ signal }) =>
      call(api.GET("/api/customers/{id}/accounts", { params: { path: { id } }, signal })),
  });

const renew = () => queryClient.invalidateQueries({ queryKey: ["accounts"] });

/** After a change: who belongs is another at once, and the figures a moment later, when the event store has heard of it. */
export const renewAccounts = () => {
  setTimeout(() => void renew(), 1500);
  return renew();
};

type AnswerOf<Query extends (...args: never[]) => { queryFn?: unknown }> =
  ReturnType<Query> extends { queryFn?: infer Fn }
    ? Awaited<ReturnType<Extract<Fn, (...args: never[]) => unknown>>>
    : never;
export type Account = AnswerOf<typeof account>;
export type Figures = Account["own"];
export type Member = AnswerOf<typeof accountMembers>["items"][number];
