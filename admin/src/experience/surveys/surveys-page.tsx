import { IconBellRinging, IconMessageQuestion, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import { LinkButton } from "../../design/button.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Note } from "../../design/note.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { Fact, Page, Strip } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useMay } from "../../shell/session.tsx";
import { alertCount, overall, type SurveyListItem, surveyList } from "./queries.ts";
import { ScoreInterval, usePoints } from "./score.tsx";
import { SurveyStateChip } from "./state-chip.tsx";
import { TrendPanel } from "./trend-panel.tsx";
import "./preview.css";

/** All surveys, the score over all of them, and whether an unhappy customer waits. */
export default function SurveysPage() {
  const { t } = useTranslation("surveys");
  const f = useFormats();
  const points = usePoints();
  const mayWrite = useMay()("experience:write");
  const list = useQuery(surveyList());
  const all = useQuery(overall("month"));
  const alerts = useQuery(alertCount());
  const estimate = all.data?.score.estimate;

  const columns: Column<SurveyListItem>[] = [
    {
      id: "name",
      head: t("name"),
      lead: true,
      cell: (row) => (
        <span className="row tight">
          <Link to={`/surveys/${row.id}`}>
            <b>{row.name}</b>
          </Link>
          <SurveyStateChip state={row.state} />
        </span>
      ),
    },
    {
      id: "score",
      head: t("score"),
      minWidth: 12,
      cell: (row) =>
        row.score ? <ScoreInterval score={row.score} /> : <span className="dim">{t("score.none")}</span>,
    },
    {
      id: "answers",
      head: t("answers"),
      right: true,
      cell: (row) =>
        row.score ? (
          <NumberLink
            customers={{ filter: "survey", value: row.id }}
            from={t("behind.answers", { name: row.name })}
          >
            {f.number(row.score.answers)}
          </NumberLink>
        ) : (
          f.number(0)
        ),
    },
    {
      id: "since",
      head: t("since"),
      right: true,
      cell: (row) => (row.publishedAt ? f.date(row.publishedAt) : "–"),
    },
  ];
  const create = mayWrite ? (
    <LinkButton kind="main" icon={IconPlus} to="/surveys/new">
      {t("create")}
    </LinkButton>
  ) : null;

  return (
    <Page
      title={t("title")}
      reading={
        estimate ? (
          <Trans
            t={t}
            i18nKey="reading"
            components={{ b: <b /> }}
            values={{
              score: points(estimate.score),
              interval: f.interval(points(estimate.low), points(estimate.high)),
            }}
          />
        ) : all.data ? (
          t("readingNone")
        ) : null
      }
      actions={create}
    >
      {alerts.data?.open ? (
        <Note tone="warn" icon={IconBellRinging}>
          {t("alerts.waiting", {
            count: alerts.data.open,
            open: f.number(alerts.data.open),
            date: f.date(alerts.data.oldest ?? new Date()),
          })}{" "}
          <Link className="underlined" to="/survey-alerts">
            {t("alerts.see")}
          </Link>
        </Note>
      ) : null}
      {all.data && all.data.score.answers > 0 ? (
        <Strip>
          <Fact question={t("overall")}>
            <ScoreInterval size="xl" score={all.data.score} />
          </Fact>
          {(["promoter", "passive", "detractor"] as const).map((group) => (
            <Fact key={group} question={t(`group.${group}s`)}>
              <b className="v">
                <NumberLink
                  customers={{ filter: "survey", value: `all:${group}` }}
                  from={t(`group.${group}s`)}
                >
                  {f.number(all.data.score[`${group}s`])}
                </NumberLink>
              </b>
              <p>{f.percent(all.data.score[`${group}s`] / all.data.score.answers, { digits: 0 })}</p>
            </Fact>
          ))}
        </Strip>
      ) : null}
      <Panel
        question={t("which")}
        state={stateOf(list, {
          shape: "table",
          empty: (data) =>
            data.surveys.length === 0 && (
              <EmptyState icon={IconMessageQuestion} title={t("none.title")} actions={create}>
                {t("none.text")}
              </EmptyState>
            ),
        })}
        how={[t("how")]}
        flush
      >
        {list.data ? (
          <DataTable label={t("title")} columns={columns} rows={list.data.surveys} rowId={(row) => row.id} />
        ) : null}
      </Panel>
      {all.data && all.data.trend.length > 1 ? <TrendPanel trend={all.data.trend} step="month" /> : null}
    </Page>
  );
}
