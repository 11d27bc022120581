import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { Trans } from "react-i18next";
import { Delta } from "../../design/chip.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import type { Passage, StationView } from "../../design/rondell-figure.tsx";
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
  const { ofFilter } = figures;
  if (!ofFilter || of === 0) return t(`label.${figures.station}`, { count: of, of: f.number(of) });
  return (
    <Trans
      t={t}
      i18nKey={figures.station === "offer" ? "label.offerOf" : `label.${figures.station}`}
      count={of}
      values={{ of: f.number(of) }}
      components={{
        n: (
          <NumberLink customers={ofFilter} from={t(figures.station === "offer" ? "from.made" : "from.met")}>
            {null}
          </NumberLink>
        ),
      }}
    />
  );
}

/** Against the days before: a share in points, a count in per cent. */
function trend(figures: StationFigures, t: T, f: Formats): ReactNode {
  const { value, previous } = figures;
  if (value === null || previous === null) return null;
  if (figures.unit === "share") return <Delta change={value - previous}>{f.points(value - previous)}</Delta>;
  if (previous === 0) return <Delta change={value}>{t("trend.from0")}</Delta>;
  // What reads as 0 % is no change, whatever stands behind the decimal point.
  const change = Math.round((value / previous - 1) * 100) / 100;
  return <Delta change={change}>{f.percent(change, { signed: true, digits: 0 })}</Delta>;
}

function note(figures: StationFigures, t: T, f: Formats): ReactNode {
  const { note, noteFilter } = figures;
  if (!note) return null;
  const linked = (key: "note.known" | "note.held" | "note.stopped", count: number, values: object) => (
    <Trans
      t={t}
      i18nKey={key}
      count={count}
      values={values}
      components={{
        n: (
          <NumberLink
            {...(noteFilter ? { customers: noteFilter } : {})}
            {...(note.code === "stopped" ? { target: { to: "/events" } } : {})}
            from={t(note.code === "held_back" ? "from.held" : "from.once")}
          >
            {null}
          </NumberLink>
        ),
      }}
    />
  );
  const channel = (name: string) => t(`customers:channel.${name}` as "title", { defaultValue: name });
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
      return linked("note.stopped", note.events, {
        share: f.percent(note.share),
        events: f.number(note.events),
      });
    case "known_share": {
      const share = f.percent(note.share, { digits: 0 });
      return note.boughtOnce > 0
        ? linked("note.known", note.boughtOnce, { share, once: f.number(note.boughtOnce) })
        : t("note.knownOnly", { share });
    }
    case "held_back":
      return linked("note.held", note.customers, { customers: f.number(note.customers) });
  }
}

/** Share and days of the ways between the stations, each share with the customers who got through. */
export function passageViews(turn: Turning, t: T): Record<Station, Passage> {
  const views = turn.passages.map(({ after, share, passed, days, passedFilter }): [Station, Passage] => [
    after,
    {
      share,
      days: days?.value ?? null,
      ...(passedFilter && passed > 0
        ? { target: { to: "/customers", search: { ...passedFilter, from: t(`from.passed.${after}`) } } }
        : {}),
    },
  ]);
  return Object.fromEntries(views) as Record<Station, Passage>;
}

/** How many wait before a passage. */
export const waitingAt = (passage: PassageFigures): number => passage.base - passage.passed;
