import { useQuery } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import { UnratedNote } from "../../data/customers/unrated-note.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { Grid, Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { ExportLink } from "../../shell/export-link.tsx";
import { type RawSearch, searchNumber, usePageSearch } from "../../shell/search.ts";
import { NoRunYet, RunButton, RunNote } from "../runs/run-control.tsx";
import { HistoryPanel } from "./history-panel.tsx";
import { MovesPanel } from "./moves-panel.tsx";
import { type Lifecycle, lifecycle, type Stage } from "./queries.ts";

const spans = [28, 91, 365];
const readSearch = (raw: RawSearch) => {
  const days = searchNumber(raw.days);
  return { days: days !== undefined && spans.includes(days) ? days : 28 };
};

const active: Stage[] = ["new", "repeat", "loyal", "won_back"];

/** Where customers stand, how that changed, and by which rule it is told. */
export default function LifecyclePage() {
  const { t } = useTranslation("lifecycle");
  const f = useFormats();
  const [search, setSearch] = usePageSearch(readSearch);
  const answer = useQuery(lifecycle(search.days));
  const data = answer.data;
  const report = data?.report;
  const sum = (stages: Stage[]) =>
    (data?.now ?? []).reduce((total, row) => total + (stages.includes(row.stage) ? row.customers : 0), 0);
  const buyers = sum([...active, "at_risk", "lapsed"]);
  return (
    <Page
      title={t("title")}
      reading={
        report && buyers > 0 ? (
          <Trans
            t={t}
            i18nKey="headline"
            components={{ b: <b /> }}
            values={{
              buyers: f.number(buyers),
              active: f.percent(sum(active) / buyers, { digits: 0 }),
              risk: f.percent(sum(["at_risk"]) / buyers, { digits: 0 }),
              lapsed: f.percent(sum(["lapsed"]) / buyers, { digits: 0 }),
            }}
          />
        ) : report ? (
          t("headlineNoBuyers")
        ) : null
      }
      actions={
        report ? (
          <>
            <RunButton />
            <ExportLink path="/api/insight/lifecycle/customers.csv">{t("export")}</ExportLink>
          </>
        ) : null
      }
    >
      <RunNote />
      <UnratedNote />
      {data && !report ? <NoRunYet /> : null}
      {data ? null : <Panel question={t("where")} state={stateOf(answer, { shape: "table", height: 320 })} />}
      {data && report ? (
        <>
          <Grid columns="2">
            <StagesPanel data={data} />
            <HistoryPanel data={data} />
          </Grid>
          <Grid columns="2">
            <MovesPanel data={data} days={search.days} spans={spans} onDays={(days) => setSearch({ days })} />
            <RulePanel report={report} loyalFrom={data.loyalFrom} />
          </Grid>
        </>
      ) : null}
    </Page>
  );
}

/** Each stage with its customers, in the order of a life. */
function StagesPanel({ data }: { data: Lifecycle }) {
  const { t } = useTranslation("lifecycle");
  const f = useFormats();
  const most = Math.max(1, ...data.now.map((row) => row.customers));
  const all = data.now.reduce((sum, row) => sum + row.customers, 0);
  return (
    <Panel
      question={t("where")}
      how={[t("whereHow", { until: f.date(`${data.report?.until}T12:00:00Z`) }), t("consentHow")]}
    >
      <ol className="funnel">
        {data.now.map(({ stage, customers }) => (
          <li key={stage}>
            <div className="row spread tight">
              <span>
                <b>{t(`stage.${stage}`)}</b> <span className="xs dim">{t(`meaning.${stage}`)}</span>
              </span>
              <span className="nowrap push">
                <NumberLink
                  customers={{ filter: "lifecycle.stage", value: stage }}
                  from={t(`stage.${stage}`)}
                >
                  {f.number(customers)}
                </NumberLink>{" "}
                <span className="xs dim">{f.percent(all > 0 ? customers / all : 0, { digits: 0 })}</span>
              </span>
            </div>
            <span className="fbar" aria-hidden="true">
              <i
                className={
                  stage === "lapsed" ? "lost" : stage === "prospect" || stage === "lead" ? "open" : ""
                }
                style={{
                  width: `${(100 * customers) / most}%`,
                  ...(stage === "at_risk" ? { background: "var(--c2)" } : {}),
                }}
              />
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

/** By which rule the stages are told, with the numbers that the brand's own rhythm gives. */
function RulePanel({ report, loyalFrom }: { report: NonNullable<Lifecycle["report"]>; loyalFrom: number }) {
  const { t } = useTranslation("lifecycle");
  const f = useFormats();
  const { rule, gaps } = report;
  const weeks = (count: number) => t("weeks", { count: Math.round(count) });
  return (
    <Panel
      question={t("rule")}
      reading={t(rule.model ? "ruleModel" : "ruleSilence", {
        model: rule.model?.name ?? "",
        risk: weeks(rule.silenceRiskWeeks),
        lapsed: weeks(rule.silenceLapsedWeeks),
        grace: weeks(rule.graceWeeks),
      })}
      how={[t("historyHow")]}
    >
      <dl className="kv">
        <dt>{t("rhythm")}</dt>
        <dd>
          {gaps.gaps > 0
            ? t("gaps", {
                gaps: f.number(gaps.gaps),
                median: f.number(gaps.medianWeeks),
                most: f.number(gaps.q80Weeks),
              })
            : t("noGaps")}
        </dd>
        <dt>{t("stage.loyal")}</dt>
        <dd>{t("loyalFrom", { count: loyalFrom })}</dd>
        <dt>{t("stage.at_risk")}</dt>
        <dd>{t(rule.model ? "riskModel" : "afterSilence", { weeks: weeks(rule.silenceRiskWeeks) })}</dd>
        <dt>{t("stage.lapsed")}</dt>
        <dd>{t(rule.model ? "lapsedModel" : "afterSilence", { weeks: weeks(rule.silenceLapsedWeeks) })}</dd>
        <dt>{t("stage.won_back")}</dt>
        <dd>{t("wonBackRule")}</dd>
      </dl>
    </Panel>
  );
}
