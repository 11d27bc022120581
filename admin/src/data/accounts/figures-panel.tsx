import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { Expected } from "./expected.tsx";
import { account, type Figures } from "./queries.ts";

interface Line extends Figures {
  id: string;
  name: string;
  kind: "own" | "child" | "whole";
  below: number;
}

/** What an account comes to by itself, what each account below it adds, and the whole. */
export function FiguresPanel({ id }: { id: string }) {
  const { t } = useTranslation("accounts");
  const f = useFormats();
  const one = useQuery(account(id));
  const { data } = one;
  const lines: Line[] = data
    ? [
        { ...data.own, id: "own", name: data.name, kind: "own", below: 0 },
        ...data.children.map((child) => ({ ...child, kind: "child" as const })),
        ...(data.children.length
          ? [{ ...data.whole, id: "whole", name: t("page.whole"), kind: "whole" as const, below: 0 }]
          : []),
      ]
    : [];
  const columns: Column<Line>[] = [
    {
      id: "name",
      head: t("name"),
      lead: true,
      cell: (row) =>
        row.kind === "child" ? (
          <span>
            <Link to={`/accounts/${row.id}`}>
              <b>{row.name}</b>
            </Link>
            {row.below ? (
              <span className="sub">{t("page.below", { count: row.below, n: f.number(row.below) })}</span>
            ) : null}
          </span>
        ) : (
          <span>
            <b>{row.name}</b>
            {row.kind === "own" && lines.length > 1 ? <span className="sub">{t("page.alone")}</span> : null}
          </span>
        ),
    },
    { id: "members", head: t("members"), right: true, cell: (row) => f.number(row.members) },
    { id: "active", head: t("active"), right: true, cell: (row) => f.number(row.activeMembers) },
    { id: "orders", head: t("orders"), right: true, cell: (row) => f.number(row.orders) },
    {
      id: "revenue",
      head: t("revenue"),
      right: true,
      cell: (row) => (
        <span>
          {f.money(row.revenueMinor)}
          {row.unrated ? <span className="sub">{t("unrated", { count: row.unrated })}</span> : null}
        </span>
      ),
    },
    { id: "expected", head: t("expected"), right: true, minWidth: 12, cell: (row) => <Expected of={row} /> },
    { id: "last", head: t("last"), right: true, cell: (row) => (row.lastAt ? f.date(row.lastAt) : "–") },
  ];
  return (
    <Panel
      question={t("page.figures")}
      flush
      state={stateOf(one, { shape: "table" })}
      how={[
        t("how.events"),
        t("how.expected"),
        t("how.leftOut"),
        ...(lines.length > 1 ? [t("how.whole")] : []),
        ...(data?.dataUntil ? [t("how.until", { date: f.date(data.dataUntil) })] : []),
      ]}
    >
      <DataTable
        label={t("page.figures")}
        dense
        columns={columns}
        rows={lines}
        rowId={(row) => row.id}
        isMarked={(row) => row.kind === "whole"}
      />
    </Panel>
  );
}
