import { call, type paths } from "@rondell/api-client";
import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api } from "../../shell/api.ts";
import { rateDigits } from "./rates-panel.tsx";

type Replaced =
  paths["/api/exchange-rates/history"]["get"]["responses"][200]["content"]["application/json"]["rates"][number];

/** Below the key of the rates in use, so that both are asked for anew when rates are added. */
const replacedRates = () =>
  infiniteQueryOptions({
    queryKey: ["settings", "rates", "history"],
    queryFn: ({ signal, pageParam }) =>
      call(
        api.GET("/api/exchange-rates/history", {
          params: { query: pageParam ? { before: pageParam } : {} },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next ?? undefined,
  });

/** Rates that count no more: replaced by another one, or set aside with the currency they were against. */
export function RatesHistory() {
  const { t } = useTranslation("settings");
  const f = useFormats();
  const history = useInfiniteQuery(replacedRates());
  const rates = history.data?.pages.flatMap((page) => page.rates) ?? [];
  // Most gardens never replace a rate: a panel that says so would only stand in the way.
  if (history.isSuccess && rates.length === 0) return null;
  const columns: Column<Replaced>[] = [
    { id: "currency", head: t("rate.currency"), lead: true, cell: (row) => <b>{row.currency}</b> },
    { id: "from", head: t("rate.from"), cell: (row) => f.date(row.validFrom, { year: true }) },
    {
      id: "rate",
      head: t("rate.was"),
      right: true,
      cell: (row) => `${f.number(Number(row.rate), { digits: rateDigits(row.rate) })} ${row.base}`,
    },
    { id: "added", head: t("rate.added"), cell: (row) => f.dateTime(row.addedAt) },
    {
      id: "replaced",
      head: t("rate.replaced"),
      cell: (row) => (
        <>
          {f.dateTime(row.replacedAt)}
          {row.replacedBy ? <span className="sub">{row.replacedBy}</span> : null}
        </>
      ),
    },
  ];
  return (
    <Panel
      question={t("rates.history")}
      reading={t("rates.historyReading")}
      flush
      state={stateOf(history, { shape: "table" })}
    >
      <DataTable label={t("rates.history")} columns={columns} rows={rates} rowId={(row) => String(row.id)} />
      {history.hasNextPage ? (
        <div className="row center pad">
          <Button busy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
            {t("rates.historyMore")}
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}
