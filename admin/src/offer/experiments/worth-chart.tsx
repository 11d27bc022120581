import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { bandSeries, baseAxis, Chart, lineSeries, valueAxis } from "../../design/chart.tsx";
import type { ChartTokens } from "../../design/chart-tokens.ts";
import { useFormats } from "../../i18n/hooks.ts";
import type { KnownEffect } from "./queries.ts";

/** What the offers had been worth at each instant: the gap to the holdout, with its interval. */
export function WorthChart({ history }: { history: KnownEffect["history"] }) {
  const { t } = useTranslation("experiments");
  const f = useFormats();
  const option = useCallback(
    (tokens: ChartTokens, width: number) => ({
      grid: { left: 64, right: width < 480 ? 16 : 72, top: 12, bottom: 28 },
      tooltip: { trigger: "axis", valueFormatter: (value: number) => f.money(value, { compact: true }) },
      xAxis: baseAxis(tokens, { data: history.map((point) => f.date(point.at)), boundaryGap: false }),
      yAxis: valueAxis(tokens, {
        axisLabel: { formatter: (value: number) => f.money(value, { compact: true }) },
      }),
      series: [
        ...bandSeries(tokens, {
          id: "band",
          low: history.map((point) => point.low),
          high: history.map((point) => point.high),
          color: tokens.color.c1,
        }),
        ...bandSeries(tokens, {
          id: "core",
          low: history.map((point) => point.coreLow),
          high: history.map((point) => point.coreHigh),
          color: tokens.color.c1,
          core: true,
        }),
        {
          ...lineSeries({
            id: "worth",
            name: t("worth"),
            data: history.map((point) => point.value),
            color: tokens.color.c1,
          }),
          endLabel: {
            show: width >= 480,
            formatter: f.money(history.at(-1)?.value ?? 0, { compact: true, signed: true }),
            color: tokens.color.ink,
            fontWeight: 600,
          },
        },
      ],
    }),
    [f, t, history],
  );
  return (
    <Chart
      title={t("history.title")}
      option={option}
      height={230}
      table={{
        head: [t("history.day"), t("worth"), t("history.interval")],
        rows: history.map((point) => [
          f.date(point.at, { year: true }),
          f.money(point.value, { compact: true, signed: true }),
          f.interval(f.money(point.low, { compact: true }), f.money(point.high, { compact: true })),
        ]),
      }}
    />
  );
}
