import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { Delta } from "../../design/chip.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import type { StationView } from "../../design/rondell-figure.tsx";
import { STATIONS, type Station } from "../../design/station.tsx";
import type { Formats } from "../../i18n/format.ts";
import type { PassageFigures, StationFigures, Turning } from "./queries.ts";

type T = TFunction<"turn">;

/** The stations' numbers in words, for the drawing of the loop. */
export function stationViews(turn: Turning, t: T, f: Formats): Record<Station, StationView> {
  const views = STATIONS.map((station) => {
    const figures = turn.stations.find((one) => one.station === station)!;
    const view: StationView = {
      days: figures.days,
      headline: headline(figures, t, f),
      label: label(figures, t, f),
      trend: trend(figures, t, f),
      note: note(figures, t, f),
    };
    return [station, view] as const;
  });
  return Object.fromEntries(views) as Record<Station, StationView>;
}

function headline(figures: StationFigures, t: T, f: Formats): ReactNode {
  if (figures.value === null) return <span className="soft">–</span>;
  const text = figures.unit === "share" ? f.percent(figures.value) : f.number(figures.value);
  return (
    <NumberLink
      {...(figures.customersFilter && figures.value > 0 ? { customers: figures.customersFilter } : {})}
      from={t(`from.${figures.station}`)}
    >
      {text}
    </NumberLink>
  );
}

function label(figures: StationFigures, t: T, f: Formats): ReactNode {
  if (figures.value === null) return figures.missing ? t(`missing.${figures.missing}`) : null;
  const of = figures.of ?? 0;
  const words = t(`label.${figures.station}`, { count: of, of: f.number(of) });
  if (figures.station !== "offer" || !figures.ofFilter || of === 0) return words;
  return (
    <>
      {t("label.offerAccepted")}{" "}
      <NumberLink customers={figures.ofFilter} from={t("from.made")}>
        {f.number(of)}
      </NumberLink>{" "}
      {t("label.offerMade")}
    </>
  );
}

/** Against the days before: a share in points, a count in per cent. */
function trend(figures: StationFigures, t: T, f: Formats): ReactNode {
  const { value, previous } = figures;
  if (value === null || previous === null) return null;
  if (figures.unit === "share") return <Delta change={value - previous}>{f.points(value - previous)}</Delta>;
  if (previous === 0) return <Delta change={value}>{t("trend.from0")}</Delta>;
  const change = value / previous - 1;
  return <Delta change={change}>{f.percent(change, { signed: true, digits: 0 })}</Delta>;
}

function note(figures: StationFigures, t: T, f: Formats): ReactNode {
  const { note } = figures;
  if (!note) return null;
  const channel = (name: string) => t(`channel.${name}` as "channel.web", { defaultValue: name });
  switch (note.code) {
    case "channels": {
      const values = {
        grew: channel(note.grew),
        change: f.percent(note.change, { signed: true, digits: 0 }),
      };
      return note.shrank
        ? t("note.channels", { ...values, shrank: channel(note.shrank) })
        : t("note.channel", values);
    }
    case "stopped":
      return t("note.stopped", {
        share: f.percent(note.share),
        count: note.events,
        events: f.number(note.events),
      });
    case "known_share":
      return note.boughtOnce > 0
        ? t("note.known", {
            share: f.percent(note.share, { digits: 0 }),
            count: note.boughtOnce,
            once: f.number(note.boughtOnce),
          })
        : t("note.knownOnly", { share: f.percent(note.share, { digits: 0 }) });
    case "held_back":
      return t("note.held", { count: note.customers, customers: f.number(note.customers) });
  }
}

/** Share and days of the ways between the stations. */
export function passageViews(turn: Turning): Record<Station, { share: number | null; days: number | null }> {
  const views = turn.passages.map((one) => [one.after, { share: one.share, days: one.days?.value ?? null }]);
  return Object.fromEntries(views) as Record<Station, { share: number | null; days: number | null }>;
}

/** How many wait before a passage. */
export const waitingAt = (passage: PassageFigures): number => passage.base - passage.passed;
