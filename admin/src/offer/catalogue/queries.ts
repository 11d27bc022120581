import { call } from "@rondell/api-client";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

export const productSorts = ["customers", "quantity", "last_bought", "name", "price"] as const;
export type ProductSort = (typeof productSorts)[number];

export interface ProductSearch {
  q?: string | undefined;
  sort: ProductSort;
  page: number;
}
export const pageSize = 25;

/** A page of the catalogue. */
export const productList = (search: ProductSearch) =>
  queryOptions({
    queryKey: ["catalogue", "list", search],
    queryFn: ({ signal }) =>
      call(
        api.GET("/api/offer/products", {
          params: {
            query: {
              ...(search.q ? { q: search.q } : {}),
              sort: search.sort,
              max: pageSize,
              offset: search.page * pageSize,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export type Product = Awaited<
  ReturnType<NonNullable<ReturnType<typeof productList>["queryFn"]>>
>["products"][number];
