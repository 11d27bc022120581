import { call } from "@rondell/api-client";
import { IconPencil, IconRefresh, IconX } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/button.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { ErrorState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import { LastFiles, LastLook, NextLook } from "./folder-cells.tsx";
import { FolderForm } from "./folder-form.tsx";
import { type Folder, folderList, renewImports } from "./queries.ts";
import "./folders.css";

/** Folders of the server whose files are imported by themselves: what waits, what came of the last, when the next is. */
export function FoldersPanel() {
  const { t } = useTranslation("imports");
  const f = useFormats();
  const may = useMay();
  const confirm = useConfirm();
  const list = useQuery(folderList());
  const remove = useMutation({
    mutationFn: (name: string) =>
      call(api.DELETE("/api/imports/folders/{name}", { params: { path: { name } } })),
    onSuccess: renewImports,
  });
  const look = useMutation({
    mutationFn: (name: string) =>
      call(api.POST("/api/imports/folders/{name}/look", { params: { path: { name } } })),
    onSuccess: renewImports,
  });
  const [edited, setEdited] = useState<Folder>();
  const askRemove = async (one: Folder) => {
    const sure = await confirm({
      title: t("folders.removeTitle", { name: one.mapping }),
      text: t("folders.removeText"),
      action: t("folders.remove"),
    });
    if (!sure) return;
    if (edited?.mapping === one.mapping) setEdited(undefined);
    remove.mutate(one.mapping);
  };
  const columns: Column<Folder>[] = [
    {
      id: "path",
      head: t("folders.path"),
      lead: true,
      cell: (one) => (
        <div>
          <b>{one.mapping}</b>
          <br />
          <code className="xs dim folderpath">{one.path}</code>
        </div>
      ),
    },
    { id: "waiting", head: t("folders.waiting"), right: true, cell: (one) => f.number(one.waiting) },
    { id: "look", head: t("folders.look"), cell: (one) => <LastLook folder={one} /> },
    { id: "last", head: t("folders.last"), cell: (one) => <LastFiles folder={one} /> },
    { id: "next", head: t("folders.next"), cell: (one) => <NextLook folder={one} /> },
    {
      id: "keep",
      head: t("folders.keep"),
      right: true,
      cell: (one) => t("folders.days", { count: one.keepDays }),
    },
    ...(may("data:write")
      ? [
          {
            id: "actions",
            head: t("folders.actions"),
            act: true,
            cell: (one: Folder) => (
              <div className="row folderactions">
                <IconButton
                  icon={IconRefresh}
                  kind="quiet"
                  label={t("folders.lookNowInto", { name: one.mapping })}
                  disabled={one.asked || (look.isPending && look.variables === one.mapping)}
                  onClick={() => look.mutate(one.mapping)}
                />
                <IconButton
                  icon={IconPencil}
                  kind="quiet"
                  label={t("folders.editOne", { name: one.mapping })}
                  onClick={() => setEdited(one)}
                />
                <IconButton
                  icon={IconX}
                  kind="quiet"
                  label={t("folders.removeOne", { name: one.mapping })}
                  onClick={() => void askRemove(one)}
                />
              </div>
            ),
          },
        ]
      : []),
  ];
  return (
    <Panel
      question={t("folders.question")}
      how={[t("folders.how")]}
      state={stateOf(list, { shape: "table" })}
    >
      <Stack gap="parts">
        {list.data?.items.length ? (
          <DataTable
            label={t("folders.question")}
            columns={columns}
            rows={list.data.items}
            rowId={(one) => one.mapping}
          />
        ) : (
          <p className="dim">{t("folders.empty")}</p>
        )}
        {remove.error ? <ErrorState error={remove.error} /> : null}
        {look.error ? <ErrorState error={look.error} /> : null}
        {may("data:write") ? (
          <FolderForm key={edited?.mapping ?? ""} folder={edited} onDone={() => setEdited(undefined)} />
        ) : null}
      </Stack>
    </Panel>
  );
}
