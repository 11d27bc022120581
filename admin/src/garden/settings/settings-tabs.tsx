import { useTranslation } from "react-i18next";
import { Link } from "../../design/link.tsx";
import type { Right } from "../../shell/session.tsx";
import { useMay } from "../../shell/session.tsx";

const TABS: { path: string; label: string; right: Right }[] = [
  { path: "/settings", label: "settings:garden", right: "settings:read" },
  { path: "/settings/traffic", label: "quality:traffic.title", right: "settings:read" },
  { path: "/settings/identity", label: "identity:title", right: "settings:read" },
  { path: "/settings/consent", label: "consent:title", right: "settings:read" },
  { path: "/settings/operators", label: "operators:title", right: "operators:write" },
  { path: "/settings/tokens", label: "tokens:title", right: "settings:write" },
  { path: "/settings/audit", label: "audit:title", right: "audit:read" },
];

/** The pages of the settings, of those that this operator may see. */
export function SettingsTabs({ here }: { here: (typeof TABS)[number]["path"] }) {
  const { t } = useTranslation("settings");
  const may = useMay();
  return (
    <nav className="row" aria-label={t("pages")}>
      {TABS.filter((tab) => may(tab.right)).map((tab) => (
        <Link
          key={tab.path}
          to={tab.path}
          className={`btn ${tab.path === here ? "" : "quiet"}`.trim()}
          aria-current={tab.path === here ? "page" : undefined}
        >
          {t(tab.label)}
        </Link>
      ))}
    </nav>
  );
}
