import { call, type paths } from "@rondell/api-client";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, queryClient } from "../../shell/api.ts";

type Json<Answer> = Answer extends { content: { "application/json": infer Body } } ? Body : never;
type Reply<Path extends keyof paths> = paths[Path] extends { get: { responses: { 200: infer Answer } } }
  ? Json<Answer>
  : never;

export type SurveyListItem = Reply<"/api/surveys">["surveys"][number];
export type Survey = Reply<"/api/surveys/{id}">;
export type Results = Reply<"/api/surveys/{id}/results">;
export type Answer = Reply<"/api/surveys/{id}/answers">["answers"][number];
export type Alert = Reply<"/api/survey-alerts">["alerts"][number];
export type Score = Results["score"];
export type Group = Answer["group"];
export type Step = "day" | "week" | "month";

/** How often alerts are asked for anew, in ms: an unhappy customer should not wait for a reload. */
const alertsEveryMs = 20_000;

export const surveyList = () =>
  queryOptions({
    queryKey: ["surveys", "list"],
    queryFn: ({ signal }) => call(api.GET("/api/surveys", { signal })),
  });

export const survey = (id: string) =>
  queryOptions({
    queryKey: ["surveys", "one", id],
    queryFn: ({ signal }) => call(api.GET("/api/surveys/{id}", { params: { path: { id } }, signal })),
  });

export const results = (id: string, step: Step) =>
  queryOptions({
    queryKey: ["surveys", "results", id, step],
    queryFn: ({ signal }) =>
      call(api.GET("/api/surveys/{id}/results", { params: { path: { id }, query: { step } }, signal })),
    refetchInterval: 60_000,
  });

export const overall = (step: Step) =>
  queryOptions({
    queryKey: ["surveys", "overall", step],
    queryFn: ({ signal }) => call(api.GET("/api/nps", { params: { query: { step } }, signal })),
  });

export const answerPages = (id: string, only: { group: Group | undefined; withReason: boolean }) =>
  infiniteQueryOptions({
    queryKey: ["surveys", "answers", id, only],
    queryFn: ({ signal, pageParam }) =>
      call(
        api.GET("/api/surveys/{id}/answers", {
          params: {
            path: { id },
            query: {
              max: 10,
              ...(only.group ? { group: only.group } : {}),
              ...(only.withReason ? { withReason: "true" } : {}),
              ...(pageParam ? { before: pageParam } : {}),
            },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
  });

export const alertList = (state: "open" | "done") =>
  infiniteQueryOptions({
    queryKey: ["surveys", "alerts", state],
    queryFn: ({ signal, pageParam }) =>
      call(
        api.GET("/api/survey-alerts", {
          params: { query: { state, max: 50, ...(pageParam ? { after: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.alerts.length === 50 ? last.alerts.at(-1)?.id : undefined),
    refetchInterval: alertsEveryMs,
  });

export const alertCount = () =>
  queryOptions({
    queryKey: ["surveys", "alerts", "count"],
    queryFn: ({ signal }) => call(api.GET("/api/survey-alerts/count", { signal })),
    refetchInterval: alertsEveryMs,
  });

/** After a change: everything that surveys show is asked for again. */
export const renewSurveys = () => queryClient.invalidateQueries({ queryKey: ["surveys"] });
