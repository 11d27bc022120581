import { useTranslation } from "react-i18next";
import { Link } from "../design/link.tsx";
import { Mark, STATIONS, type Station, StationGlyph, useStationName } from "../design/station.tsx";
import { listedPages, type PageDefinition } from "./pages.ts";
import { type Me, may } from "./session.tsx";
import { StationSheet } from "./station-sheet.tsx";

/** The phone's five tabs: two stations at each side, the loop in the middle. */
export function TabBar({ me, page }: { me: Me; page: PageDefinition | undefined }) {
  const { t } = useTranslation("shell");
  const [first, second, third, fourth] = STATIONS;
  const tab = (station: Station) => <StationTab key={station} station={station} me={me} page={page} />;
  return (
    <nav className="tabbar" aria-label={t("nav.stations")}>
      {tab(first)}
      {tab(second)}
      <Link to="/" aria-current={page?.path === "/" ? "page" : undefined}>
        <Mark className="" />
        <span>{t("loop.short")}</span>
      </Link>
      {tab(third)}
      {tab(fourth)}
    </nav>
  );
}

/** With one page the tab leads there; with several it opens their list. */
function StationTab({ station, me, page }: { station: Station; me: Me; page: PageDefinition | undefined }) {
  const name = useStationName();
  const pages = listedPages(station, (right) => may(me, right));
  const isHere = page?.station === station;
  const face = (
    <>
      <StationGlyph station={station} className="" />
      <span>{name(station)}</span>
    </>
  );
  const only = pages.length === 1 ? pages[0] : undefined;
  if (only) {
    return (
      <Link to={only.path} aria-current={isHere ? "page" : undefined}>
        {face}
      </Link>
    );
  }
  return <StationSheet pages={pages} page={page} isHere={isHere} face={face} name={name(station)} />;
}
