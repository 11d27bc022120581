import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { DataTable, usePages } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import { useCustomerName } from "../customers/name.tsx";
import { useEventName } from "../customers/touchpoint.ts";
import { flaggedTraffic } from "./queries.ts";

/** How much was taken for something else than the public, by which rule, with examples and the way back. */
export function Flagged() {
  const { t } = useTranslation("quality");
  const f = useFormats();
  const flagged = useQuery(flaggedTraffic());
  const counts = flagged.data?.counts ?? [];
  type Row = (typeof counts)[number];
  const { rows, paging } = usePages(counts);
  const total = counts.reduce((sum, row) => sum + row.events, 0);
  return (
    <div className="stack s4">
      <Panel
        question={t("flagged")}
        {...(counts.length
          ? { reading: t("flagged.reading", { count: total, events: f.number(total) }) }
          : {})}
        flush
        state={stateOf(flagged, {
          shape: "table",
          empty: (data) =>
            data.counts.length === 0 && (
              <EmptyState title={t("flagged.none")}>{t("flagged.noneText")}</EmptyState>
            ),
        })}
      >
        <DataTable
          label={t("flagged")}
          dense
          columns={[
            {
              id: "rule",
              head: t("flagged.rule"),
              lead: true,
              cell: (row: Row) => t(`flagged.by.${row.traffic}`),
            },
            { id: "source", head: t("flagged.source"), plain: true, cell: (row: Row) => row.source || "–" },
            {
              id: "fate",
              head: t("flagged.fate"),
              plain: true,
              cell: (row: Row) => t(`flagged.fate.${row.fate}`),
            },
            { id: "last", head: t("flagged.last"), plain: true, cell: (row: Row) => f.date(row.lastDay) },
            {
              id: "events",
              head: t("flagged.events"),
              right: true,
              cell: (row: Row) => f.number(row.events),
            },
          ]}
          rows={rows}
          paging={paging}
          rowId={(row) => `${row.traffic} ${row.fate} ${row.source}`}
        />
      </Panel>
      <Examples />
    </div>
  );
}

function Examples() {
  const { t } = useTranslation("quality");
  const f = useFormats();
  const say = useRefusalText();
  const confirm = useConfirm();
  const mayChange = useMay()("settings:write");
  const nameOf = useCustomerName();
  const eventName = useEventName();
  const flagged = useQuery(flaggedTraffic());
  const examples = flagged.data?.examples ?? [];
  type Row = (typeof examples)[number];
  const { rows, paging } = usePages(examples);
  const count = useMutation({
    mutationFn: (id: string) => call(api.DELETE("/api/traffic/internal/{id}", { params: { path: { id } } })),
    onSuccess: () => notifyDone(t("flagged.counts")),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["quality", "flagged"] }),
  });
  const ask = async (customer: NonNullable<Row["customer"]>) => {
    const sure = await confirm({
      title: t("flagged.countTitle", { name: nameOf(customer) }),
      text: t("flagged.countText"),
      action: t("flagged.count"),
    });
    if (sure) count.mutate(customer.id);
  };
  return (
    <Panel
      question={t("flagged.examples")}
      flush
      how={[t("flagged.examplesHow"), t("flagged.countHow")]}
      state={stateOf(flagged, {
        shape: "table",
        empty: (data) => data.examples.length === 0 && <EmptyState title={t("flagged.noExamples")} />,
      })}
    >
      {count.error ? (
        <div className="pad">
          <Note tone="bad" announce>
            {say(count.error) ?? t("design:error.text")}
          </Note>
        </div>
      ) : null}
      <DataTable
        label={t("flagged.examples")}
        dense
        columns={[
          {
            id: "name",
            head: t("flagged.what"),
            lead: true,
            cell: (row: Row) => (
              <>
                {eventName(row.name)}
                <span className="sub">
                  {[t(`flagged.by.${row.traffic}`), row.device].filter(Boolean).join(" · ")}
                </span>
              </>
            ),
          },
          {
            id: "customer",
            head: t("flagged.who"),
            plain: true,
            cell: (row: Row) =>
              row.customer ? <Link to={`/customers/${row.customer.id}`}>{nameOf(row.customer)}</Link> : "–",
          },
          { id: "at", head: t("flagged.at"), plain: true, cell: (row: Row) => f.dateTime(row.at) },
          {
            id: "count",
            head: "",
            right: true,
            cell: ({ customer, traffic }: Row) =>
              mayChange && customer?.internal && traffic === "internal" ? (
                <Button kind="quiet" busy={count.isPending} onClick={() => void ask(customer)}>
                  {t("flagged.count")}
                </Button>
              ) : null,
          },
        ]}
        rows={rows}
        paging={paging}
        rowId={(row) => `${row.at} ${row.name} ${row.customer?.id ?? ""}`}
      />
    </Panel>
  );
}
