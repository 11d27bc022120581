import { call } from "@rondell/api-client";
import { IconUsers } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { Progress } from "../../design/progress.tsx";
import { ErrorState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import { duplicateJob, duplicateSearch } from "./queries.ts";

/** The search that is under way, if any. When it ends, the list is asked for anew. */
function useSearch() {
  const client = useQueryClient();
  const search = useQuery(duplicateSearch);
  const id = search.data?.jobId ?? undefined;
  const job = useQuery({ ...duplicateJob(id ?? ""), enabled: id !== undefined });
  const state = id === undefined ? undefined : job.data?.state;
  const before = useRef(id);
  useEffect(() => {
    const ended = state !== undefined && state !== "queued" && state !== "running";
    const vanished = before.current !== undefined && id === undefined;
    if (ended) void client.invalidateQueries({ queryKey: duplicateSearch.queryKey, exact: true });
    if (ended || vanished) void client.invalidateQueries({ queryKey: ["customers", "proposals"] });
    before.current = id;
  }, [state, id, client]);
  const isRunning = id !== undefined && (state === undefined || state === "queued" || state === "running");
  return { isRunning, job: id === undefined ? undefined : job.data, search: search.data };
}

/** Starts a search; while one is under way it says so. */
export function SearchButton() {
  const { t } = useTranslation("customers");
  const may = useMay();
  const client = useQueryClient();
  const { isRunning } = useSearch();
  const start = useMutation({
    mutationFn: () => call(api.POST("/api/merge-proposals/search")),
    onSuccess: () => client.invalidateQueries({ queryKey: duplicateSearch.queryKey, exact: true }),
  });
  const reason = !may("data:write")
    ? t("duplicates.search.noRight")
    : isRunning
      ? t("duplicates.search.running")
      : undefined;
  return (
    <>
      <Button
        kind="main"
        icon={IconUsers}
        disabledReason={reason}
        busy={start.isPending}
        onClick={() => start.mutate()}
      >
        {t("duplicates.search")}
      </Button>
      {start.error ? <ErrorState error={start.error} /> : null}
    </>
  );
}

/** How far the search is, or what became of the last one; nothing where there was none. */
export function SearchNote() {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const { isRunning, job, search } = useSearch();
  if (isRunning) {
    const step = typeof job?.detail.step === "string" ? job.detail.step : "waiting";
    return (
      <section className="panel" aria-live="polite">
        <p className="reading">{t(`duplicates.search.step.${step}`)}</p>
        <Progress done={job?.progress ?? 0} label={t("duplicates.search.progress")} />
      </section>
    );
  }
  if (search?.failed) return <Note tone="bad">{t("duplicates.search.failed")}</Note>;
  if (!search?.lastAt) return null;
  return <Note>{t("duplicates.search.last", { when: f.dateTime(search.lastAt) })}</Note>;
}
