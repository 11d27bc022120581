import { IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../design/button.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { Progress } from "../../design/progress.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useMay } from "../../shell/session.tsx";
import { FoldersPanel } from "./folders-panel.tsx";
import { type Import, importList, isOpen } from "./queries.ts";
import { ImportStateChip } from "./state-chip.tsx";

/** All imports, those under way with how far they are. */
export default function ImportsPage() {
  const { t } = useTranslation("imports");
  const f = useFormats();
  const may = useMay();
  const list = useQuery(importList());
  const start = (
    <LinkButton kind="main" icon={IconUpload} to="/imports/new">
      {t("new.title")}
    </LinkButton>
  );
  const columns: Column<Import>[] = [
    {
      id: "files",
      head: t("list.files"),
      lead: true,
      cell: (one) => (
        <Link to={`/imports/${one.id}`}>
          <b>
            {t("list.name", {
              count: one.files.length,
              name: one.files[0]?.name ?? "",
              more: one.files.length - 1,
            })}
          </b>
        </Link>
      ),
    },
    { id: "kind", head: t("list.kind"), cell: (one) => t(`kind.${one.kind}`) },
    {
      id: "mapping",
      head: t("list.mapping"),
      cell: (one) => one.mapping.name ?? (one.mapping.title || t("list.own")),
    },
    {
      id: "state",
      head: t("list.state"),
      minWidth: 9,
      cell: (one) =>
        isOpen(one) && one.progress ? (
          <>
            <Progress done={one.progress.share ?? 0} label={t("progress")} />
            {one.progress.rowsPerSecond > 0 ? (
              <span className="xs dim num">
                {t("list.rate", { perSecond: f.number(one.progress.rowsPerSecond) })}
              </span>
            ) : null}
          </>
        ) : (
          <ImportStateChip state={one.state} />
        ),
    },
    {
      id: "accepted",
      head: t("result.accepted"),
      right: true,
      cell: (one) => (one.result ? f.number(one.result.accepted) : ""),
    },
    {
      id: "updated",
      head: t("result.updated"),
      right: true,
      cell: (one) => (one.result ? f.number(one.result.updated) : ""),
    },
    {
      id: "unchanged",
      head: t("result.unchanged"),
      right: true,
      cell: (one) => (one.result ? f.number(one.result.unchanged) : ""),
    },
    {
      id: "rejected",
      head: t("result.rejected"),
      right: true,
      cell: (one) => (one.result ? f.number(one.result.rejected) : ""),
    },
    { id: "at", head: t("list.at"), right: true, cell: (one) => f.dateTime(one.createdAt) },
  ];
  return (
    <Page title={t("title")} reading={t("reading")} actions={may("data:write") ? start : null}>
      <Stack>
        <Panel
          question={t("list.question")}
          flush
          how={[t("list.how")]}
          state={stateOf(list, {
            shape: "table",
            empty: (data) =>
              data.items.length === 0 && (
                <EmptyState title={t("empty.title")} actions={may("data:write") ? start : null}>
                  {t("empty.text")}
                </EmptyState>
              ),
          })}
        >
          {list.data ? (
            <DataTable label={t("title")} columns={columns} rows={list.data.items} rowId={(one) => one.id} />
          ) : null}
        </Panel>
        <FoldersPanel />
      </Stack>
    </Page>
  );
}
