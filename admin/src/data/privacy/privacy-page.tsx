import { IconPlus, IconShieldCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useMay } from "../../shell/session.tsx";
import { useCustomerName } from "../customers/name.tsx";
import { AnswerDialog } from "./answer-dialog.tsx";
import { ErasuresPanel } from "./erasures-panel.tsx";
import { NewRequestDialog } from "./new-request-dialog.tsx";
import { type PrivacyRequest, privacyRequests } from "./queries.ts";
import { RestrictionsPanel } from "./restrictions-panel.tsx";
import { RetentionPanel } from "./retention-panel.tsx";

/** What people ask about their own data, in the order in which it must be answered. */
export default function PrivacyPage() {
  const { t } = useTranslation("privacy");
  const f = useFormats();
  const may = useMay();
  const nameOf = useCustomerName();
  const list = useQuery(privacyRequests());
  const [isNew, setNew] = useState(false);
  const [answering, setAnswering] = useState<PrivacyRequest>();
  const waiting = list.data?.items.filter((item) => item.closedAt === null).length ?? 0;
  const make = may("privacy:write") ? (
    <Button kind="main" icon={IconPlus} onClick={() => setNew(true)}>
      {t("new")}
    </Button>
  ) : null;
  const columns: Column<PrivacyRequest>[] = [
    { id: "kind", head: t("kind"), lead: true, cell: (row) => <b>{t(`kinds.${row.kind}`)}</b> },
    {
      id: "who",
      head: t("who"),
      cell: (row) =>
        row.customer ? (
          <Link to={`/customers/${row.customer.id}`}>{nameOf(row.customer)}</Link>
        ) : (
          <span className="soft">{t("erased")}</span>
        ),
    },
    {
      id: "state",
      head: t("state"),
      cell: (row) =>
        row.overdue ? (
          <Chip tone="bad">{t("overdue")}</Chip>
        ) : (
          <Chip tone={row.state === "done" ? "good" : row.state === "refused" ? "watch" : "plain"}>
            {t(`states.${row.state}`)}
          </Chip>
        ),
    },
    {
      id: "due",
      head: t("due"),
      right: true,
      cell: (row) =>
        row.closedAt ? t("on", { date: f.date(row.closedAt) }) : t("by.day", { date: f.date(row.dueAt) }),
    },
    {
      id: "do",
      head: t("answer"),
      right: true,
      act: true,
      cell: (row) => (
        <Button kind="quiet" onClick={() => setAnswering(row)}>
          {t(row.closedAt === null && may("privacy:write") ? "answer" : "look")}
        </Button>
      ),
    },
  ];
  return (
    <Page
      title={t("title")}
      reading={
        list.data
          ? list.data.overdue
            ? t("readingOverdue", { count: list.data.overdue })
            : t("reading", { count: waiting })
          : undefined
      }
      actions={make}
    >
      <Panel
        question={t("which")}
        flush
        how={[t("how.month"), t("how.portal")]}
        state={stateOf(list, {
          shape: "table",
          empty: (data) =>
            data.items.length === 0 && (
              <EmptyState icon={IconShieldCheck} title={t("none")} actions={make}>
                {t("noneText")}
              </EmptyState>
            ),
        })}
      >
        {list.data ? (
          <DataTable label={t("title")} columns={columns} rows={list.data.items} rowId={(row) => row.id} />
        ) : null}
      </Panel>
      <RestrictionsPanel />
      <ErasuresPanel />
      <RetentionPanel />
      <NewRequestDialog opened={isNew} onClose={() => setNew(false)} />
      {answering ? <AnswerDialog request={answering} onClose={() => setAnswering(undefined)} /> : null}
    </Page>
  );
}
