import { call, type paths } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api } from "../../shell/api.ts";

type Today = paths["/api/contacts"]["get"]["responses"][200]["content"]["application/json"];
export type Contact = Today["items"][number];
export type ContactSettings = Today["settings"];
export type Person =
  paths["/api/contacts/people"]["get"]["responses"][200]["content"]["application/json"]["items"][number];

export const contactsToday = () =>
  queryOptions({
    queryKey: ["contacts", "today"],
    queryFn: ({ signal }) => call(api.GET("/api/contacts", { signal })),
  });

export const peopleFor = (search: string) =>
  queryOptions({
    queryKey: ["contacts", "people", search],
    queryFn: ({ signal }) => call(api.GET("/api/contacts/people", { params: { query: { search } }, signal })),
    enabled: search.length >= 2,
  });

export const personAllowed = (id: string) =>
  queryOptions({
    queryKey: ["contacts", "person", id],
    queryFn: ({ signal }) => call(api.GET("/api/contacts/people/{id}", { params: { path: { id } }, signal })),
  });
