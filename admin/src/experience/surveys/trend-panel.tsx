import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { bandSeries, baseAxis, Chart, type ChartOption, lineSeries, valueAxis } from "../../design/chart.tsx";
import type { ChartTokens } from "../../design/chart-tokens.ts";
import { Panel } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Results, Step } from "./queries.ts";
import { usePoints } from "./score.tsx";

/** The score step by step, each with its interval as a band; steps without an answer are left out. */
export function TrendPanel({
  trend,
  step,
  children,
}: {
  trend: Results["trend"];
  step: Step;
  children?: React.ReactNode;
}) {
  const { t } = useTranslation("surveys");
  const f = useFormats();
  const points = usePoints();
  const known = useMemo(
    () => trend.flatMap((point) => (point.estimate ? [{ ...point, estimate: point.estimate }] : [])),
    [trend],
  );
  const label = useCallback(
    (since: string) => (step === "month" ? f.month(since) : f.date(since)),
    [f, step],
  );

  const option = useCallback(
    (tokens: ChartTokens): ChartOption => ({
      grid: { left: 44, right: 12, top: 12, bottom: 28 },
      tooltip: {
        trigger: "axis",
        formatter: (items: { dataIndex: number }[]) => {
          const point = known[items[0]?.dataIndex ?? -1];
          if (!point) return "";
          const { estimate } = point;
          const interval = f.interval(points(estimate.low), points(estimate.high));
          return `${label(point.since)}: ${points(estimate.score)} (${interval})`;
        },
      },
      xAxis: baseAxis(tokens, { data: known.map((point) => label(point.since)) }),
      yAxis: valueAxis(tokens, {
        min: -100,
        max: 100,
        interval: 50,
        axisLabel: { formatter: (value: number) => points(value) },
      }),
      series: [
        ...bandSeries(tokens, {
          id: "interval",
          low: known.map((point) => point.estimate.low),
          high: known.map((point) => point.estimate.high),
          color: tokens.color.c1,
        }),
        {
          ...lineSeries({
            id: "score",
            name: t("score"),
            data: known.map((point) => point.estimate.score),
            color: tokens.color.c1,
          }),
          symbol: "circle",
          symbolSize: 6,
        },
      ],
    }),
    [known, f, points, label, t],
  );
  const [first, last] = [known[0], known.at(-1)];
  return (
    <Panel
      question={t("trend.question")}
      reading={
        first && last && known.length > 1
          ? t("trend.reading", {
              from: points(first.estimate.score),
              to: points(last.estimate.score),
              since: label(first.since),
            })
          : t("trend.few")
      }
      how={[t(`trend.how.${step}`)]}
    >
      {children}
      {known.length > 1 ? (
        <Chart
          title={t("trend.question")}
          option={option}
          height={220}
          table={{
            head: [t(`trend.${step}`), t("score"), t("interval"), t("answers")],
            rows: known.map((point) => [
              label(point.since),
              points(point.estimate.score),
              f.interval(points(point.estimate.low), points(point.estimate.high)),
              f.number(point.answers),
            ]),
          }}
        />
      ) : null}
    </Panel>
  );
}
