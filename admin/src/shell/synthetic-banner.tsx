import { IconFlask2 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Icon } from "../design/button.tsx";
import { Link } from "../design/link.tsx";

/** Stands on every page of a sample garden, so that nobody takes its figures for real ones. */
export function SyntheticBanner() {
  const { t } = useTranslation("shell");
  return (
    <aside className="synthetic" aria-label={t("synthetic.name")}>
      <Icon of={IconFlask2} />
      <span>
        <b>{t("synthetic.name")}.</b> {t("synthetic.text")} <Link to="/start">{t("synthetic.own")}</Link>
      </span>
    </aside>
  );
}
