import type { ReactNode } from "react";
import { useFormats } from "../i18n/hooks.ts";
import { NumberLink } from "./number-link.tsx";

/** An estimate with its 95 % interval, and the 50 % core where the model gives one. All in one unit. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
  coreLow?: number | undefined;
  coreHigh?: number | undefined;
}

export interface Axis {
  /** The ends of the axis; the same for all rows of a table, or say that only zero is shared. */
  from: number;
  to: number;
  /** Where the thin line of "no effect" stands. Leave it out where zero means nothing. */
  zero?: number | undefined;
  /** For skewed money; say so beside the table. Values at or below `from` stand at its start. */
  log?: boolean | undefined;
}

/** Does the interval leave open whether there is an effect at all? */
export function crosses(estimate: Estimate, zero: number): boolean {
  return estimate.low <= zero && estimate.high >= zero;
}

/** An axis around some estimates: a tenth of air at each side, with `zero` on it where it is given. */
export function axisAround(estimates: Estimate[], zero?: number): Axis {
  const ends = estimates.flatMap((each) => [each.low, each.high]).concat(zero === undefined ? [] : [zero]);
  const [from, to] = ends.length === 0 ? [0, 1] : [Math.min(...ends), Math.max(...ends)];
  const air = (to - from || Math.abs(to) || 1) / 10;
  return { from: from - air, to: to + air, zero };
}

const WIDTH = 120;

function place(value: number, axis: Axis): number {
  const scale = axis.log ? (v: number) => Math.log(Math.max(v, axis.from)) : (v: number) => v;
  const share = (scale(value) - scale(axis.from)) / (scale(axis.to) - scale(axis.from));
  return Math.min(1, Math.max(0, share)) * WIDTH;
}

/** Which colour a strip has: grey while it crosses zero, red where the effect is clearly unwanted. */
export function stripTone(estimate: Estimate, axis: Axis, moreIsBetter: boolean): "k1" | "kr" | "kb" {
  if (axis.zero === undefined) return "k1";
  if (crosses(estimate, axis.zero)) return "kr";
  return estimate.value > axis.zero === moreIsBetter ? "k1" : "kb";
}

/**
 * The interval as a strip: light is 95 %, dark is 50 %, the upright tick is the estimate, the thin line
 * is zero. `label` is its text for a screen reader.
 */
export function IntervalStrip({
  estimate,
  axis,
  label,
  moreIsBetter = true,
}: {
  estimate: Estimate;
  axis: Axis;
  label: string;
  moreIsBetter?: boolean;
}) {
  const x = (value: number) => place(value, axis);
  const { value, low, high, coreLow, coreHigh } = estimate;
  return (
    <svg
      className={`ivg ${stripTone(estimate, axis, moreIsBetter)}`}
      viewBox={`0 0 ${WIDTH} 12`}
      preserveAspectRatio="none"
      style={{ color: "var(--c)" }}
      role="img"
      aria-label={label}
    >
      <line className="ax" x1="0" x2={WIDTH} y1="6" y2="6" />
      {axis.zero === undefined ? null : (
        <line
          className="z"
          x1={x(axis.zero)}
          x2={x(axis.zero)}
          y1="0"
          y2="12"
          vectorEffect="non-scaling-stroke"
        />
      )}
      <rect className="w" x={x(low)} y="2" width={Math.max(1, x(high) - x(low))} height="8" rx="2" />
      {coreLow === undefined || coreHigh === undefined ? null : (
        <rect
          className="c"
          x={x(coreLow)}
          y="2"
          width={Math.max(1, x(coreHigh) - x(coreLow))}
          height="8"
          rx="1"
        />
      )}
      <line className="p" x1={x(value)} x2={x(value)} y1="0" y2="12" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

/** A formatted number without its plus sign and unit, where the number beside it has them already. */
export function bare(text: string): string {
  return text.replace(/^([\u2212]?)[^\d\u2212]*([\u2212]?)/, "$1$2").replace(/\u00a0\D+$/, "");
}

interface IntervalProps {
  estimate: Estimate;
  /** Writes a value in its unit: `f.points`, `(v) => f.money(v, { compact: true })`. */
  format: (value: number) => string;
  axis?: Axis | undefined;
  /** `inline` puts the words beside the number, for tables; the others put them under the strip. */
  size?: "inline" | "md" | "lg" | "xl";
  customers?: Record<string, unknown>;
  from?: string;
  /** After the words: "from 1,120 customers". */
  note?: ReactNode;
  moreIsBetter?: boolean;
}

/** An estimate as it must always be shown: the number, its 95 % interval in words, and the strip. */
export function Interval({
  estimate,
  format,
  axis,
  size = "inline",
  customers,
  from,
  note,
  moreIsBetter,
}: IntervalProps) {
  const f = useFormats();
  const end = (value: number) => (size === "inline" ? bare(format(value)) : format(value).replace(/^\+/, ""));
  const words = f.interval(end(estimate.low), end(estimate.high));
  const number = (
    <NumberLink {...(customers ? { customers } : {})} {...(from ? { from } : {})}>
      {format(estimate.value)}
    </NumberLink>
  );
  const strip = axis ? (
    <IntervalStrip
      estimate={estimate}
      axis={axis}
      label={words}
      {...(moreIsBetter === undefined ? {} : { moreIsBetter })}
    />
  ) : null;
  if (size === "inline") {
    return (
      <span className="iv wide">
        <span className="row tight">
          <b>{number}</b>
          <span className="r">{words}</span>
        </span>
        {strip}
        {note ? <span className="r">{note}</span> : null}
      </span>
    );
  }
  return (
    <span className={`iv wide ${size}`}>
      <span className="v">{number}</span>
      {strip}
      <span className="r">
        {words}
        {note ? <>, {note}</> : null}
      </span>
    </span>
  );
}
