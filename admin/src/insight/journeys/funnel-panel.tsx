import { Autocomplete, NumberInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useChannelName, useEventName } from "../../data/customers/touchpoint.ts";
import { NumberLink } from "../../design/number-link.tsx";
import { Grid } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { fileAddress } from "../../shell/api.ts";
import { type FunnelStep, type JourneySearch, stepsOf, usualSteps } from "./asks.ts";
import { type FunnelAnswer, type FunnelAsk, funnelAnswer, funnelTimes, propertiesOf } from "./queries.ts";
import { StepsEditor } from "./steps-editor.tsx";

const fields = ["channel", "medium", "campaign"];

/** Any steps one after the other: how far do people get, and where do they stop? */
export function FunnelPanel({
  period,
  among,
  names,
  search,
  onChange,
  isWrong,
}: {
  period: { from: string; to: string };
  among: { filter: string; value: string } | undefined;
  names: string[];
  search: JourneySearch;
  onChange: (change: Partial<JourneySearch>) => void;
  isWrong: boolean;
}) {
  const { t } = useTranslation("journeys");
  const nameOf = useEventName();
  const f = useFormats();
  const steps = useMemo(() => stepsOf(search.steps) ?? usualSteps(names), [search.steps, names]);
  const windowDays = search.window ?? 30;
  const ask: FunnelAsk = {
    ...period,
    steps,
    windowDays,
    ...(search.breakdown ? { breakdown: search.breakdown } : {}),
    ...(among ? { customers: among } : {}),
  };
  const answer = useQuery({ ...funnelAnswer(ask), enabled: !isWrong });
  const times = useQuery({ ...funnelTimes(ask), enabled: !isWrong && answer.isSuccess });
  const properties = useQuery(propertiesOf(steps[0]?.event ?? ""));
  const bars = answer.data?.bars ?? [];
  const leak = bars.reduce((worst, bar, i) => (bar.lost > (bars[worst]?.lost ?? 0) ? i : worst), 0);
  const question = t("funnel");
  return (
    <Panel
      question={question}
      reading={
        bars[leak] && bars[leak].lost > 0
          ? t("leak", {
              lost: f.number(bars[leak].lost),
              step: nameOf(steps[leak]?.event ?? ""),
              next: nameOf(steps[leak + 1]?.event ?? ""),
            })
          : null
      }
      actions={
        <a
          className="btn quiet"
          href={fileAddress("/api/insight/journeys/funnel.csv", { ask: JSON.stringify(ask) })}
          download
        >
          CSV
        </a>
      }
      how={[t("funnelHow", { count: windowDays }), t("wilsonHow"), t("pendingHow")]}
    >
      <Grid columns="1:2">
        <div className="stack s3">
          <StepsEditor
            steps={steps}
            names={names}
            onChange={(changed) => onChange({ steps: JSON.stringify(changed) })}
          />
          <NumberInput
            label={t("windowDays")}
            value={windowDays}
            min={1}
            max={3650}
            onChange={(value) => typeof value === "number" && value > 0 && onChange({ window: value })}
          />
          <Autocomplete
            label={t("breakdown")}
            placeholder={t("noBreakdown")}
            data={[
              ...fields,
              ...(properties.data?.properties ?? []).filter((name) => !fields.includes(name)),
            ]}
            value={search.breakdown ?? ""}
            onChange={(value) => onChange({ breakdown: value || undefined })}
          />
        </div>
        <Result
          ask={ask}
          steps={steps}
          answer={answer}
          medians={times.data?.medianMs ?? []}
          question={question}
        />
      </Grid>
    </Panel>
  );
}

function Result({
  ask,
  steps,
  answer,
  medians,
  question,
}: {
  ask: FunnelAsk;
  steps: FunnelStep[];
  answer: ReturnType<typeof useQuery<FunnelAnswer>>;
  medians: (number | null)[];
  question: string;
}) {
  const { t } = useTranslation("journeys");
  const nameOf = useEventName();
  const channelOf = useChannelName();
  if (!answer.data) {
    return <Panel question={t("result")} state={stateOf(answer, { shape: "chart", height: 280 })} />;
  }
  if (answer.data.bars[0]?.customers === 0) {
    return (
      <EmptyState title={t("nobodyStarted")}>
        {t("nobodyStartedText", { step: nameOf(steps[0]?.event ?? "") })}
      </EmptyState>
    );
  }
  const shownValues = answer.data.segments.flatMap(({ value }) => value ?? []);
  return (
    <div className="stack s4">
      <Bars ask={ask} steps={steps} bars={answer.data.bars} medians={medians} question={question} />
      {answer.data.segments.map((segment) => (
        <section key={segment.value ?? "rest"} className="stack s3">
          <h3 className="q">
            {segment.value === null
              ? t("others")
              : (ask.breakdown === "channel" ? channelOf(segment.value) : segment.value) || t("withoutValue")}
          </h3>
          <Bars
            ask={ask}
            steps={steps}
            bars={segment.bars}
            medians={[]}
            question={question}
            segment={segment.value === null ? { not: shownValues } : { is: segment.value }}
          />
        </section>
      ))}
    </div>
  );
}

function Bars({
  ask,
  steps,
  bars,
  medians,
  question,
  segment,
}: {
  ask: FunnelAsk;
  steps: FunnelStep[];
  bars: FunnelAnswer["bars"];
  medians: (number | null)[];
  question: string;
  /** The value of the breakdown that these bars are of, or all but the shown ones. */
  segment?: { is: string } | { not: string[] };
}) {
  const { t } = useTranslation("journeys");
  const nameOf = useEventName();
  const f = useFormats();
  const all = bars[0]?.customers ?? 0;
  const width = (customers: number) => `${all > 0 ? (100 * customers) / all : 0}%`;
  const link = (step: number, which: "reached" | "lost" | "pending", customers: number) =>
    customers > 0
      ? {
          customers: {
            filter: "journeys.funnel",
            value: JSON.stringify({ ask, step, which, ...(segment ? { segment } : {}) }),
          },
          from: question,
        }
      : {};
  return (
    <ol className="funnel">
      {bars.map((bar, i) => {
        const before = bars[i - 1];
        const median = medians[i - 1];
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other name than their place.
          <li key={i}>
            <div className="row spread tight">
              <b title={steps[i]?.event}>{nameOf(steps[i]?.event ?? "")}</b>
              <span className="nowrap">
                <NumberLink {...link(i, "reached", bar.customers)}>{f.number(bar.customers)}</NumberLink>
              </span>
            </div>
            <span className="fbar" aria-hidden="true">
              <i style={{ width: width(bar.customers) }} />
              {before ? (
                <>
                  <i className="open" style={{ left: width(bar.customers), width: width(before.pending) }} />
                  <i
                    className="lost"
                    style={{ left: width(bar.customers + before.pending), width: width(before.lost) }}
                  />
                </>
              ) : null}
            </span>
            <span className="xs dim">
              {before && bar.share ? (
                <>
                  {t("wentOn", {
                    share: f.percent(bar.share.estimate),
                    interval: f.interval(
                      f.number(bar.share.low * 100, { digits: 1 }),
                      f.number(bar.share.high * 100, { digits: 1 }),
                    ),
                  })}
                  {median === null || median === undefined
                    ? null
                    : `, ${t("median", { time: f.duration(median) })}`}
                  .{" "}
                  <NumberLink {...link(i - 1, "lost", before.lost)}>
                    {t("didNot", { lost: f.number(before.lost) })}
                  </NumberLink>
                  {before.pending > 0 ? (
                    <>
                      ,{" "}
                      <NumberLink {...link(i - 1, "pending", before.pending)}>
                        {t("notYet", { pending: f.number(before.pending) })}
                      </NumberLink>
                    </>
                  ) : null}
                </>
              ) : (
                t("allWhoCame")
              )}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
