import { Modal, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconBuilding, IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { ExportLink } from "../../shell/export-link.tsx";
import {
  pagingOf,
  type RawSearch,
  searchPage,
  searchText,
  searchWord,
  usePageSearch,
} from "../../shell/search.ts";
import { useMay } from "../../shell/session.tsx";
import { AccountForm } from "./account-form.tsx";
import { Expected } from "./expected.tsx";
import { type AccountSearch, accountList, accountOrders, pageSize, setOf } from "./queries.ts";

const readSearch = (raw: RawSearch): AccountSearch => ({
  q: searchText(raw.q),
  order: searchWord(raw.order, accountOrders),
  page: searchPage(raw.page),
});

/** The companies that customers belong to, the largest first. */
export default function AccountsPage() {
  const { t } = useTranslation("accounts");
  const f = useFormats();
  const may = useMay();
  const [search, setSearch] = usePageSearch(readSearch);
  const [isMaking, setMaking] = useState(false);
  const list = useQuery(accountList(search));
  const type = useDebouncedCallback((q: string) => setSearch({ q: q || undefined, page: 0 }), 250);
  type Row = NonNullable<typeof list.data>["items"][number];

  const columns: Column<Row>[] = [
    {
      id: "name",
      head: t("name"),
      lead: true,
      cell: (row) => (
        <span>
          <Link to={`/accounts/${row.id}`}>
            <b>{row.name ?? row.number}</b>
          </Link>
          {row.parent ? <span className="sub">{t("belongsTo", { name: row.parent.name })}</span> : null}
        </span>
      ),
    },
    {
      id: "members",
      head: t("members"),
      right: true,
      cell: (row) => (
        <span>
          {f.number(row.members)}
          {row.unproven ? (
            <span className="sub">{t("unproven", { count: row.unproven, n: f.number(row.unproven) })}</span>
          ) : null}
        </span>
      ),
    },
    { id: "orders", head: t("orders"), right: true, cell: (row) => f.number(row.orders) },
    {
      id: "revenue",
      head: t("revenue"),
      right: true,
      cell: (row) => (
        <span>
          {row.orders || row.revenueMinor ? f.money(row.revenueMinor) : "–"}
          {row.unrated ? <span className="sub">{t("unrated", { count: row.unrated })}</span> : null}
        </span>
      ),
    },
    { id: "expected", head: t("expected"), right: true, minWidth: 12, cell: (row) => <Expected of={row} /> },
    { id: "last", head: t("last"), right: true, cell: (row) => (row.lastAt ? f.date(row.lastAt) : "–") },
  ];
  const make = may("data:write") ? (
    <Button kind="main" icon={IconPlus} onClick={() => setMaking(true)}>
      {t("make")}
    </Button>
  ) : null;

  return (
    <Page
      title={t("title")}
      reading={list.data ? t("reading", { count: list.data.total, n: f.number(list.data.total) }) : null}
      actions={
        <>
          {list.data?.items.length ? (
            <ExportLink path="/api/accounts.csv" query={setOf(search)}>
              {t("export")}
            </ExportLink>
          ) : null}
          {make}
        </>
      }
    >
      <Panel
        question={t("who")}
        flush
        how={[t("how.events"), t("how.expected"), t("how.leftOut")]}
        state={stateOf(list, {
          shape: "table",
          empty: (data) =>
            data.total === 0 && (
              <EmptyState
                icon={IconBuilding}
                title={t(search.q ? "noneFound" : "none")}
                actions={search.q ? <LinkButton to="/accounts">{t("showAll")}</LinkButton> : make}
              >
                {t(search.q ? "noneFoundText" : "noneText")}
              </EmptyState>
            ),
        })}
        actions={
          <div className="row">
            <NativeSelect
              aria-label={t("order")}
              data={accountOrders.map((one) => ({ value: one, label: t(`order.${one}`) }))}
              value={search.order ?? "revenue"}
              onChange={(event) =>
                setSearch({ order: searchWord(event.currentTarget.value, accountOrders), page: 0 })
              }
            />
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
      <Modal
        opened={isMaking}
        onClose={() => setMaking(false)}
        title={t("make")}
        closeButtonProps={{ "aria-label": t("design:close") }}
      >
        <AccountForm onDone={() => setMaking(false)} />
      </Modal>
    </Page>
  );
}
