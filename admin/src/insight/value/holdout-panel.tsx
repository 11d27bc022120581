import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { baseAxis, Chart, type ChartOption, lineSeries, valueAxis } from "../../design/chart.tsx";
import type { ChartTokens } from "../../design/chart-tokens.ts";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Grid } from "../../design/page.tsx";
import { Panel } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Holdout, Report, Scored } from "./queries.ts";

interface Compared {
  id: string;
  name: string;
  used: boolean;
  mae: number;
  rmse: number;
  totalBias: number | null;
  correlation: number | null;
}

/** Did the model foresee weeks that it had not seen, and better than everybody going on as before? */
export function HoldoutPanel({ report, scored }: { report: Report; scored: Scored }) {
  const { t } = useTranslation("value");
  const f = useFormats();
  const holdout = scored.holdout;
  if (!holdout) {
    return (
      <Panel
        question={t("foreseenLater")}
        state={{
          kind: "tooFew",
          content: <EmptyState title={t("noHoldout")}>{t("noHoldoutText")}</EmptyState>,
        }}
      />
    );
  }
  const number = (value: number | null) => (value === null ? "–" : f.number(value, { digits: 2 }));
  const rows: Compared[] = [
    ...holdout.models.map((model, i) => ({ ...model, id: model.model, name: model.model, used: i === 0 })),
    { ...holdout.naive, id: "naive", name: t("naive"), used: false },
  ];
  const columns: Column<Compared>[] = [
    {
      id: "model",
      head: t("model"),
      lead: true,
      cell: (row) => (
        <span className="row tight">
          <b>{row.name}</b> {row.used ? <Chip tone="hedge">{t("inUse")}</Chip> : null}
        </span>
      ),
    },
    { id: "mae", head: t("mae"), right: true, cell: (row) => number(row.mae) },
    { id: "rmse", head: t("rmse"), right: true, cell: (row) => number(row.rmse) },
    {
      id: "bias",
      head: t("bias"),
      right: true,
      cell: (row) => (row.totalBias === null ? "–" : f.percent(row.totalBias, { digits: 0, signed: true })),
    },
    { id: "correlation", head: t("correlation"), right: true, cell: (row) => number(row.correlation) },
  ];
  const used = holdout.models[0];
  return (
    <Panel
      question={t("foreseen", { count: report.window.holdoutWeeks })}
      reading={
        used
          ? t("foreseenReading", {
              expected: f.number(Math.round(used.totalExpected)),
              actual: f.number(used.totalActual),
              naive: f.number(Math.round(holdout.naive.totalExpected)),
            })
          : null
      }
      how={[t("foreseenHow", { low: f.percent(used?.coverage95 ?? 0, { digits: 0 }) }), t("biasHow")]}
    >
      <Grid columns="2">
        <div className="stack">
          <p className="sm soft">{t("byRepeats")}</p>
          <ByRepeats holdout={holdout} />
        </div>
        <div className="stack">
          <p className="sm soft">{t("byWeek")}</p>
          <Tracking scored={scored} report={report} />
        </div>
      </Grid>
      <DataTable
        dense
        label={t("compared")}
        columns={columns}
        rows={rows}
        rowId={(row) => row.id}
        isMarked={(row) => row.used}
      />
    </Panel>
  );
}

/** Purchases of the held-back weeks by repeats before: model with interval, actual, naive. */
function ByRepeats({ holdout }: { holdout: Holdout }) {
  const { t } = useTranslation("value");
  const f = useFormats();
  const rows = holdout.models[0]?.table ?? [];
  const naiveOf = useCallback(
    (repeats: number) => holdout.naiveTable.find((row) => row.repeats === repeats)?.expectedMean ?? null,
    [holdout],
  );
  const option = useCallback(
    (tokens: ChartTokens): ChartOption => ({
      grid: { left: 4, right: 4, top: 12, bottom: 4, containLabel: true },
      tooltip: {
        trigger: "axis",
        valueFormatter: (value: unknown) => f.number(Number(value), { digits: 2 }),
      },
      xAxis: baseAxis(tokens, { data: rows.map((row) => `${row.repeats}${row.orMore ? "+" : ""}`) }),
      yAxis: valueAxis(tokens),
      series: [
        {
          type: "bar",
          stack: "band",
          data: rows.map((row) => row.expectedLow),
          itemStyle: { color: "transparent" },
          silent: true,
          tooltip: { show: false },
        },
        {
          type: "bar",
          stack: "band",
          data: rows.map((row) => row.expectedHigh - row.expectedLow),
          itemStyle: { color: tokens.color.c1, opacity: 0.3 },
          barWidth: "45%",
          tooltip: { show: false },
        },
        {
          type: "line",
          name: t("modelled"),
          data: rows.map((row) => row.expectedMean),
          symbol: "rect",
          symbolSize: [16, 2],
          lineStyle: { opacity: 0 },
          itemStyle: { color: tokens.color.c1 },
        },
        {
          type: "line",
          name: t("naive"),
          data: rows.map((row) => naiveOf(row.repeats)),
          symbol: "emptyDiamond",
          symbolSize: 8,
          lineStyle: { opacity: 0 },
          itemStyle: { color: tokens.color["c-rest"] },
        },
        {
          type: "line",
          name: t("actual"),
          data: rows.map((row) => row.actualMean),
          symbol: "circle",
          symbolSize: 8,
          lineStyle: { opacity: 0 },
          itemStyle: { color: tokens.color.ink },
        },
      ],
    }),
    [rows, naiveOf, f, t],
  );
  const two = (value: number) => f.number(value, { digits: 2 });
  return (
    <Chart
      title={t("byRepeats")}
      option={option}
      height={220}
      table={{
        head: [t("repeatsBefore"), t("customers"), t("actual"), t("modelled"), t("interval"), t("naive")],
        rows: rows.map((row) => [
          `${row.repeats}${row.orMore ? "+" : ""}`,
          f.number(row.customers),
          two(row.actualMean),
          two(row.expectedMean),
          f.interval(two(row.expectedLow), two(row.expectedHigh)),
          two(naiveOf(row.repeats) ?? 0),
        ]),
      }}
      legend={
        <>
          <span>
            <i className="sw band k1" />
            {t("modelled95")}
          </span>
          <span>● {t("actual")}</span>
          <span>◇ {t("naive")}</span>
        </>
      }
    />
  );
}

/** Repeat purchases of all customers together, week after week, against what the model expected. */
function Tracking({ scored, report }: { scored: Scored; report: Report }) {
  const { t } = useTranslation("value");
  const f = useFormats();
  const weeks = scored.tracking;
  const heldFrom = Math.max(0, weeks.length - report.window.holdoutWeeks);
  const option = useCallback(
    (tokens: ChartTokens): ChartOption => ({
      grid: { left: 4, right: 12, top: 12, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", valueFormatter: (value: unknown) => f.number(Math.round(Number(value))) },
      xAxis: baseAxis(tokens, {
        data: weeks.map((week) => t("week", { week: week.week })),
        boundaryGap: false,
        axisLabel: { interval: Math.max(1, Math.floor(weeks.length / 4)) },
      }),
      yAxis: valueAxis(tokens, { axisLabel: { formatter: (value: number) => f.number(value) } }),
      series: [
        {
          ...lineSeries({
            id: "actual",
            name: t("actual"),
            data: weeks.map((week) => week.actual),
            color: tokens.color.ink,
          }),
          markArea: {
            silent: true,
            itemStyle: { color: tokens.color.sunken },
            label: { color: tokens.color["ink-3"], position: "insideBottom", fontSize: 12 },
            data: [[{ name: t("heldBackShort"), xAxis: heldFrom }, { xAxis: weeks.length - 1 }]],
          },
        },
        lineSeries({
          id: "model",
          name: t("modelled"),
          data: weeks.map((week) => week.expected),
          color: tokens.color.c1,
          modelled: true,
        }),
      ],
    }),
    [weeks, heldFrom, f, t],
  );
  const every = Math.max(1, Math.ceil(weeks.length / 26));
  return (
    <Chart
      title={t("byWeek")}
      option={option}
      height={220}
      table={{
        head: [t("weekHead"), t("actual"), t("modelled")],
        rows: weeks
          .filter((_week, i) => i % every === 0 || i === weeks.length - 1)
          .map((week) => [f.number(week.week), f.number(week.actual), f.number(Math.round(week.expected))]),
      }}
      legend={
        <>
          <span>
            <i className="sw line" />
            {t("actual")}
          </span>
          <span>
            <i className="sw line k1 model" />
            {t("modelled")}
          </span>
        </>
      }
    />
  );
}
