import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Trans, useTranslation } from "react-i18next";
import { LinkButton } from "../../design/button.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { Grid, Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { type Heart, RondellFigure } from "../../design/rondell-figure.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { hasPage } from "../../shell/pages.ts";
import { useMay } from "../../shell/session.tsx";
import { Changes, Needs, Now, Voice, WorthSoFar } from "./loop-panels.tsx";
import { LoopReading } from "./loop-reading.tsx";
import { loopQuery, type Turning } from "./queries.ts";
import { passageViews, stationViews, waitingAt } from "./stations.tsx";

/** Home: the four stations, the ways between them, where it is stuck, and what it was worth. */
export default function LoopPage() {
  const { t } = useTranslation("turn");
  const may = useMay();
  const loop = useQuery(loopQuery);
  // Each door only for those whom the page behind it lets in.
  const mayConnect = hasPage("/connect", may);
  const mayImport = hasPage("/imports/new", may);
  const turn = loop.data?.state === "turning" ? loop.data : undefined;
  if (turn) return <Loop turn={turn} />;
  return (
    <Page title={t("title")}>
      <Panel
        question={t("question")}
        state={stateOf(loop, {
          shape: "chart",
          height: 420,
          empty: (data) =>
            data.state === "empty" && (
              <EmptyState
                title={t("empty")}
                actions={
                  mayConnect || mayImport ? (
                    <>
                      {mayConnect ? (
                        <LinkButton kind="main" to="/connect">
                          {t("empty.connect")}
                        </LinkButton>
                      ) : null}
                      {mayImport ? <LinkButton to="/imports/new">{t("empty.import")}</LinkButton> : null}
                    </>
                  ) : null
                }
              >
                {t(mayConnect || mayImport ? "empty.text" : "empty.ask")}
              </EmptyState>
            ),
        })}
      />
    </Page>
  );
}

function Loop({ turn }: { turn: Turning }) {
  const { t } = useTranslation("turn");
  const f = useFormats();
  const may = useMay();
  const stuckPassage = turn.passages.find((one) => one.after === turn.stuckAfter);
  return (
    <Page title={t("title")} reading={<LoopReading turn={turn} />}>
      <RondellFigure
        stations={stationViews(turn, t, f)}
        passages={passageViews(turn, t)}
        stuck={
          stuckPassage
            ? {
                after: stuckPassage.after,
                label: t(`stuck.${stuckPassage.after}`, {
                  count: waitingAt(stuckPassage),
                  n: f.number(waitingAt(stuckPassage)),
                }),
                target: stuckPassage.waitingFilter
                  ? { to: "/customers", search: { ...stuckPassage.waitingFilter, from: t("stuck.from") } }
                  : { to: "/events" },
              }
            : undefined
        }
        heart={heartOf(turn, t, f)}
      />
      <p className="xs dim">
        {t("how", { from: f.date(turn.from, { year: true }), to: f.date(turn.to, { year: true }) })}
      </p>
      <Grid columns="2:1">
        <Stack>
          {may("offer:read") ? <Changes effect={turn.effect} /> : null}
          <WorthSoFar effect={turn.effect} />
          <Voice nps={turn.nps} />
        </Stack>
        <Stack>
          <Needs needs={turn.needs} />
          {may("data:read") ? <Now /> : null}
        </Stack>
      </Grid>
    </Page>
  );
}

/** How many are in an arm of the comparison, with them behind it. */
function ArmLink({ arm, children }: { arm: "treated" | "holdout"; children?: ReactNode }) {
  const { t } = useTranslation("experiments");
  return (
    <NumberLink customers={{ filter: "holdout_arm", value: arm }} from={t(`arm.${arm}`)}>
      {children}
    </NumberLink>
  );
}

type Translate = ReturnType<typeof useTranslation<"turn">>["t"];

function heartOf(turn: Turning, t: Translate, f: ReturnType<typeof useFormats>): Heart {
  const days = turn.turn ? { turn: { days: turn.turn } } : {};
  const { effect } = turn;
  if (effect.state === "no_decision") {
    return { kind: "waiting", title: t("heart.noDecision"), text: t("heart.noDecisionText"), ...days };
  }
  if (effect.state === "too_early" || !effect.worth) {
    const knownAt = effect.state === "too_early" ? effect.knownAt : null;
    const text = knownAt ? (
      t("heart.knownAt", { date: f.date(knownAt, { year: true }) })
    ) : (
      <Trans
        t={t}
        i18nKey="heart.tooEarlyText"
        values={{
          treated: f.number(effect.treated.customers),
          holdout: f.number(effect.holdout.customers),
        }}
        components={{ t: <ArmLink arm="treated" />, h: <ArmLink arm="holdout" /> }}
      />
    );
    return { kind: "waiting", title: t("heart.tooEarly"), text, ...days };
  }
  if (effect.ratio.mismatch) {
    return { kind: "waiting", title: t("heart.mismatch"), text: t("heart.mismatchText"), ...days };
  }
  return {
    kind: "effect",
    worth: effect.worth,
    customers: { filter: "holdout_arm", value: "treated" },
    ...days,
  };
}
