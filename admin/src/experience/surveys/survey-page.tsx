import { SegmentedControl } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconExternalLink, IconPencil, IconPlayerStop, IconSend } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { Interval } from "../../design/interval.tsx";
import { Link } from "../../design/link.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { Fact, Grid, Page, Strip } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState, ErrorState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api } from "../../shell/api.ts";
import { usePathValue } from "../../shell/path-value.ts";
import { type RawSearch, searchWord, usePageSearch } from "../../shell/search.ts";
import { useMay } from "../../shell/session.tsx";
import { AnswersPanel } from "./answers-panel.tsx";
import { DistributionPanel } from "./distribution-panel.tsx";
import { LinksPanel } from "./links-panel.tsx";
import { PhonePreview } from "./phone-preview.tsx";
import { type Results, renewSurveys, results, type Step, type Survey, survey } from "./queries.ts";
import { ScoreInterval, usePoints } from "./score.tsx";
import { SurveyStateChip } from "./state-chip.tsx";
import { TrendPanel } from "./trend-panel.tsx";

const steps = ["day", "week", "month"] as const;
const readSearch = (raw: RawSearch): { step: Step } => ({ step: searchWord(raw.step, steps) ?? "week" });

/** One survey: what came of it, who said what, and how to ask more customers. */
export default function SurveyPage() {
  const { t } = useTranslation("surveys");
  const f = useFormats();
  const points = usePoints();
  const id = usePathValue("id");
  const [{ step }, setSearch] = usePageSearch(readSearch);
  const one = useQuery(survey(id));
  const found = useQuery({
    ...results(id, step),
    enabled: one.data !== undefined && one.data.state !== "draft",
  });
  const mayWrite = useMay()("experience:write");
  const estimate = found.data?.score.estimate;

  if (!one.data) {
    return (
      <Page title={t("one")}>
        <Panel question={t("one")} state={stateOf(one, { shape: "chart", height: 320 })} />
      </Page>
    );
  }
  const data = one.data;
  return (
    <Page
      title={data.name}
      mark={<SurveyStateChip state={data.state} />}
      reading={
        data.state === "draft" ? (
          t("draft.reading")
        ) : estimate ? (
          <Trans
            t={t}
            i18nKey="results.reading"
            components={{ b: <b /> }}
            values={{
              score: points(estimate.score),
              interval: f.interval(points(estimate.low), points(estimate.high)),
              answers: f.number(found.data?.score.answers ?? 0),
            }}
            count={found.data?.score.answers ?? 0}
          />
        ) : found.data ? (
          t("results.readingNone")
        ) : null
      }
      actions={<Actions survey={data} mayWrite={mayWrite} />}
    >
      {data.state === "draft" ? (
        <Grid columns="2">
          <Panel question={t("draft.question")}>
            <p>{t("draft.text", { url: data.url })}</p>
          </Panel>
          <Panel question={t("preview.question")}>
            <PhonePreview draft={data} />
          </Panel>
        </Grid>
      ) : (
        <>
          {found.data && found.data.score.answers > 0 ? (
            <Shown
              survey={data}
              results={found.data}
              step={step}
              onStep={(next) => setSearch({ step: next })}
            />
          ) : (
            <Panel
              question={t("results.question")}
              state={stateOf(found, {
                shape: "chart",
                height: 240,
                empty: () => <EmptyState title={t("results.none")}>{t("results.noneText")}</EmptyState>,
              })}
            />
          )}
          {data.state === "open" && mayWrite ? <LinksPanel survey={data} /> : null}
        </>
      )}
    </Page>
  );
}

function Shown({
  survey,
  results,
  step,
  onStep,
}: {
  survey: Survey;
  results: Results;
  step: Step;
  onStep: (step: Step) => void;
}) {
  const { t } = useTranslation("surveys");
  const f = useFormats();
  const points = usePoints();
  const { score, change, response } = results;
  return (
    <>
      <Strip>
        <Fact question={t("recommend")}>
          <ScoreInterval
            size="xl"
            score={score}
            customers={{ filter: "survey", value: survey.id }}
            from={t("behind.answers", { name: survey.name })}
          />
        </Fact>
        <Fact question={t("results.answered")}>
          <b className="v">
            <NumberLink
              customers={{ filter: "survey", value: survey.id }}
              from={t("behind.answers", { name: survey.name })}
            >
              {f.number(score.answers)}
            </NumberLink>
          </b>
          <p>
            {response.asked > 0
              ? t("results.asked", {
                  answered: f.number(response.answered),
                  asked: f.number(response.asked),
                  share: f.percent(response.answered / response.asked, { digits: 0 }),
                })
              : t("results.openOnly")}
          </p>
        </Fact>
        <Fact question={t(`results.change.${step}`)}>
          {change ? (
            <Interval
              size="xl"
              estimate={{ ...change.estimate, value: change.estimate.score }}
              format={points}
              axis={{ from: -100, to: 100, zero: 0 }}
            />
          ) : (
            <p>{t("results.noChange")}</p>
          )}
        </Fact>
        <Fact question={t("results.detractors")}>
          <b className="v">
            <NumberLink
              customers={{ filter: "survey", value: `${survey.id}:detractor` }}
              from={t("behind.detractors", { name: survey.name })}
            >
              {f.number(score.detractors)}
            </NumberLink>
          </b>
          <p>
            <Link to="/survey-alerts">{t("alerts.open")}</Link>
          </p>
        </Fact>
      </Strip>
      <Grid columns="2">
        <DistributionPanel survey={survey} results={results} />
        <TrendPanel trend={results.trend} step={step}>
          <SegmentedControl
            aria-label={t("trend.step")}
            value={step}
            onChange={(value) => onStep(searchWord(value, steps) ?? "week")}
            data={steps.map((each) => ({ value: each, label: t(`trend.by.${each}`) }))}
          />
        </TrendPanel>
      </Grid>
      <AnswersPanel survey={survey} />
    </>
  );
}

function Actions({ survey, mayWrite }: { survey: Survey; mayWrite: boolean }) {
  const { t } = useTranslation("surveys");
  const confirm = useConfirm();
  const params = { path: { id: survey.id } };
  const publish = useMutation({
    mutationFn: () => call(api.POST("/api/surveys/{id}/publish", { params })),
    onSuccess: () => {
      notifyDone(t("published"));
      return renewSurveys();
    },
  });
  const close = useMutation({
    mutationFn: () => call(api.POST("/api/surveys/{id}/close", { params })),
    onSuccess: () => {
      notifyDone(t("closedNow"));
      return renewSurveys();
    },
  });
  const error = publish.error ?? close.error;
  return (
    <>
      {survey.state === "open" ? (
        <LinkButton icon={IconExternalLink} to={`/s/${survey.slug}`}>
          {t("seeAsCustomer")}
        </LinkButton>
      ) : null}
      {mayWrite && survey.state !== "closed" ? (
        <LinkButton icon={IconPencil} to={`/surveys/${survey.id}/edit`}>
          {t("edit")}
        </LinkButton>
      ) : null}
      {mayWrite && survey.state === "draft" ? (
        <Button kind="main" icon={IconSend} busy={publish.isPending} onClick={() => publish.mutate()}>
          {t("publish")}
        </Button>
      ) : null}
      {mayWrite && survey.state === "open" ? (
        <Button
          icon={IconPlayerStop}
          busy={close.isPending}
          onClick={async () => {
            const isSure = await confirm({
              title: t("close.title"),
              text: t("close.text"),
              action: t("close"),
            });
            if (isSure) close.mutate();
          }}
        >
          {t("close")}
        </Button>
      ) : null}
      {error ? <ErrorState error={error} title={t("notSaved")} /> : null}
    </>
  );
}
