import { call } from "@rondell/api-client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, queryClient } from "../../shell/api.ts";

export const mergePreview = (survivor: string, joined: string) =>
  queryOptions({
    queryKey: ["merges", "preview", survivor, joined],
    queryFn: ({ signal }) =>
      call(
        api.GET("/api/customers/{id}/merges/preview", {
          params: { path: { id: survivor }, query: { joined } },
          signal,
        }),
      ),
  });

/** The other customer of a merge, looked for by name, e-mail or identifier. */
export const candidates = (search: string) =>
  queryOptions({
    queryKey: ["merges", "candidates", search],
    queryFn: ({ signal }) =>
      call(api.GET("/api/customers", { params: { query: { search, known: "1", max: 8 } }, signal })),
    enabled: search.trim() !== "",
  });

const nextOf = (last: { next: number | null }) => last.next ?? undefined;

/** The whole log, or that of one customer. */
export const mergeLog = (customer?: string) =>
  infiniteQueryOptions({
    queryKey: ["merges", "log", customer ?? "all"],
    queryFn: ({ pageParam, signal }) => {
      const query = pageParam ? { before: pageParam } : {};
      return customer === undefined
        ? call(api.GET("/api/merges", { params: { query }, signal }))
        : call(api.GET("/api/customers/{id}/merges", { params: { path: { id: customer }, query }, signal }));
    },
    initialPageParam: 0,
    getNextPageParam: nextOf,
  });

/** After a merge, or one that was taken back, every number of the customers may be another. */
export const renewCustomers = () =>
  Promise.all(["customers", "merges"].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));

export type Preview = Awaited<
  ReturnType<Extract<ReturnType<typeof mergePreview>["queryFn"], (...args: never[]) => unknown>>
>;
export type LogEntry = {
  id: number;
  kind: "merge" | "unmerge";
  survivor: { id: string; name: string | null } | null;
  joined: { id: string; name: string | null } | null;
  undoes: number | null;
  at: string;
  by: string;
  undoneAt: string | null;
};
