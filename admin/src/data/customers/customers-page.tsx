import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { ExportLink } from "../../shell/export-link.tsx";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { hasPage } from "../../shell/pages.ts";
import { pagingOf, type RawSearch, searchPage, searchText, usePageSearch } from "../../shell/search.ts";
import { useMay } from "../../shell/session.tsx";
import { useNameColumn } from "./name.tsx";
import { type CustomerSearch, customerList, pageSize, setOf } from "./queries.ts";
import { UnratedNote } from "./unrated-note.tsx";

const readSearch = (raw: RawSearch): CustomerSearch => ({
  q: searchText(raw.q),
  filter: searchText(raw.filter),
  value: searchText(raw.value),
  known: searchText(raw.known),
  from: searchText(raw.from),
  page: searchPage(raw.page),
});

/** The customers behind a number, found by a search, or all of them. */
export default function CustomersPage() {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const may = useMay();
  const [search, setSearch] = usePageSearch(readSearch);
  const list = useQuery(customerList(search));
  const type = useDebouncedCallback((q: string) => setSearch({ q: q || undefined, page: 0 }), 250);
  type Row = NonNullable<typeof list.data>["items"][number];

  const columns: Column<Row>[] = [
    useNameColumn<Row>((row) => row),
    {
      id: "kind",
      head: t("kind"),
      plain: true,
      cell: (row) => <Chip>{t(row.known ? "known" : "anonymous")}</Chip>,
    },
    { id: "orders", head: t("orders"), right: true, cell: (row) => f.number(row.orders) },
    {
      id: "value",
      head: t("value"),
      right: true,
      cell: (row) => (
        <span>
          {row.valueMinor === null ? "–" : f.money(row.valueMinor)}
          {row.unrated > 0 ? <span className="sub">{t("unrated.row", { count: row.unrated })}</span> : null}
        </span>
      ),
    },
    { id: "last", head: t("lastSeen"), right: true, cell: (row) => (row.lastAt ? f.date(row.lastAt) : "–") },
  ];
  const isNarrowed = Boolean(search.q || search.filter || search.known);
  const title = list.data?.title?.[f.language];

  return (
    <Page
      title={t("title")}
      reading={
        list.data
          ? search.from
            ? t("behind", { count: list.data.total, total: f.number(list.data.total), from: search.from })
            : t("reading", { count: list.data.total, total: f.number(list.data.total) })
          : null
      }
      actions={
        list.data?.items.length ? (
          <ExportLink path="/api/customers.csv" query={setOf(search)}>
            {t("export", { count: list.data.total, n: f.number(list.data.total) })}
          </ExportLink>
        ) : null
      }
    >
      <PageTabs here="/customers" />
      <UnratedNote />
      <Panel
        question={title ?? t("who")}
        state={stateOf(list, {
          shape: "table",
          empty: (data) =>
            data.total === 0 && (
              <EmptyState
                icon={IconUsers}
                title={t(isNarrowed ? "noneFound" : "none")}
                actions={
                  isNarrowed ? (
                    <LinkButton to="/customers">{t("showAll")}</LinkButton>
                  ) : hasPage("/imports/new", may) ? (
                    <LinkButton to="/start">{t("bringIn")}</LinkButton>
                  ) : null
                }
              >
                {t(isNarrowed ? "noneFoundText" : "noneText")}
              </EmptyState>
            ),
        })}
        how={[t("how")]}
        flush
        actions={
          <div className="row">
            {isNarrowed ? <LinkButton to="/customers">{t("showAll")}</LinkButton> : null}
            <TextInput
              className="find"
              aria-label={t("search")}
              placeholder={t("search")}
              leftSection={<IconSearch size={16} />}
              defaultValue={search.q ?? ""}
              onChange={(event) => type(event.currentTarget.value)}
            />
          </div>
        }
      >
        {list.data ? (
          <DataTable
            label={t("title")}
            dense
            columns={columns}
            rows={list.data.items}
            rowId={(row) => row.id}
            paging={pagingOf([search, setSearch], pageSize, list.data.total)}
          />
        ) : null}
      </Panel>
    </Page>
  );
}
