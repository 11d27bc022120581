import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import { useCustomerName } from "../customers/name.tsx";
import { restrictions } from "./queries.ts";

/** Whose data is kept and not used. Nothing is shown where that is nobody's. */
export function RestrictionsPanel() {
  const { t } = useTranslation("privacy");
  const f = useFormats();
  const may = useMay();
  const say = useRefusalText();
  const nameOf = useCustomerName();
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
      {lift.error ? (
        <Note tone="bad" announce>
          {say(lift.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      {list.data ? (
        <DataTable
          label={t("restricted")}
          columns={[
            {
              id: "who",
              head: t("who"),
              lead: true,
              cell: (row: Row) => <Link to={`/customers/${row.id}`}>{nameOf(row)}</Link>,
            },
            { id: "since", head: t("since"), cell: (row: Row) => `${f.date(row.since)}, ${row.by}` },
            {
              id: "do",
              head: t("lift"),
              right: true,
              act: true,
              cell: (row: Row) =>
                may("privacy:write") ? (
                  <Button
                    kind="quiet"
                    busy={lift.isPending && lift.variables === row.id}
                    aria-label={t("liftOne", { name: nameOf(row) })}
                    onClick={() => lift.mutate(row.id)}
                  >
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
