import { IconScale } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { Grid, Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { ArmsTable, Differences, Trustworthiness, Waiting } from "./effect-figures.tsx";
import { EffectReading } from "./effect-reading.tsx";
import { effectQuery } from "./queries.ts";
import { VERDICT_TONE, verdictOf } from "./verdict.ts";
import { WorthChart } from "./worth-chart.tsx";

/** What the offers changed: both arms, the difference with its interval, and whether it may be believed. */
export default function ExperimentsPage() {
  const { t } = useTranslation("experiments");
  const f = useFormats();
  const query = useQuery(effectQuery);
  const effect = query.data;
  const verdict = effect ? verdictOf(effect) : undefined;
  const measured = effect && effect.state !== "no_decision" ? effect : undefined;
  const nothing = (
    <EmptyState
      icon={IconScale}
      title={t("none.title")}
      actions={<LinkButton to="/offers">{t("none.do")}</LinkButton>}
    >
      {t("none.text")}
    </EmptyState>
  );
  return (
    <Page
      title={t("title")}
      reading={effect ? <EffectReading effect={effect} /> : null}
      mark={verdict ? <Chip tone={VERDICT_TONE[verdict]}>{t(`verdict.${verdict}`)}</Chip> : null}
    >
      {measured ? (
        <Grid columns="3:2">
          <Stack>
            <Panel question={t("arms.question")} how={[t("arms.how"), t("arms.value")]} flush>
              <ArmsTable effect={measured} />
            </Panel>
            {measured.state === "known" && measured.history.length > 1 ? (
              <Panel question={t("history.question")} how={[t("history.how")]}>
                <WorthChart history={measured.history} />
              </Panel>
            ) : null}
            <Panel question={t("trust.question")} how={[t("trust.how")]}>
              <Trustworthiness effect={measured} />
            </Panel>
          </Stack>
          <Stack>
            <Panel
              question={t("difference.question")}
              how={[
                ...(measured.state === "known" ? [t("difference.how")] : []),
                t("difference.since", {
                  from: f.date(measured.since, { year: true }),
                  to: f.date(measured.until, { year: true }),
                }),
              ]}
            >
              <div className="stack s4">
                {/* Before the stated minimum no difference is said at all: it would be read as one. */}
                {measured.state === "too_early" ? (
                  <Waiting effect={measured} />
                ) : (
                  <Differences effect={measured} />
                )}
                {measured.state === "known" && !measured.precise ? (
                  <p className="soft">
                    {t("imprecise", { needed: f.number(measured.needed) })}{" "}
                    {measured.preciseAt
                      ? t("preciseAt", { date: f.date(measured.preciseAt, { year: true }) })
                      : null}
                  </p>
                ) : null}
              </div>
            </Panel>
          </Stack>
        </Grid>
      ) : (
        <Panel
          question={t("difference.question")}
          state={stateOf(query, {
            shape: "chart",
            height: 240,
            empty: (data) => data.state === "no_decision" && nothing,
          })}
        />
      )}
    </Page>
  );
}
