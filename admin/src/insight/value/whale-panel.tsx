import { useCallback } from "react";
import { Trans, useTranslation } from "react-i18next";
import { Chart, type ChartOption, lineSeries, valueAxis } from "../../design/chart.tsx";
import type { ChartTokens } from "../../design/chart-tokens.ts";
import { NumberLink } from "../../design/number-link.tsx";
import { Panel } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Curve, Report } from "./queries.ts";

/** The share that the best `customers` bring, read off the curve. */
export function shareOf(curve: Curve, customers: number): number {
  const at = curve.points.findIndex((point) => point.customers >= customers);
  const [before, after] = [curve.points[at - 1], curve.points[at]];
  if (!after) return 1;
  if (!before) return after.value;
  const part = (customers - before.customers) / (after.customers - before.customers || 1);
  return before.value + part * (after.value - before.value);
}

/** Who pays for whom: what was bought so far, and what is expected, from the best customer to the last. */
export function WhalePanel({ report }: { report: Report }) {
  const { t } = useTranslation("value");
  const f = useFormats();
  const past = report.whalePast;
  const expected = report.scored?.whaleExpected ?? null;
  const option = useCallback(
    (tokens: ChartTokens): ChartOption => {
      const percent = (share: number) => f.percent(share, { digits: 0 });
      const points = (curve: Curve | null) =>
        curve?.points.map((point) => [point.customers, point.value]) ?? [];
      return {
        grid: { left: 4, right: 20, top: 12, bottom: 4, containLabel: true },
        tooltip: {
          trigger: "axis",
          formatter: (lines: { seriesName: string; value: [number, number] }[]) =>
            lines
              .map(
                (line) => `${line.seriesName}: ${percent(line.value[0])} → <b>${percent(line.value[1])}</b>`,
              )
              .join("<br>"),
        },
        xAxis: valueAxis(tokens, {
          min: 0,
          max: 1,
          interval: 0.25,
          splitLine: { show: false },
          axisLabel: { formatter: percent },
        }),
        yAxis: valueAxis(tokens, {
          min: 0,
          // Whoever gave back more than was kept lets the curve rise above all of it, before it ends there.
          max: ({ max }: { max: number }) => (max <= 1 ? 1 : Math.ceil(max * 4) / 4),
          interval: 0.25,
          axisLabel: { formatter: percent },
        }),
        series: [
          {
            type: "line",
            id: "equal",
            data: [
              [0, 0],
              [1, 1],
            ],
            symbol: "none",
            silent: true,
            tooltip: { show: false },
            lineStyle: { color: tokens.color["line-strong"], width: 1, type: [2, 3] },
          },
          lineSeries({ id: "past", name: t("past"), data: points(past), color: tokens.color.c1 }),
          lineSeries({
            id: "expected",
            name: t("ahead"),
            data: points(expected),
            color: tokens.color.c2,
            modelled: true,
          }),
        ],
      };
    },
    [past, expected, f, t],
  );
  if (!past) {
    return (
      <Panel question={t("whale")} state={{ kind: "tooFew", content: <EmptyState title={t("noWhale")} /> }} />
    );
  }
  const fifth = f.percent(shareOf(past, 0.2), { digits: 0 });
  return (
    <Panel
      question={t("whale")}
      reading={
        <>
          <Trans t={t} i18nKey="whaleReading" components={{ b: <b /> }} values={{ share: fifth }} />{" "}
          {past.negative > 0 ? t("negative", { share: f.percent(past.negative) }) : null}
        </>
      }
      how={[
        t("whaleHow", { until: f.date(`${report.window.until}T12:00:00Z`) }),
        <>
          {t("ofBuyers")}{" "}
          <NumberLink customers={{ filter: "value.bought", value: "1" }} from={t("whale")}>
            {f.number(report.customers)}
          </NumberLink>
        </>,
      ]}
    >
      <Chart
        title={t("whaleFinding", { share: fifth })}
        option={option}
        height={240}
        table={{
          head: [t("bestShare"), t("past"), ...(expected ? [t("ahead")] : [])],
          rows: [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8].map((share) => [
            f.percent(share, { digits: 0 }),
            f.percent(shareOf(past, share)),
            ...(expected ? [f.percent(shareOf(expected, share))] : []),
          ]),
        }}
        legend={
          <>
            <span>
              <i className="sw line k1" />
              {t("past")}
            </span>
            {expected ? (
              <span>
                <i className="sw line k2 model" />
                {t("ahead")}
              </span>
            ) : null}
          </>
        }
      />
    </Panel>
  );
}
