import { ApiError, call } from "@rondell/api-client";
import {
  IconArrowBackUp,
  IconDownload,
  IconPlayerPlay,
  IconReload,
  IconUpload,
  IconX,
} from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { Note } from "../../design/note.tsx";
import { Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { Progress } from "../../design/progress.tsx";
import { ErrorState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api, fileAddress } from "../../shell/api.ts";
import { usePathValue } from "../../shell/path-value.ts";
import { useMay } from "../../shell/session.tsx";
import { BasisPanel } from "./basis-panel.tsx";
import { type Import, importOne, isOpen, renewImports } from "./queries.ts";
import { ResultPanels } from "./result-panels.tsx";
import { RulesInWords } from "./rules-in-words.tsx";
import { ImportStateChip } from "./state-chip.tsx";

/** One import: how far it is, then what came of every line. */
export default function ImportPage() {
  const { t } = useTranslation("imports");
  const may = useMay();
  const confirm = useConfirm();
  const id = usePathValue("id");
  const query = useQuery(importOne(id));
  const one = query.data;
  const undo = useMutation({
    mutationFn: () => call(api.POST("/api/imports/{id}/undo", { params: { path: { id } } })),
    onSuccess: renewImports,
  });
  const resume = useMutation({
    mutationFn: () => call(api.POST("/api/imports/{id}/resume", { params: { path: { id } } })),
    onSuccess: renewImports,
  });
  const askUndo = async () => {
    if (await confirm({ title: t("undo.title"), text: t("undo.text"), action: t("undo.action") }))
      undo.mutate();
  };
  return (
    <Page
      title={
        one
          ? t("list.name", {
              count: one.files.length,
              name: one.files[0]?.name ?? "",
              more: one.files.length - 1,
            })
          : t("one")
      }
      mark={one ? <ImportStateChip state={one.state} /> : null}
      actions={
        <>
          {one?.state === "done" && may("data:write") ? (
            <Button kind="quiet" icon={IconArrowBackUp} busy={undo.isPending} onClick={() => void askUndo()}>
              {t("undo.action")}
            </Button>
          ) : null}
          {one?.state === "checked" && may("data:write") ? (
            <Button kind="main" icon={IconPlayerPlay} busy={resume.isPending} onClick={() => resume.mutate()}>
              {t("checked.action")}
            </Button>
          ) : null}
          {(one?.state === "failed" || one?.state === "cancelled") && may("data:write") ? (
            <Button icon={IconReload} busy={resume.isPending} onClick={() => resume.mutate()}>
              {t("resume.action")}
            </Button>
          ) : null}
          {may("data:write") ? (
            <LinkButton icon={IconUpload} to="/imports/new">
              {t("new.title")}
            </LinkButton>
          ) : null}
        </>
      }
    >
      <Stack>
        {resume.error ? <ErrorState error={resume.error} /> : null}
        {undo.error ? <ErrorState error={undo.error} /> : null}
        {one ? (
          <Outcome one={one} />
        ) : (
          <Panel question={t("one")} state={stateOf(query)}>
            {null}
          </Panel>
        )}
      </Stack>
    </Page>
  );
}

function Outcome({ one }: { one: Import }) {
  const { t } = useTranslation("imports");
  return (
    <>
      {isOpen(one) ? <Running one={one} /> : null}
      {one.state === "failed" ? (
        <Panel question={t("failed.question")}>
          <ErrorState
            error={
              new ApiError(one.error?.code ?? "import.failed", one.error?.message ?? t("failed.text"), 400, {
                details: one.error?.details ?? {},
              })
            }
          />
          {one.error?.code === "import.nothing_usable" ? <RejectedLink id={one.id} /> : null}
        </Panel>
      ) : null}
      {one.state === "cancelled" ? <Note>{t("cancelled")}</Note> : null}
      {one.state === "undone" ? <Note>{t("undone")}</Note> : null}
      {one.state === "checked" ? <Note>{t("checked.text")}</Note> : null}
      {one.result ? (
        <ResultPanels one={one} result={one.result} rejectedLink={<RejectedLink id={one.id} />} />
      ) : null}
      <BasisPanel one={one} />
      <RulesInWords one={one} />
    </>
  );
}

function RejectedLink({ id }: { id: string }) {
  const { t } = useTranslation("imports");
  return (
    <div className="row">
      <LinkButton icon={IconDownload} to={fileAddress(`/api/imports/${id}/rejected.csv`)}>
        {t("rejected.download")}
      </LinkButton>
    </div>
  );
}

/** The bar with lines a second and the time that is left. */
function Running({ one }: { one: Import }) {
  const { t } = useTranslation("imports");
  const f = useFormats();
  const may = useMay();
  const { progress, job } = one;
  const cancel = useMutation({
    mutationFn: () => call(api.POST("/api/jobs/{id}/cancel", { params: { path: { id: job ?? "" } } })),
    onSuccess: renewImports,
  });
  return (
    <Panel
      question={t("running.question")}
      reading={
        progress?.step ? t(`step.${progress.step}`, { defaultValue: progress.step }) : t("step.waiting")
      }
      actions={
        may("data:write") && job ? (
          <Button icon={IconX} busy={cancel.isPending} onClick={() => cancel.mutate()}>
            {t("running.cancel")}
          </Button>
        ) : null
      }
      how={[t("running.how")]}
    >
      <Stack gap="small">
        <Progress done={progress?.share ?? 0} label={t("progress")} />
        <p className="sm dim" aria-live="polite">
          {progress && progress.rowsRead > 0
            ? [
                t("running.read", {
                  rows: f.number(progress.rowsRead),
                  perSecond: f.number(progress.rowsPerSecond),
                }),
                progress.secondsLeft === null
                  ? null
                  : t("running.left", { time: f.duration(progress.secondsLeft * 1000) }),
              ]
                .filter(Boolean)
                .join(" · ")
            : t("running.begin")}
        </p>
        {cancel.error ? <ErrorState error={cancel.error} /> : null}
      </Stack>
    </Panel>
  );
}
