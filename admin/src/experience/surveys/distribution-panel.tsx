import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { Trans, useTranslation } from "react-i18next";
import { baseAxis, Chart, type ChartOption, valueAxis } from "../../design/chart.tsx";
import type { ChartTokens } from "../../design/chart-tokens.ts";
import { NumberLink } from "../../design/number-link.tsx";
import { Panel } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Group, Results, Survey } from "./queries.ts";

const groupOf = (score: number): Group => (score >= 9 ? "promoter" : score >= 7 ? "passive" : "detractor");

/** How many gave each score; each column leads to its customers. */
export function DistributionPanel({ survey, results }: { survey: Survey; results: Results }) {
  const { t } = useTranslation("surveys");
  const f = useFormats();
  const navigate = useNavigate();
  const { distribution, score } = results;

  const option = useCallback(
    (tokens: ChartTokens): ChartOption => {
      const colors = { promoter: tokens.color.good, passive: tokens.color.mid, detractor: tokens.color.bad };
      return {
        grid: { left: 8, right: 8, top: 24, bottom: 26 },
        tooltip: { show: false },
        xAxis: baseAxis(tokens, { data: distribution.map((_, value) => String(value)) }),
        yAxis: valueAxis(tokens, { show: false, minInterval: 1 }),
        series: [
          {
            type: "bar",
            barCategoryGap: "18%",
            cursor: "pointer",
            data: distribution.map((value, at) => ({
              value,
              itemStyle: { color: colors[groupOf(at)], borderRadius: [3, 3, 0, 0] },
            })),
            label: {
              show: true,
              position: "top",
              color: tokens.color["ink-2"],
              fontSize: 12,
              formatter: ({ value }: { value: number }) => (value ? f.number(value) : ""),
            },
          },
        ],
      };
    },
    [distribution, f],
  );
  const share = (count: number) => f.percent(count / score.answers, { digits: 0 });
  return (
    <Panel
      question={t("distribution.question")}
      reading={
        <Trans
          t={t}
          i18nKey="distribution.reading"
          components={{
            b: <b />,
            d: (
              <NumberLink
                customers={{ filter: "survey", value: `${survey.id}:detractor` }}
                from={t("behind.detractors", { name: survey.name })}
              >
                {null}
              </NumberLink>
            ),
          }}
          values={{ promoters: share(score.promoters), detractors: f.number(score.detractors) }}
        />
      }
      how={[t("distribution.how")]}
    >
      <Chart
        title={t("distribution.question")}
        option={option}
        height={260}
        onPick={(pick) =>
          void navigate({
            to: "/customers" as "/",
            search: {
              filter: "survey",
              value: `${survey.id}:${pick.dataIndex}`,
              from: t("behind.score", { name: survey.name, score: pick.dataIndex }),
            } as never,
          })
        }
        table={{
          head: [t("answer"), t("answers")],
          rows: distribution.map((count, value) => [
            `${value} · ${t(`group.${groupOf(value)}`)}`,
            <NumberLink
              // biome-ignore lint/suspicious/noArrayIndexKey: the place in the row is the score itself.
              key={value}
              customers={{ filter: "survey", value: `${survey.id}:${value}` }}
              from={t("behind.score", { name: survey.name, score: value })}
            >
              {f.number(count)}
            </NumberLink>,
          ]),
        }}
        legend={(["detractor", "passive", "promoter"] as const).map((group) => (
          <span key={group}>
            <i className={`sw ${group === "promoter" ? "kg" : group === "passive" ? "km" : "kb"}`} />
            {t(`group.${group}s`)}, {share(score[`${group}s`])}
          </span>
        ))}
      />
    </Panel>
  );
}
