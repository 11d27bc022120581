import { Menu, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import {
  IconBook2,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconPlant2,
  IconRefresh,
  IconSelector,
  IconSettings,
  IconSun,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Icon } from "../design/button.tsx";
import { Link } from "../design/link.tsx";
import { Mark, STATIONS, StationGlyph, useStationName } from "../design/station.tsx";
import { useLanguage } from "../i18n/hooks.ts";
import { speak } from "../i18n/index.ts";
import { hasPage, listedPages, type PageDefinition } from "./pages.ts";
import { enterGarden, leave, type Me, may } from "./session.tsx";

/** First letters of the first and last name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => word?.[0] ?? "");
  return letters.join("").toUpperCase();
}

/** The stations at the left, in the order of the loop, with their pages. */
export function SideBar({ me, page }: { me: Me; page: PageDefinition | undefined }) {
  const { t } = useTranslation("shell");
  const current = (path: string) =>
    page?.path === path || page?.under === path ? ("page" as const) : undefined;
  const mayHere = (right: string) => may(me, right);
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
        <Account me={me} />
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
        <Menu.Label>{t("garden.gardens")}</Menu.Label>
        {me.gardens.map((garden) => (
          <Menu.Item
            key={garden.id}
            onClick={() => garden.id !== me.garden?.id && enterGarden(garden.id)}
            {...(garden.id === me.garden?.id ? { "aria-current": "true" as const, fw: 620 } : {})}
          >
            {garden.brand}
            {garden.synthetic ? <span className="xs dim"> {t("garden.sample")}</span> : null}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Appearance() {
  const { t } = useTranslation("shell");
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme("light") === "dark";
  return (
    <button type="button" onClick={() => setColorScheme(isDark ? "light" : "dark")}>
      <Icon of={isDark ? IconSun : IconMoon} />
      {t(isDark ? "appearance.light" : "appearance.dark")}
    </button>
  );
}

function LanguageChoice() {
  const language = useLanguage();
  const other = language === "en" ? "de" : "en";
  return (
    <button type="button" lang={other} onClick={() => void speak(other)}>
      <Icon of={IconLanguage} />
      {other === "de" ? "Deutsch" : "English"}
    </button>
  );
}

function Account({ me }: { me: Me }) {
  const { t } = useTranslation("shell");
  return (
    <Menu width={220} position="top-start">
      <Menu.Target>
        <button type="button">
          <span className="avatar" aria-hidden="true">
            {initials(me.operator.name)}
          </span>
          <span className="cut">{me.operator.name}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.operator.email}</Menu.Label>
        {hasPage("/start") ? (
          <Menu.Item
            renderRoot={(props) => <Link {...props} to="/start" />}
            leftSection={<Icon of={IconPlant2} />}
          >
            {t("account.start")}
          </Menu.Item>
        ) : null}
        <Menu.Item component="a" href="/docs" leftSection={<Icon of={IconBook2} />}>
          {t("account.docs")}
        </Menu.Item>
        <Menu.Item onClick={() => void leave()} leftSection={<Icon of={IconLogout} />}>
          {t("account.leave")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
