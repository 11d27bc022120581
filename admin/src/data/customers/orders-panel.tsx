import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Chip, type Tone } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { type CustomerOrder, customerOrders, orderPageSize } from "./queries.ts";
import { useChannelName } from "./touchpoint.ts";

const tones: Record<CustomerOrder["state"], Tone> = {
  paid: "good",
  partly_refunded: "watch",
  refunded: "bad",
  refund: "bad",
};

/** What the customer ordered: when, for how much, and what became of it. */
export function Orders({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const channelOf = useChannelName();
  const [page, setPage] = useState(0);
  const orders = useQuery(customerOrders(id, page));
  const amount = (order: CustomerOrder) => {
    if (order.amountMinor === null) return <span className="soft">{t("orders.noAmount")}</span>;
    const paid = f.money(order.amountMinor, { currency: order.currency });
    const isWaiting = order.amountGardenMinor === null;
    const isConverted = !isWaiting && order.amountGardenMinor !== order.amountMinor;
    return (
      <span className="nowrap">
        {paid}
        {order.refundedMinor < 0 ? (
          <span className="sub">
            {t("orders.refunded", { amount: f.money(-order.refundedMinor, { currency: order.currency }) })}
          </span>
        ) : null}
        {isConverted && order.amountGardenMinor !== null ? (
          <span className="sub">{f.money(order.amountGardenMinor)}</span>
        ) : null}
        {isWaiting ? <span className="sub">{t("orders.noRate")}</span> : null}
      </span>
    );
  };
  const columns: Column<CustomerOrder>[] = [
    {
      id: "at",
      head: t("orders.date"),
      lead: true,
      cell: (order) => <span className="nowrap">{f.date(order.at)}</span>,
    },
    {
      id: "number",
      head: t("orders.number"),
      plain: true,
      cell: (order) => (
        <span>
          {order.number ?? "–"}
          <span className="sub">
            {[
              order.products > 0 ? t("orders.products", { count: order.products }) : null,
              order.channel ? channelOf(order.channel) : null,
            ]
              .filter(Boolean)
              .join(", ")}
          </span>
        </span>
      ),
    },
    { id: "amount", head: t("orders.amount"), right: true, plain: true, cell: amount },
    {
      id: "state",
      head: t("orders.state"),
      plain: true,
      cell: (order) => (
        <span>
          <Chip tone={tones[order.state]}>{t(`orders.state.${order.state}`)}</Chip>
          {order.shopStatus ? <span className="sub">{order.shopStatus}</span> : null}
        </span>
      ),
    },
  ];
  return (
    <Panel
      question={t("orders.question")}
      flush
      how={[t("orders.how")]}
      state={stateOf(orders, {
        shape: "table",
        empty: (data) => data.total === 0 && <p className="soft">{t("orders.none")}</p>,
      })}
    >
      {orders.data ? (
        <DataTable
          dense
          label={t("orders.question")}
          columns={columns}
          rows={orders.data.items}
          rowId={(order) => order.id}
          {...(orders.data.total > orderPageSize
            ? { paging: { page, pageSize: orderPageSize, total: orders.data.total, onPage: setPage } }
            : {})}
        />
      ) : null}
    </Panel>
  );
}
