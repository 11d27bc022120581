import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Axis, Interval } from "../../design/interval.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Score } from "./queries.ts";

/** All scores stand on the whole range, so that strips can be compared. */
const wholeRange: Axis = { from: -100, to: 100, zero: 0 };

/** Points of the score, always with their sign. */
export function usePoints(): (points: number) => string {
  const f = useFormats();
  return (points) => f.number(Math.round(points), { digits: 0, signed: true });
}

/** A score with its interval; without an answer, the words that say so. */
export function ScoreInterval({
  score,
  size,
  customers,
  from,
  note,
}: {
  score: Score;
  size?: "inline" | "xl";
  customers?: Record<string, unknown>;
  from?: string;
  note?: ReactNode;
}) {
  const { t } = useTranslation("surveys");
  const points = usePoints();
  if (!score.estimate) return <span className="dim">{t("score.none")}</span>;
  const { estimate } = score;
  return (
    <Interval
      {...(size ? { size } : {})}
      estimate={{
        value: estimate.score,
        low: estimate.low,
        high: estimate.high,
        coreLow: estimate.coreLow,
        coreHigh: estimate.coreHigh,
      }}
      format={points}
      axis={wholeRange}
      {...(customers ? { customers } : {})}
      {...(from ? { from } : {})}
      note={note}
    />
  );
}
