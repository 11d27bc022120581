import { call, type paths } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

type Targets = paths["/api/webhook-targets"]["get"]["responses"][200]["content"]["application/json"];
export type Target = Targets["targets"][number];

export const targetList = () =>
  queryOptions({
    queryKey: ["outbound", "list"],
    queryFn: ({ signal }) => call(api.GET("/api/webhook-targets", { signal })),
    refetchInterval: 5_000,
  });

export const deliveriesOf = (id: number) =>
  queryOptions({
    queryKey: ["outbound", "deliveries", id],
    queryFn: ({ signal }) =>
      call(
        api.GET("/api/webhook-targets/{id}/deliveries", {
          params: { path: { id }, query: { max: 100 } },
          signal,
        }),
      ),
    refetchInterval: 5_000,
  });
