import { NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Trans, useTranslation } from "react-i18next";
import { useChannelName, useEventName } from "../../data/customers/touchpoint.ts";
import { LinkButton } from "../../design/button.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { usePageSearch } from "../../shell/search.ts";
import { dayAfter, daysBefore, usualPeriod } from "../journeys/asks.ts";
import { eventNames } from "../journeys/queries.ts";
import { type AttributionSearch, readSearch, rowsOf } from "./asks.ts";
import { ChannelsPanel } from "./channels-panel.tsx";
import { JourneysPanel } from "./journeys-panel.tsx";
import { type AttributionAsk, attributionAnswer } from "./queries.ts";

const windows = [7, 14, 30, 60, 90, 180];

/** What conversions owe to each channel, by every model side by side. */
export default function AttributionPage() {
  const { t } = useTranslation("attribution");
  const f = useFormats();
  const channelName = useChannelName();
  const [search, setSearch] = usePageSearch(readSearch);
  const names = useQuery(eventNames);
  const { first, last } = names.data ?? { first: null, last: null };
  const period = useMemo(() => {
    if (!first || !last) return undefined;
    const usual = usualPeriod(first, last);
    return { from: search.from ?? usual.from, to: search.to ?? usual.to };
  }, [first, last, search.from, search.to]);
  const order = ([1, 2, 3, 4] as const).find((one) => one === search.order);
  const ask: AttributionAsk | undefined = period && {
    ...period,
    conversion: search.conversion ?? "Order Completed",
    windowDays: search.window ?? 30,
    ...(order ? { order } : {}),
  };
  const isWrong = period !== undefined && period.from >= period.to;
  const answer = useQuery({ ...attributionAnswer(ask ?? emptyAsk), enabled: ask !== undefined && !isWrong });
  const model = search.model ?? "markov";
  const by = search.by ?? "conversions";
  const [best] = answer.data ? rowsOf(answer.data, model, "conversions") : [];
  return (
    <Page
      title={t("title")}
      reading={
        best && answer.data ? (
          <Trans
            t={t}
            i18nKey="headline"
            components={{ b: <b /> }}
            values={{
              channel: channelName(best.channel),
              conversions: f.number(Math.round(best.estimate)),
              low: f.number(Math.round(best.low)),
              high: f.number(Math.round(best.high)),
              all: f.number(answer.data.journeys.converted),
              model: t(`model.${model}`),
            }}
          />
        ) : null
      }
      actions={
        period && names.data ? (
          <Choices
            search={search}
            period={period}
            events={names.data.events.map((event) => event.name)}
            onChange={setSearch}
            isWrong={isWrong}
          />
        ) : null
      }
    >
      {names.data && !period ? (
        <section className="panel">
          <EmptyState title={t("nothing")} actions={<LinkButton to="/start">{t("bringIn")}</LinkButton>}>
            {t("nothingText")}
          </EmptyState>
        </section>
      ) : null}
      {names.data ? null : (
        <Panel question={t("question")} state={stateOf(names, { shape: "chart", height: 360 })} />
      )}
      {ask && names.data ? (
        <>
          <ChannelsPanel ask={ask} answer={answer} model={model} by={by} onChange={setSearch} />
          {answer.data ? <JourneysPanel ask={ask} answer={answer.data} /> : null}
        </>
      ) : null}
    </Page>
  );
}

/** Never sent: the question is asked only once the period is known. */
const emptyAsk = { from: "2000-01-01", to: "2000-01-02" };

function Choices({
  search,
  period,
  events,
  onChange,
  isWrong,
}: {
  search: AttributionSearch;
  period: { from: string; to: string };
  events: string[];
  onChange: (change: Partial<AttributionSearch>) => void;
  isWrong: boolean;
}) {
  const { t } = useTranslation("attribution");
  const eventName = useEventName();
  const chosen = search.conversion ?? "Order Completed";
  return (
    <>
      <NativeSelect
        label={t("conversion")}
        value={chosen}
        data={[...new Set([chosen, ...events])].map((value) => ({ value, label: eventName(value) }))}
        onChange={(event) => onChange({ conversion: event.currentTarget.value })}
      />
      <NativeSelect
        label={t("window")}
        value={String(search.window ?? 30)}
        data={windows.map((days) => ({ value: String(days), label: t("days", { count: days }) }))}
        onChange={(event) => onChange({ window: Number(event.currentTarget.value) })}
      />
      <TextInput
        type="date"
        label={t("from")}
        value={period.from}
        error={isWrong ? t("wrongPeriod") : undefined}
        onChange={(event) => event.currentTarget.value && onChange({ from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={t("to")}
        value={daysBefore(period.to, 1)}
        onChange={(event) =>
          event.currentTarget.value && onChange({ to: dayAfter(event.currentTarget.value) })
        }
      />
    </>
  );
}
