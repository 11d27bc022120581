import type { ReactNode } from "react";
import { Trans, useTranslation } from "react-i18next";
import { STATIONS, useStationName } from "../../design/station.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { EffectReading } from "../../offer/experiments/effect-reading.tsx";
import type { Turning } from "./queries.ts";

/** The page's reading: worth, days a turn, and where it is stuck, as far as each is known. */
export function LoopReading({ turn }: { turn: Turning }): ReactNode {
  const { t } = useTranslation("turn");
  const f = useFormats();
  const name = useStationName();
  const days = (value: number) => f.number(value, { digits: value < 10 ? 1 : 0 });
  const stuck = turn.stuckAfter;
  const next = stuck ? STATIONS[(STATIONS.indexOf(stuck) + 1) % 4] : undefined;
  return (
    <>
      {turn.anchor === "newest" ? `${t("reading.newest", { date: f.date(turn.to, { year: true }) })} ` : null}
      <EffectReading effect={turn.effect} />{" "}
      {turn.turn ? (
        <Trans
          t={t}
          i18nKey={turn.turn.high < 1 ? "reading.turnUnderDay" : "reading.turn"}
          components={{ b: <b /> }}
          values={{
            days: days(turn.turn.value),
            interval: f.interval(days(turn.turn.low), days(turn.turn.high)),
          }}
        />
      ) : null}{" "}
      {stuck && next ? t("reading.stuck", { from: name(stuck), to: name(next) }) : null}
    </>
  );
}
