import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "../../design/link.tsx";
import { Note } from "../../design/note.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { hasPage } from "../../shell/pages.ts";
import { useMay } from "../../shell/session.tsx";
import { unratedAmounts } from "./queries.ts";

/** How much of what was bought and paid back is in no sum of a page, for lack of an exchange rate. */
export function UnratedNote() {
  const unrated = useQuery(unratedAmounts).data;
  return unrated ? <UnratedWords {...unrated} /> : null;
}

/** The same of one customer, or of any other part of the garden. */
export function UnratedWords({
  orders,
  refunds,
  currencies = [],
}: {
  orders: number;
  refunds: number;
  currencies?: string[];
}) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const may = useMay();
  if (orders + refunds === 0) return null;
  const parts = [
    orders > 0 ? t("unrated.orders", { count: orders, n: f.number(orders) }) : null,
    refunds > 0 ? t("unrated.refunds", { count: refunds, n: f.number(refunds) }) : null,
  ].filter((part) => part !== null);
  return (
    <Note tone="warn">
      {t("unrated.text", {
        what: parts.join(t("unrated.and")),
        currencies: currencies.length ? ` (${currencies.join(", ")})` : "",
      })}{" "}
      {hasPage("/settings", may) ? <Link to="/settings">{t("unrated.do")}</Link> : null}
    </Note>
  );
}
