import { Menu } from "@mantine/core";
import { IconLanguage, IconPlant2, IconRefresh, IconSelector, IconSettings } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Icon } from "../design/button.tsx";
import { Link } from "../design/link.tsx";
import { Mark, STATIONS, StationGlyph, useStationName } from "../design/station.tsx";
import { AccountMenu } from "./account-menu.tsx";
import { useAppearance, useOtherLanguage } from "./choices.ts";
import { GardenItems } from "./garden-items.tsx";
import { listedPages, type PageDefinition } from "./pages.ts";
import { type Me, may, type Right } from "./session.tsx";

/** The stations at the left, in the order of the loop, with their pages. */
export function SideBar({ me, page }: { me: Me; page: PageDefinition | undefined }) {
  const { t } = useTranslation("shell");
  const current = (path: string) =>
    page?.path === path || page?.under === path ? ("page" as const) : undefined;
  const mayHere = (right: Right) => may(me, right);
  return (
    <aside className="side">
      <GardenMenu me={me} />
      <nav className="nav" aria-label={t("nav.stations")}>
        <Link className="home" to="/" aria-current={current("/")}>
          <Icon of={IconRefresh} />
          {t("loop")}
        </Link>
        {STATIONS.map((station) => (
          <StationPages
            key={station}
            pages={listedPages(station, mayHere)}
            station={station}
            current={current}
          />
        ))}
      </nav>
      <div className="foot">
        {listedPages(undefined, mayHere).map((each) => (
          <FootLink key={each.path} page={each} current={current(each.path)} />
        ))}
        <Appearance />
        <LanguageChoice />
        <AccountMenu me={me} />
      </div>
    </aside>
  );
}

function FootLink({ page, current }: { page: PageDefinition; current: "page" | undefined }) {
  const { t } = useTranslation();
  return (
    <Link to={page.path} aria-current={current}>
      <Icon of={page.path === "/settings" ? IconSettings : IconPlant2} />
      {t(page.label)}
    </Link>
  );
}

function StationPages({
  station,
  pages,
  current,
}: {
  station: (typeof STATIONS)[number];
  pages: PageDefinition[];
  current: (path: string) => "page" | undefined;
}) {
  const { t } = useTranslation();
  const name = useStationName();
  if (pages.length === 0) return null;
  return (
    <div>
      <h2>
        <StationGlyph station={station} />
        {name(station)}
      </h2>
      {pages.map((each) => (
        <Link key={each.path} to={each.path} aria-current={current(each.path)}>
          <span>{t(each.label)}</span>
        </Link>
      ))}
    </div>
  );
}

/** The mark and the brand; with several gardens, the way from one to another. */
function GardenMenu({ me }: { me: Me }) {
  const { t } = useTranslation("shell");
  const name = (
    <span>
      Rondell
      <small>{me.garden?.brand}</small>
    </span>
  );
  if (me.gardens.length < 2) {
    return (
      <Link className="brand" to="/">
        <Mark className="" />
        {name}
      </Link>
    );
  }
  return (
    <Menu width={220} position="bottom-start">
      <Menu.Target>
        <button type="button" className="brand" aria-label={t("garden.choose", { brand: me.garden?.brand })}>
          <Mark className="" />
          {name}
          <Icon of={IconSelector} className="push dim" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <GardenItems me={me} />
      </Menu.Dropdown>
    </Menu>
  );
}

function Appearance() {
  const { words, icon, change } = useAppearance();
  return (
    <button type="button" onClick={change}>
      <Icon of={icon} />
      {words}
    </button>
  );
}

function LanguageChoice() {
  const { other, name, change } = useOtherLanguage();
  return (
    <button type="button" lang={other} onClick={change}>
      <Icon of={IconLanguage} />
      {name}
    </button>
  );
}
