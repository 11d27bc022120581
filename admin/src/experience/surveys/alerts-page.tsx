import { SegmentedControl, Textarea } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconCheck, IconMoodSad, IconPencil } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Link } from "../../design/link.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState, ErrorState } from "../../design/states.tsx";
import { Alert as AlertRow } from "../../design/timeline.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api } from "../../shell/api.ts";
import { type RawSearch, searchWord, usePageSearch } from "../../shell/search.ts";
import { useMay } from "../../shell/session.tsx";
import { Who } from "./answers-panel.tsx";
import { type Alert, alertList, renewSurveys } from "./queries.ts";
import "./preview.css";

const states = ["open", "done"] as const;
const readSearch = (raw: RawSearch) => ({ state: searchWord(raw.state, states) ?? "open" });

/** Unhappy customers, oldest first, until somebody wrote down what was done. */
export default function AlertsPage() {
  const { t } = useTranslation("surveys");
  const f = useFormats();
  const [{ state }, setSearch] = usePageSearch(readSearch);
  const pages = useInfiniteQuery(alertList(state));
  const alerts = pages.data?.pages.flatMap((page) => page.alerts) ?? [];
  const first = pages.data?.pages[0];
  return (
    <Page
      title={t("alerts.title")}
      reading={
        first ? (
          first.open > 0 ? (
            <Trans
              t={t}
              i18nKey="alerts.reading"
              count={first.open}
              components={{ b: <b /> }}
              values={{ open: f.number(first.open), date: f.date(first.oldest ?? new Date()) }}
            />
          ) : (
            t("alerts.readingNone")
          )
        ) : null
      }
    >
      <Panel
        question={t(`alerts.question.${state}`)}
        state={stateOf(pages, { shape: "text", height: 240 })}
        how={[t("alerts.how")]}
        actions={
          <SegmentedControl
            aria-label={t("alerts.show")}
            value={state}
            onChange={(value) => setSearch({ state: searchWord(value, states) ?? "open" })}
            data={states.map((each) => ({ value: each, label: t(`alerts.state.${each}`) }))}
          />
        }
      >
        {alerts.length === 0 ? (
          <EmptyState icon={IconCheck} title={t(`alerts.none.${state}`)}>
            {t(`alerts.noneText.${state}`)}
          </EmptyState>
        ) : (
          <div>
            {alerts.map((alert) => (
              <OneAlert key={alert.id} alert={alert} />
            ))}
          </div>
        )}
        {pages.hasNextPage ? (
          <div className="row center">
            <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
              {t("said.more")}
            </Button>
          </div>
        ) : null}
      </Panel>
    </Page>
  );
}

function OneAlert({ alert }: { alert: Alert }) {
  const { t } = useTranslation("surveys");
  const f = useFormats();
  const mayWrite = useMay()("experience:write");
  const [isWriting, setWriting] = useState(false);
  const reopen = useMutation({
    mutationFn: () =>
      call(api.POST("/api/survey-alerts/{id}/reopen", { params: { path: { id: alert.id } } })),
    onSuccess: () => renewSurveys(),
  });
  return (
    <AlertRow
      tone={alert.state === "open" ? "bad" : "warn"}
      icon={alert.state === "open" ? IconMoodSad : IconCheck}
      title={
        <>
          {t("alerts.gave", { score: alert.score })}: <Who customer={alert.customer} />
        </>
      }
      action={
        mayWrite && !isWriting ? (
          <>
            <Button icon={IconPencil} onClick={() => setWriting(true)}>
              {t(alert.state === "open" ? "alerts.write" : "alerts.writeMore")}
            </Button>
            {alert.state === "done" ? (
              <Button kind="quiet" busy={reopen.isPending} onClick={() => reopen.mutate()}>
                {t("alerts.reopen")}
              </Button>
            ) : null}
          </>
        ) : null
      }
    >
      <span className="stack">
        {alert.reason ? (
          <q className="said" lang={alert.language}>
            {alert.reason}
          </q>
        ) : (
          <span className="dim">{t("alerts.noReason")}</span>
        )}
        <span className="xs dim">
          <Link to={`/surveys/${alert.surveyId}`} className="n">
            {alert.surveyName}
          </Link>
          , {f.dateTime(alert.openedAt)}
        </span>
        {alert.notes.length ? (
          <span className="alert-notes">
            {alert.notes.map((note) => (
              <span key={`${note.writtenAt} ${note.text}`}>
                <span className="said">{note.text}</span>
                <br />
                <span className="xs dim">
                  {note.writtenBy}, {f.dateTime(note.writtenAt)}
                </span>
              </span>
            ))}
          </span>
        ) : null}
        {isWriting ? <NoteForm alert={alert} onDone={() => setWriting(false)} /> : null}
        {reopen.error ? <ErrorState error={reopen.error} title={t("notSaved")} /> : null}
      </span>
    </AlertRow>
  );
}

function NoteForm({ alert, onDone }: { alert: Alert; onDone: () => void }) {
  const { t } = useTranslation("surveys");
  const [text, setText] = useState("");
  const write = useMutation({
    mutationFn: (close: boolean) =>
      call(
        api.POST("/api/survey-alerts/{id}/notes", {
          params: { path: { id: alert.id } },
          body: { text: text.trim(), close },
        }),
      ),
    onSuccess: (_, close) => {
      notifyDone(t(close ? "alerts.closed" : "alerts.noted"));
      onDone();
      return renewSurveys();
    },
  });
  const fault = text.trim() ? undefined : t("alerts.needsText");
  return (
    <form className="stack s3" onSubmit={(event) => event.preventDefault()}>
      <Textarea
        label={t("alerts.what")}
        autosize
        minRows={2}
        maxLength={2000}
        value={text}
        autoFocus
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {write.error ? <ErrorState error={write.error} title={t("notSaved")} /> : null}
      <span className="row">
        <Button kind="main" busy={write.isPending} disabledReason={fault} onClick={() => write.mutate(true)}>
          {t("alerts.saveClose")}
        </Button>
        {alert.state === "open" ? (
          <Button busy={write.isPending} disabledReason={fault} onClick={() => write.mutate(false)}>
            {t("alerts.save")}
          </Button>
        ) : null}
        <Button kind="quiet" onClick={onDone}>
          {t("alerts.cancel")}
        </Button>
      </span>
    </form>
  );
}
