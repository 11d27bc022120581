import { Select, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconPlayerPause, IconPlayerPlay, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Icon, LinkButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable, usePages } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Note } from "../../design/note.tsx";
import { Panel } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { sourceList } from "../../garden/sources/queries.ts";
import { useFormats } from "../../i18n/hooks.ts";
import { type RawSearch, searchText, searchWord, usePageSearch } from "../../shell/search.ts";
import { useMay } from "../../shell/session.tsx";
import { useEventName } from "../customers/touchpoint.ts";
import { EventCompared } from "./event-compared.tsx";
import { type DebuggedEvent, type StreamState, useEventStream } from "./event-stream.ts";
import "./events.css";

const outcomes = ["kept", "dropped", "odd"] as const;
const readSearch = (raw: RawSearch) => ({
  name: searchText(raw.name),
  source: searchText(raw.source),
  customer: searchText(raw.customer),
  outcome: searchWord(raw.outcome, outcomes),
});

/** Every event as it comes in, as it came and as it became. */
export function Debugger() {
  const { t } = useTranslation("events");
  const f = useFormats();
  const nameOf = useEventName();
  const [filter, setFilter] = usePageSearch(readSearch);
  const [isPaused, setPaused] = useState(false);
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const { events, state } = useEventStream(filter, isPaused);
  const { rows, paging } = usePages(events);
  const looked = events.find((event) => event.id === chosen);
  const isFiltered = Object.values(filter).some(Boolean);
  const columns: Column<DebuggedEvent>[] = [
    {
      id: "name",
      head: t("event"),
      lead: true,
      cell: (row) => (
        <button
          type="button"
          className="rowlink"
          aria-expanded={row.id === chosen}
          title={row.name}
          onClick={() => setChosen(row.id === chosen ? undefined : row.id)}
        >
          {nameOf(row.name)}
        </button>
      ),
    },
    {
      id: "outcome",
      head: t("became"),
      plain: true,
      cell: (row) => (
        <span className="row tight">
          <Chip tone={row.outcome === "kept" ? "good" : "watch"}>{t(`outcome.${row.outcome}`)}</Chip>
          {row.enriched?.traffic ? <Chip>{t(`outcome.aside_${String(row.enriched.traffic)}`)}</Chip> : null}
          {row.violations.length ? (
            <Chip tone="watch" icon={IconAlertTriangle}>
              {t("odd", { count: row.violations.length })}
            </Chip>
          ) : null}
        </span>
      ),
    },
    {
      id: "customer",
      head: t("customer"),
      plain: true,
      cell: (row) =>
        row.customer ? (
          <Link to={`/customers/${row.customer}`}>{row.customerName ?? row.customer}</Link>
        ) : (
          t("nobody")
        ),
    },
    { id: "source", head: t("source"), plain: true, cell: (row) => row.source },
    { id: "at", head: t("at"), right: true, plain: true, cell: (row) => f.time(row.at, { seconds: true }) },
  ];
  return (
    <Panel
      question={t("live")}
      flush
      how={[t("liveHow"), t("liveSample")]}
      actions={
        <>
          <Connection state={state} isPaused={isPaused} />
          <Button
            icon={isPaused ? IconPlayerPlay : IconPlayerPause}
            onClick={() => setPaused((before) => !before)}
          >
            {t(isPaused ? "resume" : "pause")}
          </Button>
        </>
      }
    >
      <Filters filter={filter} onChange={setFilter} />
      {state === "over" ? (
        <div className="pad">
          <Note tone="bad" announce>
            {t("over")}
          </Note>
        </div>
      ) : null}
      {looked ? <EventCompared event={looked} onClose={() => setChosen(undefined)} /> : null}
      {events.length ? (
        <DataTable
          label={t("live")}
          dense
          columns={columns}
          rows={rows}
          paging={paging}
          rowId={(row) => String(row.id)}
          isMarked={(row) => row.id === chosen}
        />
      ) : state === "over" ? null : isFiltered ? (
        <EmptyState title={t("noneFits")}>{t("noneFitsText")}</EmptyState>
      ) : (
        <EmptyState title={t("quiet")} actions={<LinkButton to="/connect">{t("connect")}</LinkButton>}>
          {t("quietText")}
        </EmptyState>
      )}
    </Panel>
  );
}

function Connection({ state, isPaused }: { state: StreamState; isPaused: boolean }) {
  const { t } = useTranslation("events");
  const word = isPaused ? "paused" : state;
  return (
    <span role="status">
      <Chip tone={word === "open" ? "good" : word === "lost" || word === "over" ? "watch" : "plain"}>
        {t(`state.${word}`)}
      </Chip>
    </span>
  );
}

type Filter = ReturnType<typeof readSearch>;

function Filters({ filter, onChange }: { filter: Filter; onChange: (change: Partial<Filter>) => void }) {
  const { t } = useTranslation("events");
  const maySources = useMay()("settings:read");
  const sources = useQuery({ ...sourceList(), enabled: maySources });
  return (
    <section className="eventfilters pad" aria-label={t("filters")}>
      <TextInput
        aria-label={t("filterName")}
        placeholder={t("filterName")}
        leftSection={<Icon of={IconSearch} />}
        maxLength={200}
        value={filter.name ?? ""}
        onChange={(event) => onChange({ name: event.currentTarget.value || undefined })}
      />
      <Select
        aria-label={t("source")}
        placeholder={t("everySource")}
        clearable
        value={filter.source ?? null}
        onChange={(value) => onChange({ source: value ?? undefined })}
        data={(sources.data?.sources ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      />
      <Select
        aria-label={t("became")}
        placeholder={t("everyOutcome")}
        clearable
        value={filter.outcome ?? null}
        onChange={(value) => onChange({ outcome: outcomes.find((one) => one === value) })}
        data={outcomes.map((one) => ({ value: one, label: t(`only.${one}`) }))}
      />
      <TextInput
        aria-label={t("filterCustomer")}
        placeholder={t("filterCustomer")}
        value={filter.customer ?? ""}
        onChange={(event) => onChange({ customer: event.currentTarget.value.trim() || undefined })}
      />
    </section>
  );
}
