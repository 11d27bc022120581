import { IconBuilding } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Icon } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { Link } from "../../design/link.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { accountsOfCustomer } from "./queries.ts";

/** On the page of a customer: the companies that they belong to. Brands without accounts see nothing of it. */
export function CustomerAccounts({ id }: { id: string }) {
  const { t } = useTranslation("accounts");
  const f = useFormats();
  const list = useQuery(accountsOfCustomer(id));
  if (list.data?.items.length === 0 || list.isPending) return null;
  return (
    <Panel question={t("ofCustomer")} state={stateOf(list, { shape: "text" })}>
      <ul className="list">
        {(list.data?.items ?? []).map((one) => (
          <li key={`${one.account.id} ${one.since}`}>
            <Icon of={IconBuilding} />
            <span className="grow">
              <Link to={`/accounts/${one.account.id}`}>{one.account.name}</Link>
              <br />
              <span className="meta">
                {[
                  one.role,
                  one.until
                    ? t("fromTo", { from: f.date(one.since), to: f.date(one.until) })
                    : t("sinceDay", { date: f.date(one.since) }),
                ]
                  .filter(Boolean)
                  .join(", ")}
              </span>
            </span>
            {one.proven ? null : <Chip tone="hedge">{t("member.unproven")}</Chip>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
