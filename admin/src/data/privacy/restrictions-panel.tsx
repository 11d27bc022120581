import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api, queryClient } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import { restrictions } from "./queries.ts";

/** Whose data is kept and not used. Nothing is shown where that is nobody's. */
export function RestrictionsPanel() {
  const { t } = useTranslation("privacy");
  const f = useFormats();
  const may = useMay();
  const list = useQuery(restrictions());
  type Row = NonNullable<typeof list.data>["items"][number];
  const lift = useMutation({
    mutationFn: (customer: string) =>
      call(api.DELETE("/api/privacy/restrictions/{customer}", { params: { path: { customer } } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["privacy"] });
      notifyDone(t("lifted"));
    },
  });
  if (list.data?.items.length === 0) return null;
  return (
    <Panel
      question={t("restricted")}
      flush
      how={[t("restrictedHow")]}
      state={stateOf(list, { shape: "table" })}
    >
      {list.data ? (
        <DataTable
          label={t("restricted")}
          columns={[
            {
              id: "who",
              head: t("who"),
              lead: true,
              cell: (row: Row) => <Link to={`/customers/${row.id}`}>{row.name ?? row.id}</Link>,
            },
            { id: "since", head: t("since"), cell: (row: Row) => `${f.date(row.since)}, ${row.by}` },
            {
              id: "do",
              head: t("lift"),
              right: true,
              cell: (row: Row) =>
                may("privacy:write") ? (
                  <Button kind="quiet" onClick={() => lift.mutate(row.id)}>
                    {t("lift")}
                  </Button>
                ) : null,
            },
          ]}
          rows={list.data.items}
          rowId={(row) => row.id}
        />
      ) : null}
    </Panel>
  );
}
