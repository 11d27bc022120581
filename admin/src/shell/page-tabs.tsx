import { useTranslation } from "react-i18next";
import { Link } from "../design/link.tsx";
import { pages, tabsOf } from "./pages.ts";
import { useMay } from "./session.tsx";

/** The pages that share one entry of the side bar; nothing where only one of them is open to this operator. */
export function PageTabs({ here }: { here: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const page = pages.find((one) => one.path === here);
  const entry = pages.find((one) => one.path === page?.under) ?? page;
  if (!entry) return null;
  const tabs = tabsOf(entry.path, may);
  if (tabs.length < 2) return null;
  return (
    <nav className="tabs" aria-label={t("shell:nav.pages", { name: t(entry.label) })}>
      {tabs.map((tab) => (
        <Link key={tab.path} to={tab.path} aria-current={tab.path === here ? "page" : undefined}>
          {t(tab.tabLabel ?? tab.label)}
        </Link>
      ))}
    </nav>
  );
}
