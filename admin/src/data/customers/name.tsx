import { useTranslation } from "react-i18next";
import type { Column } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";

interface Named {
  id: string;
  name: string | null;
  /** The brand's own number of the customer. */
  userId?: string | null;
  /** False for a visitor, of whom we know a browser only. */
  known?: boolean;
}

/** What a customer is called: the name, else the brand's number, else the id. */
export function useCustomerName(): (customer: Named) => string {
  const { t } = useTranslation("customers");
  return ({ id, name, userId, known = true }) =>
    name ?? t(known ? "unnamed" : "visitor", { id: userId ?? id });
}

/** The first column of a table of customers: each with the way to their own page. */
export function useNameColumn<Row extends object>(of: (row: Row) => Named, id = "name"): Column<Row> {
  const { t } = useTranslation("customers");
  const nameOf = useCustomerName();
  return {
    id,
    head: t("name"),
    lead: true,
    cell: (row) => (
      <Link to={`/customers/${of(row).id}`}>
        <b>{nameOf(of(row))}</b>
      </Link>
    ),
  };
}
