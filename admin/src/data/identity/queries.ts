import { call } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

export const identityRules = queryOptions({
  queryKey: ["identity", "rules"],
  queryFn: ({ signal }) => call(api.GET("/api/identity/rules", { signal })),
});

export type IdentityRules = Awaited<
  ReturnType<Extract<(typeof identityRules)["queryFn"], (...args: never[]) => unknown>>
>;
