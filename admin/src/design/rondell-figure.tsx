import { useElementSize } from "@mantine/hooks";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/hooks.ts";
import { Icon } from "./button.tsx";
import { type Axis, crosses, type Estimate, IntervalStrip } from "./interval.tsx";
import { Link, type LinkTarget } from "./link.tsx";
import { NumberLink } from "./number-link.tsx";
import { type Plan, rondellPlan } from "./rondell-geometry.ts";
import { STATION_CLASS, STATIONS, type Station, StationGlyph, useStationName } from "./station.tsx";

/** One station of the loop, with its last 28 days. */
export interface StationView {
  /** A value a day, oldest first; at most 28 are drawn. */
  days: number[];
  /** Its number, mostly a `NumberLink` or a number with its interval. */
  headline: ReactNode;
  /** What the number counts: "touchpoints by 18,204 customers". */
  label: ReactNode;
  /** Against the 28 days before: a `Delta`. */
  trend?: ReactNode;
  /** One more sentence. */
  note?: ReactNode;
}

/** The way from one station to the next. Both are null while nothing can be said of them. */
export interface Passage {
  /** The share in [0, 1] that gets through. */
  share: number | null;
  /** How long it takes, in days. */
  days: number | null;
  /** The customers who got through. */
  target?: LinkTarget;
}

export type Heart =
  /** Worth against the holdout, in minor units of the garden's currency, with its interval. */
  | { kind: "effect"; worth: Estimate; customers?: Record<string, unknown>; turn?: Turn }
  /** No verdict yet, and why: "Too early", "No decision yet". */
  | { kind: "waiting"; title: ReactNode; text: ReactNode; turn?: Turn };

/** Days that one turn of the loop takes. */
export interface Turn {
  days: Estimate;
}

export interface RondellProps {
  stations: Record<Station, StationView>;
  /** From each station to the one after it: `passages.insight` leads from insight to offer. */
  passages: Record<Station, Passage>;
  /** The station behind which it is stuck, with the words for it and where to mend it. */
  stuck?: { after: Station; label: ReactNode; target: LinkTarget } | undefined;
  heart: Heart;
}

/** Below this many pixels the page is still being laid out, and there is nothing to draw. */
const smallestPlan = 160;

/** The loop as a round bed: four stations, what grows in them, what gets from one to the next, what it is worth. */
export function RondellFigure({ stations, passages, stuck, heart }: RondellProps) {
  const { t } = useTranslation("design");
  const { ref, width } = useElementSize();
  const days = Object.fromEntries(STATIONS.map((each) => [each, stations[each].days])) as Record<
    Station,
    number[]
  >;
  const plan =
    width >= smallestPlan
      ? rondellPlan(
          Math.min(490, width),
          days,
          STATIONS.map((each) => passages[each].share),
        )
      : undefined;
  return (
    <section className="rondell" aria-label={t("rondell.label")}>
      <StationWords station="experience" view={stations.experience} stuck={stuck} />
      <StationWords station="data" view={stations.data} stuck={stuck} />
      <div className="fig" ref={ref}>
        {plan ? (
          <>
            <Drawing plan={plan} passages={passages} stuckAfter={stuck?.after} />
            <HeartWords heart={heart} isSmall={plan.isSmall} />
          </>
        ) : null}
      </div>
      <StationWords station="offer" view={stations.offer} stuck={stuck} />
      <StationWords station="insight" view={stations.insight} stuck={stuck} />
    </section>
  );
}

function StationWords({
  station,
  view,
  stuck,
}: {
  station: Station;
  view: StationView;
  stuck: RondellProps["stuck"];
}) {
  const name = useStationName();
  // What is stuck behind a station waits before the next one, and is told there.
  const waitsHere =
    stuck && STATIONS[(STATIONS.indexOf(stuck.after) + 1) % 4] === station ? stuck : undefined;
  return (
    <section className={`station ${STATION_CLASS[station]}`}>
      <h2>
        <StationGlyph station={station} />
        <span>{name(station)}</span>
      </h2>
      <span className="v">{view.headline}</span>
      <p className="what">{view.label}</p>
      {view.trend ? <p>{view.trend}</p> : null}
      {view.note ? <p className="dim">{view.note}</p> : null}
      {waitsHere ? (
        <Link className="stuck" {...waitsHere.target}>
          <Icon of={IconAlertTriangle} />
          {waitsHere.label}
        </Link>
      ) : null}
    </section>
  );
}

function Drawing({
  plan,
  passages,
  stuckAfter,
}: {
  plan: Plan;
  passages: Record<Station, Passage>;
  stuckAfter: Station | undefined;
}) {
  const { t } = useTranslation("design");
  const f = useFormats();
  const name = useStationName();
  const id = useId();
  const { size, center } = plan;
  const days = (value: number) => {
    // Nothing is gained by counting hours: what takes less than a twentieth of a day is done the same day.
    if (value < 0.05) return t("rondell.sameDay");
    const digits = value < 10 && !Number.isInteger(value) ? 1 : 0;
    return t("rondell.days", { count: Number(value.toFixed(digits)), days: f.number(value, { digits }) });
  };
  const sentence = STATIONS.map((station, index) => {
    const { share, days: taken } = passages[station];
    const names = { from: name(station), to: name(STATIONS[(index + 1) % 4] as Station) };
    if (share === null) return t("rondell.passage.unknown", names);
    const said = { ...names, share: f.percent(share, { digits: 0 }) };
    const passage =
      taken === null
        ? t("rondell.passage.share", said)
        : t("rondell.passage.days", { ...said, days: days(taken) });
    return station === stuckAfter ? `${passage} ${t("rondell.passage.stuck")}` : passage;
  }).join(" ");

  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing is no fieldset; a picture would hold no links, a group does.
    <svg
      className="ron"
      viewBox={`0 0 ${size} ${size}`}
      width={size}
      height={size}
      role="group"
      aria-label={`${t("rondell.figure")} ${sentence}`}
    >
      <circle cx={center} cy={center} r={plan.outerRing} fill="var(--surface)" stroke="var(--line)" />
      {plan.beds.map((bed) => (
        <g key={bed.station}>
          <path d={bed.ground} fill={`var(--${bed.station}-soft)`} />
          {bed.plants.map((plant) => (
            <line
              key={`${plant.x1} ${plant.y1}`}
              {...plant}
              stroke={`var(--${bed.station})`}
              strokeWidth={plan.isSmall ? 2.6 : 3.6}
              strokeLinecap="round"
              opacity={0.82}
            />
          ))}
          <path d={bed.rim} fill={`var(--${bed.station})`} />
          <path id={`${id}-${bed.station}`} d={bed.nameLine} fill="none" />
          <text
            className="bedname"
            style={{ fill: `var(--${bed.station})`, fontSize: plan.isSmall ? 11 : 12.5 }}
          >
            <textPath href={`#${id}-${bed.station}`} startOffset="50%" textAnchor="middle">
              <tspan dy=".36em">{name(bed.station)}</tspan>
            </textPath>
          </text>
        </g>
      ))}
      {plan.arrows.map((arrow, index) => {
        const station = STATIONS[index] as Station;
        const { share, days: taken } = passages[station];
        const isStuck = station === stuckAfter;
        return (
          <g key={station}>
            <g transform={`translate(${arrow.x} ${arrow.y}) rotate(${arrow.rotate})`}>
              <path
                d={arrow.shape}
                fill={share === null ? "var(--surface)" : isStuck ? "var(--bad)" : "var(--ink-2)"}
                stroke={share === null ? "var(--line-strong)" : "var(--surface)"}
                strokeWidth={share === null ? 1.25 : 3}
                strokeDasharray={share === null ? "2 2" : undefined}
                paintOrder="stroke"
                strokeLinejoin="round"
              />
            </g>
            <g transform={`translate(${arrow.label.x} ${arrow.label.y}) rotate(${arrow.label.rotate})`}>
              {share === null ? (
                <text textAnchor="middle">
                  <tspan className="pd">{t("rondell.unknown")}</tspan>
                </text>
              ) : (
                <PassageWords
                  share={f.percent(share, { digits: 0 })}
                  more={`${taken === null ? "" : ` · ${days(taken)}`}${isStuck ? ` · ${t("rondell.stuckHere")}` : ""}`}
                  isStuck={isStuck}
                  target={passages[station].target}
                  label={t("rondell.passage.share", {
                    from: name(station),
                    to: name(STATIONS[(index + 1) % 4] as Station),
                    share: f.percent(share, { digits: 0 }),
                  })}
                />
              )}
            </g>
          </g>
        );
      })}
      <circle cx={center} cy={center} r={plan.heart} fill="var(--page)" stroke="var(--line)" />
    </svg>
  );
}

/**
 * What stands on an arrow. The share leads to the customers who got through, where they are known; its
 * dotted line is drawn, since a text of a drawing can be underlined by a solid one only.
 */
function PassageWords({
  share,
  more,
  isStuck,
  target,
  label,
}: {
  share: string;
  more: string;
  isStuck: boolean;
  target: LinkTarget | undefined;
  /** The whole sentence, for whoever hears the link alone. */
  label: string;
}) {
  const words = useRef<SVGTSpanElement>(null);
  const [line, setLine] = useState<{ x1: number; x2: number }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the texts decide where the share begins and ends.
  useLayoutEffect(() => {
    const text = words.current;
    // Not every document lays out texts; without one there is nothing to underline.
    const last = (text?.getNumberOfChars?.() ?? 0) - 1;
    if (!text || last < 0) return;
    setLine({ x1: text.getStartPositionOfChar(0).x, x2: text.getEndPositionOfChar(last).x });
  }, [share, more]);
  const number = (
    <tspan ref={words} className={isStuck ? "badt" : "pass"}>
      {share}
    </tspan>
  );
  return (
    <>
      <text textAnchor="middle">
        {target ? (
          <Link {...target} aria-label={label}>
            {number}
          </Link>
        ) : (
          number
        )}
        <tspan className={isStuck ? "badt light" : "pd"}>{more}</tspan>
      </text>
      {target && line ? (
        <line {...line} y1="5" y2="5" stroke="var(--ink-2)" strokeWidth="1.5" strokeDasharray="1.5 2" />
      ) : null}
    </>
  );
}

function HeartWords({ heart, isSmall }: { heart: Heart; isSmall: boolean }) {
  const { t } = useTranslation("design");
  const f = useFormats();
  return (
    <div className="heart">
      {heart.kind === "effect" ? (
        <Worth heart={heart} isSmall={isSmall} />
      ) : (
        <>
          <span className="wait">{heart.title}</span>
          <span className="xs soft">{heart.text}</span>
        </>
      )}
      {heart.turn ? (
        <>
          <span className="sep" />
          <span className="lt">
            {Math.round(heart.turn.days.value) < 1
              ? t("rondell.underDay")
              : t("rondell.days", {
                  count: Math.round(heart.turn.days.value),
                  days: f.number(Math.round(heart.turn.days.value)),
                })}
          </span>
          <span className="xs soft">
            {t("rondell.turn")}
            {isSmall || Math.round(heart.turn.days.high) < 1
              ? null
              : `, ${f.interval(f.number(Math.round(heart.turn.days.low)), f.number(Math.round(heart.turn.days.high)))}`}
          </span>
        </>
      ) : null}
    </div>
  );
}

function Worth({ heart, isSmall }: { heart: Extract<Heart, { kind: "effect" }>; isSmall: boolean }) {
  const { t } = useTranslation("design");
  const f = useFormats();
  const { worth } = heart;
  const money = (minor: number) => f.money(minor, { compact: true });
  const words = f.interval(money(worth.low), money(worth.high));
  const ends = [worth.low, worth.high, 0];
  const air = (Math.max(...ends) - Math.min(...ends)) / 8;
  const axis: Axis = { from: Math.min(...ends) - air, to: Math.max(...ends) + air, zero: 0 };
  return (
    <>
      {isSmall ? null : <span className="xs soft">{t("rondell.againstHoldout")}</span>}
      <span className={`v ${crosses(worth, 0) ? "unsure" : ""}`.trim()}>
        <NumberLink {...(heart.customers ? { customers: heart.customers } : {})} from={t("rondell.label")}>
          {f.money(worth.value, { compact: true, signed: true })}
        </NumberLink>
      </span>
      <IntervalStrip estimate={worth} axis={axis} label={words} />
      <span className="xs soft">{words}</span>
    </>
  );
}
