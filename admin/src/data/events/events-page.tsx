import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DataTable, usePages } from "../../design/data-table.tsx";
import { Grid, Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useCodeText } from "../../i18n/refusal.ts";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { Debugger } from "./debugger.tsx";
import { dropCounts, rejectedEvents } from "./queries.ts";

/** What comes in at this moment, what was let go and why, and what could not be accepted. */
export default function EventsPage() {
  const { t } = useTranslation("events");
  return (
    <Page title={t("title")} reading={t("reading")}>
      <PageTabs here="/events" />
      <Debugger />
      <Grid columns="2">
        <Drops />
        <Rejected />
      </Grid>
    </Page>
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
