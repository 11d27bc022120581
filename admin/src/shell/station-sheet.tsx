import { Menu } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "../design/link.tsx";
import type { PageDefinition } from "./pages.ts";

/** A station's pages, opened from its tab on a phone. */
export function StationSheet({
  pages,
  page,
  isHere,
  face,
  name,
}: {
  pages: PageDefinition[];
  page: PageDefinition | undefined;
  isHere: boolean;
  face: ReactNode;
  name: string;
}) {
  const { t } = useTranslation();
  return (
    <Menu position="top" width={220} offset={8} zIndex={20}>
      <Menu.Target>
        <button type="button" aria-current={isHere ? "true" : undefined}>
          {face}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{name}</Menu.Label>
        {pages.map((each) => (
          <Menu.Item
            key={each.path}
            renderRoot={(props) => <Link {...props} to={each.path} />}
            aria-current={page?.path === each.path ? "page" : undefined}
          >
            {t(each.label)}
          </Menu.Item>
        ))}
        {pages.length === 0 ? <Menu.Label>{t("shell:nav.none")}</Menu.Label> : null}
      </Menu.Dropdown>
    </Menu>
  );
}
