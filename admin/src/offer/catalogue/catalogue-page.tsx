import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconPackage, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import {
  pagingOf,
  type RawSearch,
  searchPage,
  searchText,
  searchWord,
  usePageSearch,
} from "../../shell/search.ts";
import { RefreshButton } from "../placements/refresh-button.tsx";
import { type Product, type ProductSearch, pageSize, productList, productSorts } from "./queries.ts";

const readSearch = (raw: RawSearch): ProductSearch => ({
  q: searchText(raw.q),
  sort: searchWord(raw.sort, productSorts) ?? "customers",
  page: searchPage(raw.page),
});

/** The products, as the orders describe them. */
export default function CataloguePage() {
  const { t } = useTranslation("catalogue");
  const f = useFormats();
  const [search, setSearch] = usePageSearch(readSearch);
  const list = useQuery(productList(search));
  const type = useDebouncedCallback((q: string) => setSearch({ q: q || undefined, page: 0 }), 250);
  const title = (row: Product) => row.name || row.productId;

  const columns: Column<Product>[] = [
    {
      id: "name",
      head: t("product"),
      lead: true,
      sortable: true,
      minWidth: 13,
      cell: (row) => (
        <span>
          <span className="t-name">{title(row)}</span>
          <span className="sub">{row.productId}</span>
        </span>
      ),
    },
    {
      id: "price",
      head: t("price"),
      right: true,
      sortable: true,
      cell: (row) =>
        row.priceMinor === null
          ? "–"
          : f.money(row.priceMinor, row.currency ? { currency: row.currency } : {}),
    },
    {
      id: "quantity",
      head: t("quantity"),
      right: true,
      sortable: true,
      cell: (row) => f.number(row.quantity),
    },
    {
      id: "customers",
      head: t("customers"),
      right: true,
      sortable: true,
      cell: (row) => (
        <NumberLink customers={{ filter: "bought_product", value: row.productId }} from={title(row)}>
          {f.number(row.customers)}
        </NumberLink>
      ),
    },
    {
      id: "again",
      head: t("again"),
      right: true,
      cell: (row) =>
        row.customers > 0 ? f.percent(row.repeatCustomers / row.customers, { digits: 0 }) : "–",
    },
    {
      id: "last_bought",
      head: t("last"),
      right: true,
      sortable: true,
      cell: (row) => f.date(row.lastBoughtAt),
    },
    {
      id: "offered",
      head: t("offered"),
      cell: (row) => (
        <Chip tone={row.offered ? "hedge" : "plain"}>{t(row.offered ? "offered.yes" : "offered.no")}</Chip>
      ),
    },
  ];
  const run = list.data?.run;
  return (
    <Page
      title={t("title")}
      reading={
        list.data && run
          ? t("reading", {
              count: list.data.total,
              total: f.number(list.data.total),
              date: f.dateTime(run.at),
            })
          : null
      }
      actions={<RefreshButton />}
    >
      <Panel
        question={t("question")}
        how={[t("how"), t("howOffered")]}
        flush
        state={stateOf(list, {
          shape: "table",
          empty: (data) =>
            data.total === 0 && (
              <EmptyState
                icon={IconPackage}
                title={t(search.q ? "noneFound" : "none")}
                actions={
                  search.q ? (
                    <LinkButton to="/catalogue">{t("showAll")}</LinkButton>
                  ) : (
                    <LinkButton to="/imports">{t("noneDo")}</LinkButton>
                  )
                }
              >
                {t(search.q ? "noneFoundText" : "noneText")}
              </EmptyState>
            ),
        })}
        actions={
          <TextInput
            className="find"
            aria-label={t("search")}
            placeholder={t("search")}
            leftSection={<IconSearch size={16} />}
            defaultValue={search.q ?? ""}
            onChange={(event) => type(event.currentTarget.value)}
          />
        }
      >
        {list.data ? (
          <DataTable
            label={t("question")}
            dense
            columns={columns}
            rows={list.data.products}
            rowId={(row) => row.productId}
            sort={{ by: search.sort, descending: search.sort !== "name" }}
            onSort={(sort) => setSearch({ sort: searchWord(sort.by, productSorts) ?? "customers", page: 0 })}
            paging={pagingOf([search, setSearch], pageSize, list.data.total)}
          />
        ) : null}
      </Panel>
    </Page>
  );
}
