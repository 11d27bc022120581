import { call, type paths } from "@rondell/api-client";
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import type { Language } from "../i18n/index.ts";
import { api, queryClient, rememberGarden } from "./api.ts";

/** Who is signed in, which gardens they may enter, and what they may do there. */
export type Me = paths["/api/me"]["get"]["responses"][200]["content"]["application/json"];

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => call(api.GET("/api/me", { signal })),
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

/** What an operator can be allowed: `customers:read`, `experience:write`. */
export type Right = Me["rights"][number];

/** May the operator do this here? `useMay()("experience:write")` */
export function useMay(): (right: Right) => boolean {
  const me = useMe();
  return (right) => may(me, right);
}

export function may(me: Me, right: Right): boolean {
  return me.rights.includes(right);
}

/** Keeps the operator's language on the server, so that it is theirs on every browser. */
export function keepLanguage(language: Language): void {
  const me = queryClient.getQueryData(meQuery.queryKey);
  if (!me || me.operator.language === language) return;
  queryClient.setQueryData(meQuery.queryKey, { ...me, operator: { ...me.operator, language } });
  // Not told when it fails: this browser remembers the choice by itself.
  void call(api.PATCH("/api/me", { body: { language } })).catch(() => {});
}

/** Enters another garden at one of its pages: nothing of the garden before stays in memory. */
export function enterGarden(id: string, path = "/"): void {
  rememberGarden(id);
  queryClient.clear();
  window.location.assign(path);
}

const STORED_SESSION = "rondell.session";

/** Whether this browser had a session that nobody ended by hand. */
export const hadSession = () => localStorage.getItem(STORED_SESSION) !== null;

export function rememberSession(isOpen: boolean): void {
  if (isOpen) localStorage.setItem(STORED_SESSION, "open");
  else localStorage.removeItem(STORED_SESSION);
}

/** Ends the session and forgets what was shown. */
export async function leave(): Promise<void> {
  await call(api.POST("/api/auth/sign-out"));
  rememberSession(false);
  queryClient.clear();
  window.location.assign("/login");
}
