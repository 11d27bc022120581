import { NativeSelect } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useChannelName } from "../../data/customers/touchpoint.ts";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { axisAround, IntervalStrip } from "../../design/interval.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { fileAddress } from "../../shell/api.ts";
import { type AttributionSearch, type ChannelRow, modelNames, rowsOf } from "./asks.ts";
import type { AttributionAnswer, AttributionAsk, ModelName } from "./queries.ts";

/** The channels under the chosen model, with their intervals and what the other models say. */
export function ChannelsPanel({
  ask,
  answer,
  model,
  by,
  onChange,
}: {
  ask: AttributionAsk;
  answer: UseQueryResult<AttributionAnswer>;
  model: ModelName;
  by: "conversions" | "value";
  onChange: (change: Partial<AttributionSearch>) => void;
}) {
  const { t } = useTranslation("attribution");
  const f = useFormats();
  const channelName = useChannelName();
  const question = t("question");
  const data = answer.data;
  const chosen = data?.models.find((one) => one.model === model);
  const rows = data ? rowsOf(data, model, by) : [];
  const axis = axisAround(
    rows.map(({ estimate: value, low, high }) => ({ value, low, high })),
    0,
  );
  const amount = (value: number) =>
    by === "value"
      ? f.money(Math.round(value), { currency: data?.currency ?? "" })
      : f.number(value, { digits: 1 });
  const columns: Column<ChannelRow>[] = [
    { id: "channel", head: t("channel"), lead: true, cell: (row) => channelName(row.channel) },
    {
      id: "estimate",
      head: t(by),
      right: true,
      cell: (row) => (
        <>
          <b>{amount(row.estimate)}</b>{" "}
          <span className="soft">{t("between", { low: amount(row.low), high: amount(row.high) })}</span>
        </>
      ),
    },
    {
      id: "strip",
      head: t("interval"),
      cell: (row) => (
        <IntervalStrip
          estimate={{ value: row.estimate, low: row.low, high: row.high }}
          axis={axis}
          label={t("between", { low: amount(row.low), high: amount(row.high) })}
        />
      ),
    },
    {
      id: "others",
      head: t("others"),
      cell: (row) => (
        <span className="soft">
          {t("span", {
            least: amount(row.least.value),
            leastModel: t(`model.${row.least.model}`),
            most: amount(row.most.value),
            mostModel: t(`model.${row.most.model}`),
          })}
        </span>
      ),
    },
    ...(model === "markov"
      ? [
          {
            id: "removal",
            head: t("removal"),
            right: true,
            cell: (row: ChannelRow) =>
              row.removalEffect === null ? "–" : f.percent(row.removalEffect, { digits: 0 }),
          },
        ]
      : []),
    {
      id: "met",
      head: t("met"),
      right: true,
      cell: (row) => (
        <NumberLink
          customers={{
            filter: "attribution.journeys",
            value: JSON.stringify({ ask, kind: "converted", channel: row.channel }),
          }}
          from={question}
        >
          {f.number(row.converted)}
        </NumberLink>
      ),
    },
  ];
  return (
    <Panel
      question={question}
      flush
      reading={chosen ? t(`reading.${model}`, { count: chosen.order ?? 1 }) : null}
      actions={
        <>
          <NativeSelect
            aria-label={t("modelLabel")}
            value={model}
            data={modelNames.map((value) => ({ value, label: t(`model.${value}`) }))}
            onChange={(event) => onChange({ model: event.currentTarget.value as ModelName })}
          />
          <NativeSelect
            aria-label={t("by")}
            value={by}
            data={(["conversions", "value"] as const).map((value) => ({ value, label: t(value) }))}
            onChange={(event) =>
              onChange({ by: event.currentTarget.value === "value" ? "value" : "conversions" })
            }
          />
          {model === "markov" ? (
            <NativeSelect
              aria-label={t("orderLabel")}
              value={String(ask.order ?? "")}
              data={["", "1", "2", "3", "4"].map((value) => ({
                value,
                label: value ? t("orderCount", { count: Number(value) }) : t("orderChosen"),
              }))}
              onChange={(event) =>
                onChange({ order: event.currentTarget.value ? Number(event.currentTarget.value) : undefined })
              }
            />
          ) : null}
          <a
            className="btn quiet"
            href={fileAddress("/api/insight/attribution.csv", { ask: JSON.stringify(ask) })}
            download
          >
            CSV
          </a>
        </>
      }
      how={[
        t(`how.${model}`),
        t("howWindow", { count: ask.windowDays ?? 30 }),
        t("howInterval", { count: data?.replicates ?? 200 }),
        t("howCause"),
        ...(data ? [t("fresh", { at: f.dateTime(data.computedAt) })] : []),
      ]}
      state={stateOf(answer, {
        shape: "chart",
        height: 320,
        empty: (found) =>
          found.models.length === 0 && (
            <EmptyState title={t(found.journeys.untouched ? "noTouches" : "noConversions")}>
              {t(found.journeys.untouched ? "noTouchesText" : "noConversionsText", {
                conversions: f.number(found.journeys.untouched),
              })}
            </EmptyState>
          ),
      })}
    >
      {chosen?.failed ? (
        <EmptyState title={t("failed")}>{t("failedText")}</EmptyState>
      ) : (
        <DataTable dense label={question} columns={columns} rows={rows} rowId={(row) => row.channel} />
      )}
    </Panel>
  );
}
