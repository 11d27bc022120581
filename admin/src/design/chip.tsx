import { IconAlertTriangle, IconArrowDown, IconArrowUp, IconCheck, IconMinus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Icon, type IconType } from "./button.tsx";
import { STATION_CLASS, type Station, StationGlyph, useStationName } from "./station.tsx";

export type Tone = "plain" | "good" | "watch" | "bad" | "hedge";

const TONE_CLASS: Record<Tone, string> = {
  plain: "",
  good: "good",
  watch: "warn",
  bad: "bad",
  hedge: "hedge",
};
const TONE_ICON: Partial<Record<Tone, IconType>> = { good: IconCheck, bad: IconAlertTriangle };

/** A short judgement in a word. Good and bad carry a sign as well as a colour. */
export function Chip({
  tone = "plain",
  icon,
  children,
}: {
  tone?: Tone;
  icon?: IconType | null;
  children: ReactNode;
}) {
  const sign = icon === undefined ? TONE_ICON[tone] : icon;
  return (
    <span className={`chip ${TONE_CLASS[tone]}`.trim()}>
      {sign ? <Icon of={sign} /> : null}
      {children}
    </span>
  );
}

/** A station in its colour, with its glyph and its word. */
export function StationChip({ station, children }: { station: Station; children?: ReactNode }) {
  const name = useStationName();
  return (
    <span className={`chip ${STATION_CLASS[station]}`}>
      <StationGlyph station={station} />
      {children ?? name(station)}
    </span>
  );
}

/**
 * A change against before, with its arrow. `moreIsBetter` false turns the colours round, and `neutral`
 * leaves them out where neither is better.
 */
export function Delta({
  change,
  children,
  moreIsBetter = true,
  neutral = false,
}: {
  /** Only its sign counts. */
  change: number;
  children: ReactNode;
  moreIsBetter?: boolean;
  neutral?: boolean;
}) {
  const arrow = change > 0 ? IconArrowUp : change < 0 ? IconArrowDown : IconMinus;
  const tone = change === 0 || neutral ? "flat" : change > 0 === moreIsBetter ? "up" : "down";
  return (
    <span className={`delta ${tone}`}>
      <Icon of={arrow} />
      {children}
    </span>
  );
}
