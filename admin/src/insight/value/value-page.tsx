import { useQuery } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import { UnratedNote } from "../../data/customers/unrated-note.tsx";
import { LinkButton } from "../../design/button.tsx";
import { Grid, Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState, Technical } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { ExportLink } from "../../shell/export-link.tsx";
import { NoRunYet, RunButton, RunNote } from "../runs/run-control.tsx";
import { CustomersPanel } from "./customers-panel.tsx";
import { HoldoutPanel } from "./holdout-panel.tsx";
import { ModelCard } from "./model-card.tsx";
import { type Report, valueReport } from "./queries.ts";
import { SpreadPanel } from "./spread-panel.tsx";
import { WhalePanel } from "./whale-panel.tsx";

/** What customers are worth, one by one and together, and how far that may be trusted. */
export default function ValuePage() {
  const { t } = useTranslation("value");
  const answer = useQuery(valueReport);
  const report = answer.data?.report;
  const scored = report?.scored;
  return (
    <Page
      title={t("title")}
      reading={report ? <Headline report={report} /> : null}
      actions={
        report ? (
          <>
            <RunButton />
            <ExportLink path="/api/insight/value/customers.csv">{t("export")}</ExportLink>
          </>
        ) : null
      }
    >
      <RunNote />
      <UnratedNote />
      {answer.data && !report ? <NoRunYet /> : null}
      {answer.data ? null : (
        <Panel question={t("spread")} state={stateOf(answer, { shape: "chart", height: 320 })} />
      )}
      {report && !scored ? <Unscored report={report} /> : null}
      {report && scored ? (
        <>
          <Grid columns="2">
            <SpreadPanel scored={scored} />
            <WhalePanel report={report} />
          </Grid>
          <Grid columns="1:2">
            <ModelCard report={report} scored={scored} fittedAt={answer.data?.run?.finishedAt ?? null} />
            <HoldoutPanel report={report} scored={scored} />
          </Grid>
        </>
      ) : null}
      {report && !scored && report.whalePast ? <WhalePanel report={report} /> : null}
      {report && report.customers > 0 ? <CustomersPanel scored={scored ?? null} /> : null}
    </Page>
  );
}

function Headline({ report }: { report: Report }) {
  const { t } = useTranslation("value");
  const f = useFormats();
  const total = report.scored?.valueMinor;
  const money = (minor: number) => f.money(minor, { compact: true, currency: report.currency });
  if (!total) {
    return (
      <Trans
        t={t}
        i18nKey={report.scored ? "headlineNoSpend" : "headlineUnscored"}
        components={{ b: <b /> }}
        values={{
          customers: f.number(report.customers),
          value: money(report.valueMinor),
          purchases: report.scored ? f.number(Math.round(report.scored.purchases.expected)) : "",
        }}
      />
    );
  }
  return (
    <>
      <Trans
        t={t}
        i18nKey="headline"
        components={{ b: <b /> }}
        values={{ value: money(total.expected), interval: f.interval(money(total.low), money(total.high)) }}
      />{" "}
      {report.scored?.halfFromShare
        ? t("half", { share: f.percent(report.scored.halfFromShare, { digits: 0 }) })
        : null}
    </>
  );
}

/** Why there are no individual scores, with the counts that say so, and where to look instead. */
function Unscored({ report }: { report: Report }) {
  const { t } = useTranslation("value");
  const f = useFormats();
  const repeat = report.repeatBuyers;
  return (
    <Panel question={t("noScores")}>
      <EmptyState
        title={t(`state.${report.state}`)}
        actions={<LinkButton to="/lifecycle">{t("toLifecycle")}</LinkButton>}
      >
        {report.state === "too_few" && repeat
          ? t("tooFewText", {
              repeat: f.number(repeat.repeatBuyers),
              customers: f.number(repeat.customers),
              share: f.percent(repeat.share),
              frequent: f.number(repeat.frequentBuyers),
            })
          : t(`stateText.${report.state}`)}
      </EmptyState>
      <Technical text={report.failure} />
    </Panel>
  );
}
