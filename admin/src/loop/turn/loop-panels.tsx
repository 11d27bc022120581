import {
  IconAlertTriangle,
  IconCoins,
  IconGift,
  IconLock,
  IconMessageReport,
  IconStar,
  IconUsers,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { iconOf, useEventName } from "../../data/customers/touchpoint.ts";
import { type IconType, LinkButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { axisAround, Interval } from "../../design/interval.tsx";
import { Link } from "../../design/link.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { Alert, Feed } from "../../design/timeline.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { VERDICT_TONE, verdictOf } from "../../offer/experiments/verdict.ts";
import { WorthChart } from "../../offer/experiments/worth-chart.tsx";
import { hasPage } from "../../shell/pages.ts";
import { useMay } from "../../shell/session.tsx";
import { type Effect, liveQuery, type Turning } from "./queries.ts";

type Measured = Exclude<Effect, { state: "no_decision" }>;

/** What was changed, and did it help: the offers, against their holdout. */
export function Changes({ effect }: { effect: Effect }) {
  const { t } = useTranslation("turn");
  const f = useFormats();
  const verdict = verdictOf(effect);
  const columns: Column<Measured>[] = [
    {
      id: "change",
      head: t("changes.change"),
      lead: true,
      minWidth: 13,
      cell: () => (
        <span>
          <span className="t-name">{t("changes.offers")}</span>
          <span className="sub">{t("changes.offersSub")}</span>
        </span>
      ),
    },
    { id: "on", head: t("changes.on"), cell: () => t("changes.value") },
    {
      id: "effect",
      head: t("changes.effect"),
      minWidth: 9,
      cell: (row) =>
        row.perCustomer && row.state === "known" ? (
          <Interval
            estimate={row.perCustomer}
            format={(value) => f.money(value, { signed: true })}
            axis={axisAround([row.perCustomer], 0)}
          />
        ) : (
          "–"
        ),
    },
    {
      id: "treated",
      head: t("changes.treated"),
      right: true,
      cell: (row) => (
        <NumberLink customers={{ filter: "holdout_arm", value: "treated" }} from={t("changes.treated")}>
          {f.number(row.treated.customers)}
        </NumberLink>
      ),
    },
    {
      id: "worth",
      head: t("changes.worth"),
      right: true,
      cell: (row) =>
        row.worth && row.state === "known" ? (
          <span className="nowrap">
            {f.money(row.worth.value, { compact: true, signed: true })}
            <span className="sub">
              {f.interval(
                f.money(row.worth.low, { compact: true }),
                f.money(row.worth.high, { compact: true }),
              )}
            </span>
          </span>
        ) : (
          "–"
        ),
    },
    {
      id: "verdict",
      head: t("changes.verdict"),
      cell: () => <Chip tone={VERDICT_TONE[verdict]}>{t(`experiments:verdict.${verdict}`)}</Chip>,
    },
  ];
  return (
    <Panel
      question={t("changes.question")}
      how={[t("changes.how"), t("changes.holdout")]}
      flush
      actions={
        <LinkButton kind="quiet" to="/experiments">
          {t("changes.more")}
        </LinkButton>
      }
      state={
        effect.state === "no_decision"
          ? {
              kind: "empty",
              content: (
                <EmptyState
                  icon={IconGift}
                  title={t("changes.none")}
                  actions={<LinkButton to="/offers">{t("changes.noneDo")}</LinkButton>}
                >
                  {t("changes.noneText")}
                </EmptyState>
              ),
            }
          : { kind: "ready" }
      }
    >
      {effect.state === "no_decision" ? null : (
        <DataTable label={t("changes.question")} columns={columns} rows={[effect]} rowId={() => "offers"} />
      )}
    </Panel>
  );
}

/** What the loop has been worth, instant by instant. Only where it may be said. */
export function WorthSoFar({ effect }: { effect: Effect }) {
  const { t } = useTranslation("experiments");
  if (effect.state !== "known" || effect.history.length < 2) return null;
  return (
    <Panel question={t("history.question")} how={[t("history.how")]}>
      <WorthChart history={effect.history} />
    </Panel>
  );
}

/** What customers say: the Net Promoter Score of the period. */
export function Voice({ nps }: { nps: Turning["nps"] }) {
  const { t } = useTranslation("turn");
  const may = useMay();
  const f = useFormats();
  return (
    <Panel
      question={t("nps.question")}
      how={[t("nps.how")]}
      actions={
        <LinkButton kind="quiet" to="/surveys">
          {t("nps.more")}
        </LinkButton>
      }
      state={
        nps.estimate
          ? { kind: "ready" }
          : {
              kind: "empty",
              content: (
                <EmptyState
                  icon={IconStar}
                  title={t("nps.none")}
                  actions={
                    may("experience:write") ? (
                      <LinkButton to="/surveys/new">{t("nps.noneDo")}</LinkButton>
                    ) : null
                  }
                >
                  {t("nps.noneText")}
                </EmptyState>
              ),
            }
      }
    >
      {nps.estimate ? (
        <Interval
          size="lg"
          estimate={{ value: nps.estimate.score, low: nps.estimate.low, high: nps.estimate.high }}
          format={(value) => f.number(Math.round(value), { signed: true })}
          axis={{ from: -100, to: 100, zero: 0 }}
          customers={{ filter: "survey", value: "all" }}
          from={t("nps.question")}
          note={t("nps.answers", { count: nps.answers, answers: f.number(nps.answers) })}
        />
      ) : null}
    </Panel>
  );
}

type NeedCode = Turning["needs"][number]["code"];
const needViews: Record<NeedCode, { icon: IconType; tone: "bad" | "warn"; to: string }> = {
  detractors: { icon: IconMessageReport, tone: "bad", to: "/survey-alerts" },
  without_rate: { icon: IconCoins, tone: "warn", to: "/settings" },
  rejected: { icon: IconAlertTriangle, tone: "warn", to: "/events" },
  duplicates: { icon: IconUsers, tone: "warn", to: "/duplicates" },
};

/** What waits for a person. */
export function Needs({ needs }: { needs: Turning["needs"] }) {
  const { t } = useTranslation("turn");
  const f = useFormats();
  const may = useMay();
  return (
    <Panel question={t("needs.question")}>
      {needs.length === 0 ? (
        <p className="soft">{t("needs.none")}</p>
      ) : (
        <div>
          {needs.map(({ code, count }) => (
            <Alert
              key={code}
              tone={needViews[code].tone}
              icon={needViews[code].icon}
              title={t(`needs.${code}`, { count, n: f.number(count) })}
              action={
                hasPage(needViews[code].to, may) ? (
                  <LinkButton kind="quiet" to={needViews[code].to}>
                    {t(`needs.${code}Do`)}
                  </LinkButton>
                ) : null
              }
            >
              {t(`needs.${code}Text`)}
            </Alert>
          ))}
        </div>
      )}
    </Panel>
  );
}

/** What comes in right now, dropped events included. */
export function Now() {
  const { t } = useTranslation("turn");
  const live = useQuery(liveQuery);
  const nameOf = useEventName();
  const items = (live.data?.items ?? []).map((item, index) => {
    const isKept = item.outcome === "kept";
    return {
      id: `${item.at} ${index}`,
      at: item.at,
      icon: isKept ? iconOf(item.name) : IconLock,
      text: isKept ? (
        <>
          {item.customer ? (
            <Link to={`/customers/${item.customer}`}>
              <b>{t("now.customer")}</b>
            </Link>
          ) : (
            <b>{t("now.nobody")}</b>
          )}{" "}
          {nameOf(item.name)}
        </>
      ) : (
        <>
          <b>{t("now.stopped")}</b> {nameOf(item.name)}
        </>
      ),
    };
  });
  return (
    <Panel
      question={t("now.question")}
      state={stateOf(live, {
        shape: "text",
        empty: (data) => data.items.length === 0 && <p className="soft">{t("now.none")}</p>,
      })}
      actions={
        <LinkButton kind="quiet" to="/events">
          {t("now.more")}
        </LinkButton>
      }
    >
      <Feed label={t("now.question")} items={items} />
    </Panel>
  );
}
