import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { baseAxis, Chart, type ChartOption, valueAxis } from "../../design/chart.tsx";
import type { ChartTokens } from "../../design/chart-tokens.ts";
import { Panel } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";

const dayMs = 86_400_000;

/** How many came each day; the last bar is today, and not over. */
export function VolumePanel({ days }: { days: readonly number[] }) {
  const { t } = useTranslation("quality");
  const f = useFormats();
  const dayOf = useCallback(
    (at: number) => f.date(new Date(Date.now() - (days.length - 1 - at) * dayMs).toISOString()),
    [days, f],
  );
  const option = useCallback(
    (tokens: ChartTokens): ChartOption => ({
      grid: { left: 56, right: 44, top: 12, bottom: 28 },
      tooltip: {
        trigger: "axis",
        formatter: (items: { dataIndex: number }[]) => {
          const at = items[0]?.dataIndex ?? 0;
          return `${dayOf(at)}: ${f.number(days[at] ?? 0)}`;
        },
      },
      xAxis: baseAxis(tokens, { data: days.map((_, at) => dayOf(at)) }),
      yAxis: valueAxis(tokens, {
        minInterval: 1,
        axisLabel: { formatter: (value: number) => f.number(value) },
      }),
      series: [{ type: "bar", data: [...days], itemStyle: { color: tokens.color.c1 } }],
    }),
    [days, dayOf, f],
  );
  return (
    <Panel question={t("volume")} how={[t("volumeHow")]}>
      <Chart
        title={t("volume")}
        option={option}
        height={200}
        table={{
          head: [t("day"), t("events")],
          rows: days.map((events, at) => [dayOf(at), f.number(events)]),
        }}
      />
    </Panel>
  );
}
