import { STATIONS, type Station } from "./station.tsx";

/*
 * The round bed, in pixels of its own drawing. Angles are degrees, clockwise from the left, so that
 * experience has 0 to 90 at the upper left and the stations follow each other as the loop turns.
 */

/** Half of the path between two beds, in degrees. */
const PATH_HALF = 6;
/** From a bed's edge to its first plant. */
const PLANT_MARGIN = 2.6;
/** Each bed shows the last four weeks. */
export const PLANTS = 28;

export interface Bed {
  station: Station;
  ground: string;
  rim: string;
  /** The line that the station's name follows. Read from left to right also in the lower half. */
  nameLine: string;
  plants: { x1: number; y1: number; x2: number; y2: number }[];
}

export interface Arrow {
  x: number;
  y: number;
  rotate: number;
  shape: string;
  label: { x: number; y: number; rotate: number };
}

export interface Plan {
  size: number;
  center: number;
  isSmall: boolean;
  outerRing: number;
  heart: number;
  beds: Bed[];
  /** In the order of the stations: from experience to data, to insight, to offer, to experience. */
  arrows: Arrow[];
}

const r1 = (value: number) => Math.round(value * 10) / 10;

/** Below this size the labels need more room and the beds less. */
const SMALL = 430;

/**
 * The plan for a square of `size` pixels. `plants` has up to 28 values a station, oldest first, each
 * measured against the largest of its own bed; `passes` are the shares in [0, 1] that get through, or
 * null where that is not known.
 */
export function rondellPlan(
  size: number,
  plants: Record<Station, number[]>,
  passes: (number | null)[],
): Plan {
  const center = size / 2;
  const isSmall = size < SMALL;
  const margin = isSmall ? 25 : 29;
  const outerRing = center - margin;
  const outer = outerRing - 5;
  const inner = outer * (isSmall ? 0.61 : 0.56);
  const rimWidth = 3.5;
  const nameAt = inner + rimWidth + (isSmall ? 6.3 : 10.2);
  const rootAt = nameAt + (isSmall ? 8 : 12);
  const tipAt = outer - (isSmall ? 4 : 6);
  const heart = inner - 9;

  const point = (radius: number, degrees: number) => {
    const radians = ((degrees + 180) * Math.PI) / 180;
    return { x: r1(center + radius * Math.cos(radians)), y: r1(center + radius * Math.sin(radians)) };
  };
  const ringPart = (from: number, to: number, near: number, far: number) => {
    const [a, b, c, d] = [point(far, from), point(far, to), point(near, to), point(near, from)];
    return `M${a.x} ${a.y}A${r1(far)} ${r1(far)} 0 0 1 ${b.x} ${b.y}L${c.x} ${c.y}A${r1(near)} ${r1(near)} 0 0 0 ${d.x} ${d.y}Z`;
  };
  const line = (from: number, to: number, radius: number, sweep: 0 | 1) => {
    const [a, b] = [point(radius, from), point(radius, to)];
    return `M${a.x} ${a.y}A${r1(radius)} ${r1(radius)} 0 0 ${sweep} ${b.x} ${b.y}`;
  };

  const beds = STATIONS.map((station, index): Bed => {
    const from = index * 90 + PATH_HALF;
    const to = (index + 1) * 90 - PATH_HALF;
    const values = plants[station].slice(-PLANTS);
    const most = Math.max(0, ...values);
    const step = (to - from - 2 * PLANT_MARGIN) / (PLANTS - 1);
    const isLower = index >= 2;
    return {
      station,
      ground: ringPart(from, to, inner, outer),
      rim: ringPart(from, to, inner, inner + rimWidth),
      nameLine: isLower ? line(to, from, nameAt, 0) : line(from, to, nameAt, 1),
      plants: values.map((value, day) => {
        const angle = from + PLANT_MARGIN + (PLANTS - values.length + day) * step;
        // A day on which nothing grew is a seed: as long as it is wide.
        const share = most > 0 ? Math.max(0, value) / most : 0;
        const root = point(rootAt, angle);
        const tip = point(rootAt + Math.max(0.1, share * (tipAt - rootAt)), angle);
        return { x1: root.x, y1: root.y, x2: tip.x, y2: tip.y };
      }),
    };
  });

  const between = (inner + outer) / 2;
  const arrows = STATIONS.map((_, index): Arrow => {
    const at = point(between, (index + 1) * 90);
    const share = Math.min(1, Math.max(0, passes[index] ?? 0));
    const half = r1(1.5 + share * (isSmall ? 4.9 : 6.5));
    const [tail, neck, tip] = isSmall ? [-9, 5, 14] : [-11, 7, 16];
    const head = r1(half + 4);
    const edge = isSmall ? 10 : 12;
    const label = [
      { x: center, y: edge + 2, rotate: 0 },
      { x: size - edge + 2, y: center, rotate: 90 },
      { x: center, y: size - edge + 6, rotate: 0 },
      { x: edge, y: center, rotate: -90 },
    ][index] as Arrow["label"];
    return {
      x: at.x,
      y: at.y,
      rotate: index * 90,
      shape: `M${tail} ${-half}H${neck}V${-head}L${tip} 0L${neck} ${head}V${half}H${tail}Z`,
      label,
    };
  });

  return { size, center, isSmall, outerRing, heart, beds, arrows };
}
