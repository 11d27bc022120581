import { NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Trans, useTranslation } from "react-i18next";
import { LinkButton } from "../../design/button.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { usePageSearch } from "../../shell/search.ts";
import { amongOf, dayAfter, daysBefore, type JourneySearch, readSearch, usualPeriod } from "./asks.ts";
import { FunnelPanel } from "./funnel-panel.tsx";
import { PathsPanel } from "./paths-panel.tsx";
import { eventNames, pathsAnswer } from "./queries.ts";

const sets = [
  "",
  "value.bought",
  "value.top=0.1",
  "lifecycle.stage=new",
  "lifecycle.stage=repeat",
  "lifecycle.stage=loyal",
  "lifecycle.stage=at_risk",
  "lifecycle.stage=lapsed",
  "lifecycle.stage=won_back",
] as const;

/** By what ways people become customers, and where they leave. */
export default function JourneysPage() {
  const { t } = useTranslation("journeys");
  const f = useFormats();
  const [search, setSearch] = usePageSearch(readSearch);
  const names = useQuery(eventNames);
  const { first, last } = names.data ?? { first: null, last: null };
  const period = useMemo(() => {
    if (!first || !last) return undefined;
    const usual = usualPeriod(first, last);
    return { from: search.from ?? usual.from, to: search.to ?? usual.to };
  }, [first, last, search.from, search.to]);
  const among = useMemo(() => amongOf(search.among), [search.among]);
  const ask = period && {
    ...period,
    by: search.by ?? ("channel" as const),
    touches: search.touches ?? 1,
    windowDays: search.days ?? 90,
    ...(among ? { customers: among } : {}),
  };
  const isWrong = period !== undefined && period.from >= period.to;
  const ways = useQuery({ ...pathsAnswer(ask ?? emptyAsk), enabled: ask !== undefined && !isWrong });
  return (
    <Page
      title={t("title")}
      reading={
        ways.data && ways.data.customers > 0 ? (
          <Trans
            t={t}
            i18nKey="headline"
            components={{ b: <b /> }}
            values={{
              customers: f.number(ways.data.customers),
              bought: f.percent(ways.data.bought / ways.data.customers, { digits: 0 }),
              again: f.percent(ways.data.boughtAgain / ways.data.customers, { digits: 0 }),
            }}
          />
        ) : null
      }
      actions={
        period ? <Choices search={search} period={period} onChange={setSearch} isWrong={isWrong} /> : null
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
        <Panel question={t("ways")} state={stateOf(names, { shape: "chart", height: 360 })} />
      )}
      {ask && names.data ? (
        <>
          <PathsPanel ask={ask} answer={ways} search={search} onChange={setSearch} />
          <FunnelPanel
            period={{ from: ask.from, to: ask.to }}
            among={among}
            names={names.data.events.map((event) => event.name)}
            search={search}
            onChange={setSearch}
            isWrong={isWrong}
          />
        </>
      ) : null}
    </Page>
  );
}

/** Never sent: the question is asked only once the period is known. */
const emptyAsk = { from: "2000-01-01", to: "2000-01-02", by: "channel" as const, touches: 1, windowDays: 90 };

/** What both pictures are about: first days, and whose. */
function Choices({
  search,
  period,
  onChange,
  isWrong,
}: {
  search: JourneySearch;
  period: { from: string; to: string };
  onChange: (change: Partial<JourneySearch>) => void;
  isWrong: boolean;
}) {
  const { t } = useTranslation("journeys");
  return (
    <>
      <NativeSelect
        label={t("whose")}
        value={search.among ?? ""}
        data={sets.map((set) => ({ value: set, label: t(set ? `set.${set}` : "set.all") }))}
        onChange={(event) => onChange({ among: event.currentTarget.value || undefined })}
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
