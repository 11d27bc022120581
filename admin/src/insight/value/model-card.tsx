import { useTranslation } from "react-i18next";
import { Chip } from "../../design/chip.tsx";
import { Note } from "../../design/note.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { Panel } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Report, Scored } from "./queries.ts";

/** Beyond this the total of the held-back weeks was missed clearly. */
const biasFar = 0.2;
/** Correlation of repeats and spend from which the spend model's assumption is doubtful. */
const correlationFar = 0.2;

/** How this is computed: the model, its parameters, what went in and what stayed out. */
export function ModelCard({
  report,
  scored,
  fittedAt,
}: {
  report: Report;
  scored: Scored;
  fittedAt: string | null;
}) {
  const { t } = useTranslation("value");
  const f = useFormats();
  const used = scored.holdout?.models[0];
  const naive = scored.holdout?.naive;
  const bias = used?.totalBias ?? null;
  // Not by the mean absolute error, which rewards predicting too little.
  const isBetter = used && naive ? used.rmse < naive.rmse : undefined;
  const fits = bias !== null && Math.abs(bias) <= biasFar && isBetter === true;
  const { r, alpha, a, b } = scored.parameters;
  const day = (date: string) => f.date(`${date}T12:00:00Z`);
  const two = (value: number) => f.number(value, { digits: 2 });
  const spend = scored.spend;
  const { exclusions } = report;
  return (
    <Panel
      question={t("trust")}
      actions={
        scored.holdout ? (
          <Chip tone={fits ? "good" : "watch"}>{t(fits ? "fits" : "careful")}</Chip>
        ) : (
          <Chip>{t("untested")}</Chip>
        )
      }
      reading={
        bias === null
          ? t("trustUntested")
          : t(fits ? "trustReading" : "trustCareful", { share: f.percent(1 + bias, { digits: 0 }) })
      }
      how={[t("cardHow"), t("sources")]}
    >
      <dl className="kv">
        <dt>{t("model")}</dt>
        <dd>{spend ? t("withSpend", { model: scored.model }) : scored.model}</dd>
        <dt>{t("why")}</dt>
        <dd>{scored.holdout ? t(`because.${scored.holdout.because}`) : t("because.default")}</dd>
        <dt>{t("fitted")}</dt>
        <dd>
          {fittedAt ? f.dateTime(fittedAt) : "–"}, {f.number(scored.seconds, { digits: 1 })} s
        </dd>
        <dt>{t("customers")}</dt>
        <dd>
          <NumberLink customers={{ filter: "value.bought", value: "1" }} from={t("trust")}>
            {f.number(report.customers)}
          </NumberLink>
        </dd>
        <dt>{t("window")}</dt>
        <dd>
          {report.window.from
            ? f.interval(day(report.window.from), day(report.window.until))
            : day(report.window.until)}
        </dd>
        <dt>{t("heldBack")}</dt>
        <dd>{scored.holdout ? t("weeks", { count: report.window.holdoutWeeks }) : "–"}</dd>
        <dt>r, α</dt>
        <dd className="mono">
          {two(r)}, {two(alpha)}
        </dd>
        <dt>a, b</dt>
        <dd className="mono">
          {two(a)}, {two(b)}
        </dd>
        {spend ? (
          <>
            <dt>p, q, v</dt>
            <dd className="mono">
              {two(spend.parameters.p)}, {two(spend.parameters.q)}, {f.money(Math.round(spend.parameters.v))}
            </dd>
          </>
        ) : null}
        <dt>{t("logLikelihood")}</dt>
        <dd className="mono">{f.number(scored.logLikelihood, { digits: 2 })}</dd>
        <dt>{t("converged")}</dt>
        <dd>
          {t("convergedText", {
            agreeing: scored.diagnostics.startsAgreeing,
            starts: scored.diagnostics.starts,
            gradient: f.scientific(scored.diagnostics.gradientNorm),
          })}
        </dd>
      </dl>
      {scored.diagnostics.atBound.length > 0 ? (
        <Note tone="warn">{t("atBound", { names: scored.diagnostics.atBound.join(", ") })}</Note>
      ) : null}
      {scored.spendFailure ? <Note tone="warn">{scored.spendFailure}</Note> : null}
      {spend?.correlation !== undefined &&
      spend.correlation !== null &&
      Math.abs(spend.correlation) > correlationFar ? (
        <Note tone="warn">{t("correlated", { correlation: two(spend.correlation) })}</Note>
      ) : null}
      <dl className="kv">
        <dt>{t("noConsent")}</dt>
        <dd>{f.number(exclusions.buyersWithoutConsent)}</dd>
        <dt>{t("noRate")}</dt>
        <dd>
          {t("ofOrders", { some: f.number(exclusions.ordersWithoutRate), all: f.number(exclusions.orders) })}
        </dd>
        <dt>{t("noCustomer")}</dt>
        <dd>{f.number(exclusions.ordersWithoutCustomer)}</dd>
      </dl>
    </Panel>
  );
}
