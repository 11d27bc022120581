import { call } from "@rondell/api-client";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { type Column, DataTable, usePages } from "../../design/data-table.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel } from "../../design/panel.tsx";
import { EmptyState, ErrorState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api, queryClient } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import type { EventDetail, EventProperty } from "./queries.ts";

/** What an event holds: names and types of its properties, and which of them are personal. */
export function PropertiesPanel({ event }: { event: EventDetail }) {
  const { t } = useTranslation("quality");
  const f = useFormats();
  const may = useMay()("data:write");
  const confirm = useConfirm();
  const mark = useMutation({
    mutationFn: ({ path, personal }: { path: string; personal: boolean }) =>
      call(
        api.PATCH("/api/events/catalogue/event", {
          body: { name: event.name, properties: [{ path, personal }] },
        }),
      ),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["quality"] });
      notifyDone(t("saved"));
    },
  });
  const ask = async ({ path, personal }: EventProperty) => {
    const key = personal ? "harmless" : "personal";
    const isSure = await confirm({
      title: t(`ask.${key}`, { path }),
      text: t(`askText.${key}`),
      action: t(`mark.${key}`),
    });
    if (isSure) mark.mutate({ path, personal: !personal });
  };
  const columns: Column<EventProperty>[] = [
    { id: "path", head: t("property"), lead: true, cell: (row) => <span className="mono">{row.path}</span> },
    {
      id: "types",
      head: t("types"),
      plain: true,
      cell: (row) =>
        row.types
          .map(({ type, share }) =>
            share === 1 ? t(`type.${type}`) : `${t(`type.${type}`)} ${f.percent(share)}`,
          )
          .join(", "),
    },
    { id: "share", head: t("share"), right: true, cell: (row) => f.percent(Math.min(1, row.share)) },
    {
      id: "personal",
      head: t("personal"),
      plain: true,
      cell: (row) => (
        <span className="row tight">
          {row.personal ? (
            <Chip tone="hedge">{t(row.decidedBy === "guess" ? "personalGuess" : "personalSaid")}</Chip>
          ) : row.decidedBy === "operator" ? (
            <Chip>{t("harmlessSaid")}</Chip>
          ) : null}
          {may ? (
            <Button kind="quiet" onClick={() => void ask(row)}>
              {t(row.personal ? "mark.harmless" : "mark.personal")}
            </Button>
          ) : null}
        </span>
      ),
    },
  ];
  const { rows, paging } = usePages(event.propertyList);
  return (
    <Panel question={t("holds")} flush how={[t("holdsHow"), t("personalHow")]}>
      {mark.error ? <ErrorState error={mark.error} /> : null}
      {event.propertyList.length ? (
        <DataTable
          label={t("holds")}
          dense
          columns={columns}
          rows={rows}
          paging={paging}
          rowId={(row) => row.path}
        />
      ) : (
        <EmptyState title={t("noProperties")} />
      )}
    </Panel>
  );
}
