import { Modal } from "@mantine/core";
import { IconReceipt } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { DataTable } from "../../design/data-table.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { type Erasure, erasures } from "./queries.ts";

/** Erasures and their receipts: how much went where and when, and nothing of whom. */
export function ErasuresPanel() {
  const { t } = useTranslation("privacy");
  const f = useFormats();
  const list = useQuery(erasures());
  const [shown, setShown] = useState<Erasure>();
  const rowsOf = (one: Erasure) => one.receipt.stores.reduce((sum, store) => sum + store.count, 0);
  return (
    <Panel
      question={t("erasures")}
      flush
      how={[t("how.once"), t("how.disks"), t("how.return")]}
      state={stateOf(list, {
        shape: "table",
        empty: (data) =>
          data.items.length === 0 && (
            <EmptyState icon={IconReceipt} title={t("noErasures")}>
              {t("noErasuresText")}
            </EmptyState>
          ),
      })}
    >
      {list.data ? (
        <DataTable
          label={t("erasures")}
          columns={[
            {
              id: "at",
              head: t("unreachable"),
              lead: true,
              cell: (row: Erasure) => f.dateTime(row.unreachableAt),
            },
            { id: "mode", head: t("kind"), cell: (row: Erasure) => t(`modes.${row.mode}`) },
            { id: "rows", head: t("rows"), right: true, cell: (row: Erasure) => f.number(rowsOf(row)) },
            {
              id: "gone",
              head: t("gone"),
              cell: (row: Erasure) =>
                row.goneAt ? (
                  <Chip tone="good">{f.dateTime(row.goneAt)}</Chip>
                ) : (
                  <Chip>{t("within24h")}</Chip>
                ),
            },
            {
              id: "do",
              head: t("receipt"),
              right: true,
              act: true,
              cell: (row: Erasure) => (
                <Button kind="quiet" onClick={() => setShown(row)}>
                  {t("receipt")}
                </Button>
              ),
            },
          ]}
          rows={list.data.items}
          rowId={(row) => row.id}
        />
      ) : null}
      <Modal
        opened={shown !== undefined}
        onClose={() => setShown(undefined)}
        title={t("receipt")}
        closeButtonProps={{ "aria-label": t("design:close") }}
      >
        {shown ? <ReceiptOf erasure={shown} /> : null}
      </Modal>
    </Panel>
  );
}

function ReceiptOf({ erasure }: { erasure: Erasure }) {
  const { t } = useTranslation("privacy");
  const f = useFormats();
  const { receipt } = erasure;
  const disks = receipt.disks ?? [];
  return (
    <div className="stack s4">
      <p className="mono sm">{erasure.id}</p>
      <p className="soft">
        {t("receiptText", { who: erasure.askedBy, date: f.dateTime(erasure.unreachableAt) })}
      </p>
      <DataTable
        label={t("stores")}
        columns={[
          {
            id: "store",
            head: t("store"),
            lead: true,
            cell: (row) => t(`storeNames.${row.store.replaceAll(" ", "_")}`, { defaultValue: row.store }),
          },
          { id: "engine", head: t("place"), cell: (row) => t(`engines.${row.engine}`) },
          { id: "count", head: t("rows"), right: true, cell: (row) => f.number(row.count) },
        ]}
        rows={receipt.stores.filter((store) => store.count > 0)}
        rowId={(row) => `${row.engine} ${row.store}`}
      />
      {disks.length ? (
        <ul className="stack">
          {disks.map((one) => (
            <li key={one.step}>
              {t(`steps.${one.step.replace(".", "_")}`)}{" "}
              {one.guaranteed ? null : <Chip tone="watch">{t("notVouched")}</Chip>}
            </li>
          ))}
        </ul>
      ) : (
        <p className="soft">{t("within24h")}</p>
      )}
    </div>
  );
}
