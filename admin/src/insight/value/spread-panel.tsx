import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { Trans, useTranslation } from "react-i18next";
import { baseAxis, Chart, type ChartOption, valueAxis } from "../../design/chart.tsx";
import type { ChartTokens } from "../../design/chart-tokens.ts";
import { NumberLink } from "../../design/number-link.tsx";
import { Panel } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Scored } from "./queries.ts";

/** How many customers are worth how much: nobody is average. */
export function SpreadPanel({ scored }: { scored: Scored }) {
  const { t } = useTranslation("value");
  const f = useFormats();
  const navigate = useNavigate();
  const bins = useMemo(() => {
    // Empty steps below the least valuable customer say nothing.
    const first = scored.distribution.findIndex((bin) => bin.customers > 0);
    return scored.distribution.slice(Math.max(0, first));
  }, [scored.distribution]);
  const short = useCallback((minor: number) => f.money(minor, { compact: true }), [f]);
  const nameOf = useCallback(
    (bin: Scored["distribution"][number]) =>
      bin.toMinor === null
        ? t("from", { from: short(bin.fromMinor) })
        : f.interval(short(bin.fromMinor), short(bin.toMinor)),
    [f, short, t],
  );
  const filterOf = (bin: Scored["distribution"][number]) => ({
    filter: "value.expected",
    value: `${bin.fromMinor}-${bin.toMinor ?? ""}`,
  });
  const option = useCallback(
    (tokens: ChartTokens, width: number): ChartOption => ({
      grid: { left: 4, right: 4, top: 12, bottom: 4, containLabel: true },
      tooltip: {
        ...{ trigger: "axis", axisPointer: { type: "none" } },
        formatter: (points: { dataIndex: number }[]) => {
          const bin = bins[points[0]?.dataIndex ?? -1];
          return bin ? `${nameOf(bin)}: <b>${f.number(bin.customers)}</b>` : "";
        },
      },
      xAxis: baseAxis(tokens, {
        data: bins.map((bin) => short(bin.fromMinor)),
        axisLabel: { interval: width < 420 ? 2 : "auto" },
      }),
      yAxis: valueAxis(tokens, { axisLabel: { formatter: (value: number) => f.number(value) } }),
      series: [
        {
          type: "bar",
          name: t("gone"),
          stack: "customers",
          data: bins.map((bin) => bin.gone),
          itemStyle: { color: tokens.color["c-rest"] },
          barCategoryGap: "12%",
        },
        {
          type: "bar",
          name: t("active"),
          stack: "customers",
          data: bins.map((bin) => bin.customers - bin.gone),
          itemStyle: { color: tokens.color.c1 },
        },
      ],
    }),
    [bins, f, nameOf, short, t],
  );
  const whale = scored.whaleExpected;
  const title = whale
    ? t("spreadFinding", { mean: short(whale.mean), share: f.percent(whale.belowMean, { digits: 0 }) })
    : t("spread");
  const question = t("spread");
  return (
    <Panel
      question={question}
      reading={
        whale ? (
          <Trans
            t={t}
            i18nKey="spreadReading"
            components={{ b: <b /> }}
            values={{ mean: short(whale.mean), share: f.percent(whale.belowMean, { digits: 0 }) }}
          />
        ) : null
      }
      how={[t("spreadHow")]}
      state={
        bins.length === 0
          ? {
              kind: "tooFew",
              content: (
                <EmptyState title={t("noSpend")}>{scored.spendFailure ?? t("noSpendText")}</EmptyState>
              ),
            }
          : { kind: "ready" }
      }
    >
      <Chart
        title={title}
        option={option}
        height={240}
        onPick={({ dataIndex }) => {
          const bin = bins[dataIndex];
          if (bin) void navigate({ to: "/customers", search: { ...filterOf(bin), from: question } as never });
        }}
        table={{
          head: [t("expected"), t("customers"), t("gone")],
          rows: bins.map((bin) => [
            nameOf(bin),
            <NumberLink key="n" customers={filterOf(bin)} from={question}>
              {f.number(bin.customers)}
            </NumberLink>,
            f.number(bin.gone),
          ]),
        }}
        legend={
          <>
            <span>
              <i className="sw kr" />
              {t("gone")},{" "}
              <NumberLink customers={{ filter: "value.gone", value: "1" }} from={question}>
                {f.number(scored.gone)}
              </NumberLink>
            </span>
            <span>
              <i className="sw k1" />
              {t("active")}
            </span>
            {scored.topTenthShare === null ? null : (
              <span>
                <NumberLink customers={{ filter: "value.top", value: "0.1" }} from={question}>
                  {t("topTenth", { share: f.percent(scored.topTenthShare, { digits: 0 }) })}
                </NumberLink>
              </span>
            )}
          </>
        }
      />
    </Panel>
  );
}
