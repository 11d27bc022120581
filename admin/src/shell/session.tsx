import { call, type paths, signOut } from "@rondell/api-client";
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { api, queryClient, rememberGarden } from "./api.ts";

/** Who is signed in, which gardens they may enter, and what they may do there. */
export type Me = paths["/api/me"]["get"]["responses"][200]["content"]["application/json"];

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => call(api.GET("/api/me", { signal })) as Promise<Me>,
  staleTime: 60_000,
});

export const setupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: ({ signal }) => call(api.GET("/api/setup", { signal })),
  staleTime: 0,
});

/** The session of the page shown. Only for pages inside the frame, which have one. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

/** May the operator do this here? `useMay()("surveys:write")`. An owner may do everything. */
export function useMay(): (right: string) => boolean {
  const me = useMe();
  return (right) => may(me, right);
}

export function may(me: Me, right: string): boolean {
  return me.rights.includes("*") || me.rights.includes(right);
}

/** Enters another garden at one of its pages: nothing of the garden before stays in memory. */
export function enterGarden(id: string, path = "/"): void {
  rememberGarden(id);
  queryClient.clear();
  window.location.assign(path);
}

/** Ends the session and forgets what was shown. */
export async function leave(): Promise<void> {
  await signOut(window.location.origin);
  queryClient.clear();
  window.location.assign("/login");
}
