import type { SVGProps } from "react";
import { useTranslation } from "react-i18next";

/** The four stations, in the order in which the loop turns. */
export const STATIONS = ["experience", "data", "insight", "offer"] as const;
export type Station = (typeof STATIONS)[number];

/** The stylesheet's short name of a station: `.chip.exp`, `.station.dat`. */
export const STATION_CLASS: Record<Station, string> = {
  experience: "exp",
  data: "dat",
  insight: "ins",
  offer: "off",
};

/** One bed of the round plan each, clockwise from the upper left. */
const BEDS: Record<Station, string> = {
  experience: "M1.1 10.9A11 11 0 0 1 10.9 1.1L11.4 6.6A5.4 5.4 0 0 0 6.6 11.4Z",
  data: "M13.1 1.1A11 11 0 0 1 22.9 10.9L17.4 11.4A5.4 5.4 0 0 0 12.6 6.6Z",
  insight: "M22.9 13.1A11 11 0 0 1 13.1 22.9L12.6 17.4A5.4 5.4 0 0 0 17.4 12.6Z",
  offer: "M10.9 22.9A11 11 0 0 1 1.1 13.1L6.6 12.6A5.4 5.4 0 0 0 11.4 17.4Z",
};

type GlyphProps = Omit<SVGProps<SVGSVGElement>, "viewBox">;

/** The plan with one bed filled. Decoration: the station's word always stands beside it. */
export function StationGlyph({ station, className = "gl", ...rest }: { station: Station } & GlyphProps) {
  return (
    <svg className={className} viewBox="0 0 24 24" aria-hidden="true" {...rest}>
      {STATIONS.map((each) => (
        <path
          key={each}
          d={BEDS[each]}
          fill={each === station ? `var(--${each})` : "currentColor"}
          opacity={each === station ? 1 : 0.24}
        />
      ))}
    </svg>
  );
}

/** The whole plan with its heart: the product's mark. */
export function Mark({ className = "gl", ...rest }: GlyphProps) {
  return (
    <svg className={className} viewBox="0 0 24 24" aria-hidden="true" fill="var(--hedge)" {...rest}>
      {STATIONS.map((each) => (
        <path key={each} d={BEDS[each]} />
      ))}
      <circle cx="12" cy="12" r="2.4" />
    </svg>
  );
}

/** The station's name in the language spoken now. */
export function useStationName(): (station: Station) => string {
  const { t } = useTranslation("design");
  return (station) => t(`station.${station}`);
}
