import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { customerInsight } from "./queries.ts";

const noon = (day: string) => `${day}T12:00:00Z`;

/** The stages of the customer's life with the brand, the present one first. */
export function Life({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const insight = useQuery(customerInsight(id));
  const data = insight.data;
  const until = data?.dataUntil;
  return (
    <Panel
      question={t("life.question")}
      how={until ? [t("life.how", { until: f.date(noon(until)) })] : []}
      state={stateOf(insight, {
        shape: "text",
        empty: (found) =>
          found.stages.length === 0 && (
            <p className="soft">
              {t(`page.noneText.${found.stageState}`, {
                until: found.dataUntil ? f.date(noon(found.dataUntil)) : "–",
              })}
            </p>
          ),
      })}
    >
      <ol className="list">
        {[...(data?.stages ?? [])].reverse().map(({ stage, since, ended }) => (
          <li key={`${stage} ${since}`}>
            <span className="grow">
              {ended === null ? <b>{t(`lifecycle:stage.${stage}`)}</b> : t(`lifecycle:stage.${stage}`)}
              <br />
              <span className="meta">
                {ended === null
                  ? t("page.since", { date: f.date(noon(since)) })
                  : t("life.span", { from: f.date(noon(since)), to: f.date(noon(ended)) })}
              </span>
            </span>
            <span className="meta">
              {ended === null && !until
                ? null
                : f.duration(Date.parse(noon(ended ?? until ?? since)) - Date.parse(noon(since)))}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
