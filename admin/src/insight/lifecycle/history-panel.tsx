import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { baseAxis, Chart, type ChartOption, valueAxis } from "../../design/chart.tsx";
import type { ChartTokens } from "../../design/chart-tokens.ts";
import { NumberLink } from "../../design/number-link.tsx";
import { Panel } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Lifecycle, Stage } from "./queries.ts";

/** Stages of those who have bought, from the most to the least certain. Prospects would hide them all. */
const shown = ["loyal", "repeat", "won_back", "new", "at_risk", "lapsed"] as const satisfies readonly Stage[];
type Shown = (typeof shown)[number];

const colorOf = (tokens: ChartTokens): Record<Shown, string> => ({
  loyal: tokens.color.c1,
  repeat: tokens.color.c3,
  won_back: tokens.color.c4,
  new: tokens.color.c5,
  at_risk: tokens.color.c2,
  lapsed: tokens.color["c-rest"],
});

const swatches: Record<Shown, string> = {
  loyal: "k1",
  repeat: "k3",
  won_back: "k4",
  new: "k5",
  at_risk: "k2",
  lapsed: "kr",
};

/** How many buyers stood in each stage at the end of each of the last months. */
export function HistoryPanel({ data }: { data: Lifecycle }) {
  const { t } = useTranslation("lifecycle");
  const f = useFormats();
  const navigate = useNavigate();
  const days = useMemo(() => [...new Set(data.history.map((row) => row.day))].sort(), [data.history]);
  const count = useCallback(
    (day: string, stage: Stage) =>
      data.history.find((row) => row.day === day && row.stage === stage)?.customers ?? 0,
    [data.history],
  );
  const nameOf = useCallback((day: string) => f.date(`${day}T12:00:00Z`), [f]);
  const question = t("history");
  const filterOf = (day: string, stage: Stage) => ({ filter: "lifecycle.stage", value: `${stage}@${day}` });
  const option = useCallback(
    (tokens: ChartTokens, width: number): ChartOption => {
      const colors = colorOf(tokens);
      return {
        grid: { left: 4, right: 4, top: 12, bottom: 4, containLabel: true },
        tooltip: {
          trigger: "axis",
          axisPointer: { type: "none" },
          valueFormatter: (value: unknown) => f.number(Number(value)),
        },
        xAxis: baseAxis(tokens, { data: days.map(nameOf), axisLabel: { interval: width < 480 ? 5 : 2 } }),
        yAxis: valueAxis(tokens, { axisLabel: { formatter: (value: number) => f.number(value) } }),
        series: shown.map((stage) => ({
          type: "bar",
          name: t(`stage.${stage}`),
          stack: "stages",
          barCategoryGap: "20%",
          data: days.map((day) => count(day, stage)),
          itemStyle: { color: colors[stage] },
        })),
      };
    },
    [days, count, nameOf, f, t],
  );
  const [first, last] = [days[0], days.at(-1)];
  const active = (day: string) =>
    count(day, "loyal") + count(day, "repeat") + count(day, "won_back") + count(day, "new");
  const hasBuyers = last !== undefined && shown.some((stage) => count(last, stage) > 0);
  if (!hasBuyers || first === undefined) {
    return (
      <Panel question={question} state={{ kind: "empty", content: <EmptyState title={t("noBuyers")} /> }} />
    );
  }
  return (
    <Panel
      question={question}
      reading={t("historyReading", {
        before: f.number(active(first)),
        since: nameOf(first),
        now: f.number(active(last)),
      })}
      how={[t("historyHow")]}
    >
      <Chart
        title={t("historyReading", {
          before: f.number(active(first)),
          since: nameOf(first),
          now: f.number(active(last)),
        })}
        option={option}
        height={280}
        onPick={({ dataIndex, seriesName }) => {
          const day = days[dataIndex];
          const stage = shown.find((one) => t(`stage.${one}`) === seriesName);
          if (day && stage)
            void navigate({ to: "/customers", search: { ...filterOf(day, stage), from: question } as never });
        }}
        table={{
          head: [t("day"), ...shown.map((stage) => t(`stage.${stage}`))],
          rows: days.map((day) => [
            nameOf(day),
            ...shown.map((stage) => (
              <NumberLink key={stage} customers={filterOf(day, stage)} from={question}>
                {f.number(count(day, stage))}
              </NumberLink>
            )),
          ]),
        }}
        legend={shown.map((stage) => (
          <span key={stage}>
            <i className={`sw ${swatches[stage]}`} />
            {t(`stage.${stage}`)}
          </span>
        ))}
      />
    </Panel>
  );
}
