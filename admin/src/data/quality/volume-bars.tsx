import { useTranslation } from "react-i18next";
import { useFormats } from "../../i18n/hooks.ts";

/** The events of each day as bars, the last of them today. */
export function VolumeBars({ days }: { days: readonly number[] }) {
  const { t } = useTranslation("quality");
  const f = useFormats();
  const most = Math.max(1, ...days);
  const sum = days.reduce((all, events) => all + events, 0);
  return (
    <svg
      className="volume"
      viewBox={`0 0 ${days.length * 4} 24`}
      role="img"
      aria-label={t("volumeText", { events: f.number(sum), days: days.length })}
    >
      {days.map((events, at) => (
        <rect
          // biome-ignore lint/suspicious/noArrayIndexKey: a day has no other name than its place.
          key={at}
          x={at * 4}
          width={3}
          y={24 - Math.max(events ? 1.5 : 0.5, (events / most) * 24)}
          height={Math.max(events ? 1.5 : 0.5, (events / most) * 24)}
        />
      ))}
    </svg>
  );
}
