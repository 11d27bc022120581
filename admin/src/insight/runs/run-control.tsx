import { call } from "@rondell/api-client";
import { IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { Progress } from "../../design/progress.tsx";
import { EmptyState, ErrorState, Technical } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import { insightRuns, runJob } from "./queries.ts";

/** The run that is under way, if any. When it ends, what insight pages show is asked for anew. */
export function useRunUnderWay() {
  const client = useQueryClient();
  const runs = useQuery(insightRuns);
  const id = runs.data?.jobId ?? undefined;
  const job = useQuery({ ...runJob(id ?? ""), enabled: id !== undefined });
  const state = id === undefined ? undefined : job.data?.state;
  const before = useRef(id);
  useEffect(() => {
    const ended = state !== undefined && state !== "queued" && state !== "running";
    const vanished = before.current !== undefined && id === undefined;
    if (ended || vanished) {
      for (const queryKey of [["runs"], ["value"], ["lifecycle"], ["journeys"]]) {
        void client.invalidateQueries({ queryKey, exact: queryKey[0] === "runs" });
      }
    }
    before.current = id;
  }, [state, id, client]);
  const isRunning = id !== undefined && (state === undefined || state === "queued" || state === "running");
  return { isRunning, job: id === undefined ? undefined : job.data, last: runs.data?.runs[0] };
}

/** Starts a run of all insights; while one is under way it says so. */
export function RunButton({ main = false }: { main?: boolean }) {
  const { t } = useTranslation("runs");
  const may = useMay();
  const client = useQueryClient();
  const { isRunning } = useRunUnderWay();
  const start = useMutation({
    mutationFn: () => call(api.POST("/api/insight/runs", { body: {} })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["runs"] }),
  });
  const reason = !may("insight:run") ? t("noRight") : isRunning ? t("running") : undefined;
  return (
    <>
      <Button
        kind={main ? "main" : "normal"}
        icon={IconRefresh}
        disabledReason={reason}
        busy={start.isPending}
        onClick={() => start.mutate()}
      >
        {t("start")}
      </Button>
      {start.error ? <ErrorState error={start.error} /> : null}
    </>
  );
}

/** How far the run is that is under way, or why the last one failed; otherwise nothing. */
export function RunNote() {
  const { t } = useTranslation("runs");
  const f = useFormats();
  const { isRunning, job, last } = useRunUnderWay();
  if (isRunning) {
    const step = typeof job?.detail.step === "string" ? job.detail.step : "";
    return (
      <section className="panel" aria-live="polite">
        <p className="reading">
          {job?.state === "running" && step
            ? t("step", { step: t(`steps.${step}`, { defaultValue: step }) })
            : t("waiting")}
        </p>
        <Progress done={job?.progress ?? 0} label={t("progress")} />
      </section>
    );
  }
  if (last?.state === "failed") {
    return (
      <Note tone="bad">
        {t("failed", { when: f.dateTime(last.startedAt) })}
        <Technical text={last.error} />
      </Note>
    );
  }
  return null;
}

/** Nothing has been worked out yet: why, and the one thing to do. */
export function NoRunYet() {
  const { t } = useTranslation("runs");
  const { last } = useRunUnderWay();
  const isEmpty = last?.state === "done" && last.dataUntil === null;
  return (
    <section className="panel">
      <EmptyState
        title={t(isEmpty ? "noData" : "none")}
        actions={isEmpty ? <LinkButton to="/start">{t("bringIn")}</LinkButton> : <RunButton main />}
      >
        {t(isEmpty ? "noDataText" : "noneText")}
      </EmptyState>
    </section>
  );
}
