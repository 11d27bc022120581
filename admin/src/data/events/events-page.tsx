import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable, usePages } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Grid, Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useCodeText } from "../../i18n/refusal.ts";
import { useChannelName, useEventName } from "../customers/touchpoint.ts";
import { dropCounts, liveEvents, rejectedEvents } from "./queries.ts";

/** What comes in at this moment, what was let go and why, and what could not be accepted. */
export default function EventsPage() {
  const { t } = useTranslation("events");
  const [isRunning, setRunning] = useState(true);
  const live = useQuery(liveEvents(isRunning));
  const kept = live.data?.items.filter((item) => item.outcome === "kept").length ?? 0;
  return (
    <Page
      title={t("title")}
      reading={live.data ? t("reading", { count: live.data.items.length, kept }) : null}
      actions={
        <Button
          icon={isRunning ? IconPlayerPause : IconPlayerPlay}
          onClick={() => setRunning((running) => !running)}
        >
          {t(isRunning ? "pause" : "resume")}
        </Button>
      }
    >
      <Live isRunning={isRunning} />
      <Grid columns="2">
        <Drops />
        <Rejected />
      </Grid>
    </Page>
  );
}

function Outcome({ outcome }: { outcome: string }) {
  const { t } = useTranslation("events");
  return <Chip tone={outcome === "kept" ? "good" : "watch"}>{t(`outcome.${outcome}`)}</Chip>;
}

function Live({ isRunning }: { isRunning: boolean }) {
  const { t } = useTranslation("events");
  const f = useFormats();
  const nameOf = useEventName();
  const channelOf = useChannelName();
  const live = useQuery(liveEvents(isRunning));
  type Row = NonNullable<typeof live.data>["items"][number];
  const columns: Column<Row>[] = [
    { id: "name", head: t("event"), lead: true, cell: (row) => <b title={row.name}>{nameOf(row.name)}</b> },
    { id: "outcome", head: t("became"), plain: true, cell: (row) => <Outcome outcome={row.outcome} /> },
    {
      id: "customer",
      head: t("customer"),
      plain: true,
      cell: (row) =>
        row.customer ? <Link to={`/customers/${row.customer}`}>{row.customer}</Link> : t("nobody"),
    },
    { id: "source", head: t("source"), plain: true, cell: (row) => row.source },
    {
      id: "channel",
      head: t("channel"),
      plain: true,
      cell: (row) => (row.channel ? channelOf(row.channel) : "–"),
    },
    { id: "at", head: t("at"), right: true, plain: true, cell: (row) => f.time(row.at, { seconds: true }) },
  ];
  const { rows, paging } = usePages(live.data?.items ?? []);
  return (
    <Panel
      question={t("live")}
      flush
      how={[t("liveHow")]}
      state={stateOf(live, {
        shape: "table",
        empty: (data) =>
          data.items.length === 0 && (
            <EmptyState title={t("quiet")} actions={<LinkButton to="/connect">{t("connect")}</LinkButton>}>
              {t("quietText")}
            </EmptyState>
          ),
      })}
    >
      {live.data ? (
        <DataTable
          label={t("live")}
          dense
          columns={columns}
          rows={rows}
          paging={paging}
          rowId={(row) => `${row.at} ${row.name} ${row.outcome} ${row.customer ?? ""}`}
        />
      ) : null}
    </Panel>
  );
}

function Drops() {
  const { t } = useTranslation("events");
  const f = useFormats();
  const drops = useQuery(dropCounts());
  type Row = NonNullable<typeof drops.data>["items"][number];
  const { rows, paging } = usePages(drops.data?.items ?? []);
  return (
    <Panel
      question={t("drops")}
      flush
      how={[t("dropsHow")]}
      state={stateOf(drops, {
        shape: "table",
        empty: (data) => data.items.length === 0 && <EmptyState title={t("noDrops")} />,
      })}
    >
      {drops.data ? (
        <DataTable
          label={t("drops")}
          dense
          columns={[
            { id: "day", head: t("day"), lead: true, cell: (row: Row) => f.date(row.day) },
            { id: "reason", head: t("reason"), plain: true, cell: (row: Row) => t(`outcome.${row.reason}`) },
            { id: "source", head: t("source"), plain: true, cell: (row: Row) => row.source },
            { id: "events", head: t("events"), right: true, cell: (row: Row) => f.number(row.events) },
          ]}
          rows={rows}
          paging={paging}
          rowId={(row) => `${row.day} ${row.source} ${row.reason}`}
        />
      ) : null}
    </Panel>
  );
}

function Rejected() {
  const { t } = useTranslation("events");
  const f = useFormats();
  const say = useCodeText();
  const rejected = useQuery(rejectedEvents());
  type Row = NonNullable<typeof rejected.data>["items"][number];
  const { rows, paging } = usePages(rejected.data?.items ?? []);
  return (
    <Panel
      question={t("rejected")}
      flush
      how={[
        t("rejectedHow"),
        ...(rejected.data?.onlyCounted
          ? [
              t("onlyCounted", {
                all: f.number(rejected.data.events),
                n: f.number(rejected.data.onlyCounted),
              }),
            ]
          : []),
      ]}
      state={stateOf(rejected, {
        shape: "table",
        empty: (data) => data.items.length === 0 && <EmptyState title={t("noRejected")} />,
      })}
    >
      {rejected.data ? (
        <DataTable
          label={t("rejected")}
          dense
          columns={[
            { id: "code", head: t("reason"), lead: true, cell: (row: Row) => say(row.code, row.message) },
            { id: "message", head: t("messageId"), cell: (row: Row) => row.messageId ?? "–" },
            { id: "source", head: t("source"), plain: true, cell: (row: Row) => row.source ?? "–" },
            { id: "at", head: t("at"), right: true, plain: true, cell: (row: Row) => f.dateTime(row.at) },
          ]}
          rows={rows}
          paging={paging}
          rowId={(row) => String(row.id)}
        />
      ) : null}
    </Panel>
  );
}
