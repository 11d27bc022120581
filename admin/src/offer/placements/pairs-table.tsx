import { useTranslation } from "react-i18next";
import { type Column, DataTable, usePages } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Pair } from "./queries.ts";

/** Products that belong together, each pair with how many customers vouch for it. */
export function PairsTable({ pairs }: { pairs: Pair[] }) {
  const { t } = useTranslation("placements");
  const f = useFormats();
  const product = (title: string) => (
    <Link to="/catalogue" search={{ q: title }}>
      {title}
    </Link>
  );
  const columns: Column<Pair>[] = [
    { id: "product", head: t("pairs.product"), lead: true, minWidth: 11, cell: (row) => product(row.title) },
    { id: "other", head: t("pairs.other"), minWidth: 11, cell: (row) => product(row.otherTitle) },
    {
      id: "customers",
      head: t("pairs.customers"),
      right: true,
      cell: (row) => (
        <NumberLink
          customers={{ filter: "bought_together", value: JSON.stringify([row.productId, row.otherId]) }}
          from={t("pairs.from", { product: row.title, other: row.otherTitle })}
        >
          {f.number(row.customers)}
        </NumberLink>
      ),
    },
    { id: "share", head: t("pairs.share"), right: true, cell: (row) => f.percent(row.share, { digits: 0 }) },
    {
      id: "lift",
      head: t("pairs.lift"),
      right: true,
      cell: (row) => t("pairs.times", { n: f.number(row.lift, { digits: row.lift < 10 ? 1 : 0 }) }),
    },
  ];
  const { rows, paging } = usePages(pairs, 12);
  return (
    <DataTable
      label={t("pairs.question")}
      dense
      columns={columns}
      rows={rows}
      paging={paging}
      rowId={(row) => `${row.productId} ${row.otherId}`}
    />
  );
}
