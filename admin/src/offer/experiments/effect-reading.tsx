import type { ReactNode } from "react";
import { Trans, useTranslation } from "react-i18next";
import { useFormats } from "../../i18n/hooks.ts";
import type { Effect } from "./queries.ts";
import { verdictOf } from "./verdict.ts";

/** What the offers were worth, in one sentence. */
export function EffectReading({ effect }: { effect: Effect }): ReactNode {
  const { t } = useTranslation("experiments");
  const f = useFormats();
  const verdict = verdictOf(effect);
  if (effect.state === "no_decision") return t("reading.noDecision");
  const { worth } = effect;
  const values = {
    since: f.date(effect.since, { year: true }),
    worth: worth ? f.money(Math.abs(worth.value), { compact: true }) : "",
    interval: worth
      ? f.interval(f.money(worth.low, { compact: true }), f.money(worth.high, { compact: true }))
      : "",
    when: effect.state === "too_early" && effect.knownAt ? f.date(effect.knownAt, { year: true }) : "",
  };
  const key =
    verdict === "tooEarly"
      ? values.when
        ? "reading.tooEarlyWhen"
        : "reading.tooEarly"
      : `reading.${verdict}`;
  return <Trans t={t} i18nKey={key} components={{ b: <b /> }} values={values} />;
}
