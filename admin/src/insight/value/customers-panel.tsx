import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNameColumn } from "../../data/customers/name.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Interval } from "../../design/interval.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { Meter } from "../../design/progress.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { pagingOf, type RawSearch, searchPage, searchWord, usePageSearch } from "../../shell/search.ts";
import { pageSize, type Scored, type ValueOrder, valueCustomers, valueOrders } from "./queries.ts";

const readSearch = (raw: RawSearch) => ({
  order: searchWord(raw.order, valueOrders),
  page: searchPage(raw.page),
});

/** Each customer with the expected value and its interval, a page at a time. */
export function CustomersPanel({ scored }: { scored: Scored | null }) {
  const { t } = useTranslation("value");
  const f = useFormats();
  const [search, setSearch] = usePageSearch(readSearch);
  const order: ValueOrder = search.order ?? (scored ? "expected" : "value");
  const list = useQuery(valueCustomers(order, search.page));
  type Row = NonNullable<typeof list.data>["rows"][number];
  const most = Math.max(100, ...(list.data?.rows ?? []).map((row) => row.high95Minor ?? 0));
  const money = (minor: number) => f.money(minor, { whole: true });
  const columns: Column<Row>[] = [
    useNameColumn<Row>(({ customer, name, userId }) => ({ id: customer, name, userId })),
    ...(scored
      ? ([
          {
            id: "expected",
            head: t("expectedColumn"),
            minWidth: 13,
            cell: (row) =>
              row.expectedMinor === null || row.low95Minor === null || row.high95Minor === null ? (
                "–"
              ) : (
                <Interval
                  estimate={{
                    value: row.expectedMinor,
                    low: row.low95Minor,
                    high: row.high95Minor,
                    coreLow: row.low50Minor ?? undefined,
                    coreHigh: row.high50Minor ?? undefined,
                  }}
                  format={money}
                  axis={{ from: 0, to: most }}
                />
              ),
          },
          {
            id: "alive",
            head: t("alive"),
            cell: (row) =>
              row.pAlive === null ? (
                "–"
              ) : (
                <span className="stack">
                  {f.percent(row.pAlive, { digits: 0 })}
                  <Meter share={row.pAlive} label={f.percent(row.pAlive, { digits: 0 })} />
                </span>
              ),
          },
        ] satisfies Column<Row>[])
      : []),
    { id: "value", head: t("soFar"), right: true, cell: (row) => f.money(row.valueMinor) },
    { id: "days", head: t("purchaseDays"), right: true, cell: (row) => f.number(row.purchaseDays) },
    { id: "last", head: t("last"), right: true, cell: (row) => f.date(`${row.lastDay}T12:00:00Z`) },
  ];
  const shown = scored
    ? valueOrders
    : valueOrders.filter((one) => one === "value" || one === "purchases" || one === "recent");
  return (
    <Panel
      question={t("each")}
      flush
      how={[t(scored ? "eachHow" : "eachHowUnscored")]}
      actions={
        <NativeSelect
          aria-label={t("orderBy")}
          value={order}
          data={shown.map((one) => ({ value: one, label: t(`order.${one}`) }))}
          onChange={(event) =>
            setSearch({ order: searchWord(event.currentTarget.value, valueOrders), page: 0 })
          }
        />
      }
      state={stateOf(list, {
        shape: "table",
        empty: (data) => data.total === 0 && <EmptyState title={t("nobody")}>{t("nobodyText")}</EmptyState>,
      })}
    >
      {list.data ? (
        <DataTable
          label={t("each")}
          dense
          columns={columns}
          rows={list.data.rows}
          rowId={(row) => row.customer}
          paging={pagingOf([search, setSearch], pageSize, list.data.total)}
        />
      ) : null}
    </Panel>
  );
}
