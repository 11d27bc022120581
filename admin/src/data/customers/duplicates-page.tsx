import { IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { useMay } from "../../shell/session.tsx";
import { Decide } from "./decide.tsx";
import { SearchButton, SearchNote } from "./duplicate-search.tsx";
import { Evidence, Sureness } from "./evidence.tsx";
import { useCustomerName } from "./name.tsx";
import { mergeProposals } from "./queries.ts";

/** Pairs of known customers that may be one person. Neither events nor the search ever join them. */
export default function DuplicatesPage() {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const nameOf = useCustomerName();
  const mayDecide = useMay()("data:write");
  const list = useQuery(mergeProposals());
  type Row = NonNullable<typeof list.data>["items"][number];
  const who = (one: Row["a"]) => <Link to={`/customers/${one.id}`}>{nameOf(one)}</Link>;
  return (
    <Page title={t("duplicates.title")} reading={t("duplicates.reading")} actions={<SearchButton />}>
      <PageTabs here="/duplicates" />
      <SearchNote />
      <Panel
        question={t("duplicates.question")}
        state={stateOf(list, {
          shape: "table",
          empty: (data) =>
            data.items.length === 0 && (
              <EmptyState icon={IconUsers} title={t("duplicates.none")}>
                {t("duplicates.noneText")}
              </EmptyState>
            ),
        })}
        how={[t("duplicates.how"), t("duplicates.howCompared"), t("duplicates.howSure")]}
        flush
      >
        {list.data && list.data.total > list.data.items.length ? (
          <p className="reading">
            {t("duplicates.surest", {
              shown: f.number(list.data.items.length),
              total: f.number(list.data.total),
            })}
          </p>
        ) : null}
        {list.data ? (
          <DataTable
            label={t("duplicates.title")}
            columns={[
              { id: "a", head: t("duplicates.one"), lead: true, cell: (row: Row) => who(row.a) },
              { id: "b", head: t("duplicates.other"), cell: (row: Row) => who(row.b) },
              {
                id: "sure",
                head: t("duplicates.sure"),
                right: true,
                cell: (row: Row) => <Sureness probability={row.probability} />,
              },
              {
                id: "reason",
                head: t("duplicates.why"),
                minWidth: 14,
                cell: (row: Row) => <Evidence pair={row} />,
              },
              { id: "seen", head: t("duplicates.seen"), right: true, cell: (row: Row) => f.number(row.seen) },
              {
                id: "at",
                head: t("duplicates.since"),
                right: true,
                cell: (row: Row) => f.date(row.createdAt),
              },
              ...(mayDecide
                ? [
                    {
                      id: "act",
                      head: t("duplicates.act"),
                      act: true,
                      cell: (row: Row) => <Decide pair={row} />,
                    },
                  ]
                : []),
            ]}
            rows={list.data.items}
            rowId={(row) => String(row.id)}
          />
        ) : null}
      </Panel>
    </Page>
  );
}
