import { useTranslation } from "react-i18next";
import { useFormats } from "../../i18n/hooks.ts";

interface Compared {
  reason: string;
  probability: number | null;
  against: "household" | "strangers" | null;
  evidence: { field: string; level: string; weight: number }[];
  sightings: {
    at: string;
    event: string;
    source: string | null;
    a: { kind: string; value: string };
    b: { kind: string; value: string };
  }[];
}

/** Below this many bits, either way, a field says next to nothing: odds of two to one. */
const bitsMin = 1;

/**
 * Why two customers may be one person, in words: what an event said, and what a search found for it and against it, the
 * weightiest first.
 */
export function Evidence({ pair }: { pair: Compared }) {
  const { t } = useTranslation("customers");
  const nameOf = ({ field, level }: Compared["evidence"][number]) =>
    t("duplicates.field", {
      field: t(`duplicates.field.${field}`),
      level: t(`duplicates.level.${level}`),
    });
  const f = useFormats();
  const byWeight = [...pair.evidence].sort((x, y) => Math.abs(y.weight) - Math.abs(x.weight));
  const says = (sign: 1 | -1) => byWeight.filter((one) => sign * one.weight >= bitsMin).map(nameOf);
  const [speaksFor, speaksAgainst] = [says(1), says(-1)];
  return (
    <>
      {t(`duplicates.reason.${pair.reason}`)}
      {speaksFor.length ? (
        <span className="sub">{t("duplicates.for", { what: speaksFor.join(", ") })}</span>
      ) : null}
      {speaksAgainst.length ? (
        <span className="sub">{t("duplicates.against", { what: speaksAgainst.join(", ") })}</span>
      ) : null}
      {pair.against === "household" ? <span className="sub">{t("duplicates.household")}</span> : null}
      {pair.sightings.length ? (
        <details className="sub">
          <summary>{t("duplicates.sightings", { count: pair.sightings.length })}</summary>
          {pair.sightings.map((one) => (
            <span key={`${one.at} ${one.event} ${one.a.value} ${one.b.value}`} className="sub">
              {t("duplicates.sighting", {
                event: one.event,
                at: f.dateTime(one.at),
                source: one.source ?? t("duplicates.sightingUnknown"),
                a: one.a.value,
                b: one.b.value,
              })}
            </span>
          ))}
        </details>
      ) : null}
    </>
  );
}

/** How sure it is, never written as certain. */
export function Sureness({ probability }: { probability: number | null }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const text =
    probability === null
      ? t("duplicates.notCompared")
      : probability > 0.999
        ? t("duplicates.above", { share: f.percent(0.999, { digits: 1 }) })
        : f.percent(probability, { digits: probability > 0.99 ? 1 : 0 });
  return <span>{text}</span>;
}
