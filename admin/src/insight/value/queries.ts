import { call, type paths } from "@rondell/api-client";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

type Answer = paths["/api/insight/value"]["get"]["responses"][200]["content"]["application/json"];
export type Report = NonNullable<Answer["report"]>;
export type Scored = NonNullable<Report["scored"]>;
export type Holdout = NonNullable<Scored["holdout"]>;
export type Curve = NonNullable<Report["whalePast"]>;

export const valueOrders = ["expected", "value", "alive", "risk", "purchases", "recent"] as const;
export type ValueOrder = (typeof valueOrders)[number];
export const pageSize = 10;

export const valueReport = queryOptions({
  queryKey: ["value", "report"],
  queryFn: ({ signal }) => call(api.GET("/api/insight/value", { signal })),
});

export const valueCustomers = (order: ValueOrder, page: number) =>
  queryOptions({
    queryKey: ["value", "customers", order, page],
    queryFn: ({ signal }) =>
      call(
        api.GET("/api/insight/value/customers", {
          params: { query: { order, limit: pageSize, offset: page * pageSize } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
