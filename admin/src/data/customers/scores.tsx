import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Interval } from "../../design/interval.tsx";
import { Fact, Strip } from "../../design/page.tsx";
import { stateOf } from "../../design/panel.tsx";
import { ErrorState, NoAccess, Skeleton } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { type CustomerInsight, customer, customerInsight } from "./queries.ts";

/** What the customer is worth and how far along they are, or in each place why nobody can say. */
export function Scores({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const one = useQuery(customer(id));
  const insight = useQuery(customerInsight(id));
  const state = stateOf(insight);
  return (
    <Strip label={t("page.worth")}>
      {state.kind === "error" || state.kind === "noAccess" ? (
        <div className="whole">
          {state.kind === "error" ? (
            <ErrorState error={state.error} {...(state.retry ? { retry: state.retry } : {})} />
          ) : (
            <NoAccess />
          )}
        </div>
      ) : (
        <>
          <Fact question={t("page.expected")}>
            {insight.data ? <Expected insight={insight.data} /> : <Skeleton shape="number" />}
          </Fact>
          <Fact question={t("page.alive")}>
            {insight.data ? <Alive insight={insight.data} /> : <Skeleton shape="number" />}
          </Fact>
          <Fact question={t("page.stage")}>
            {insight.data ? <Stage insight={insight.data} /> : <Skeleton shape="number" />}
          </Fact>
        </>
      )}
      <Fact question={t("page.paid")}>
        {one.data ? <Paid {...one.data.orders} /> : <Skeleton shape="number" />}
      </Fact>
    </Strip>
  );
}

function Expected({ insight }: { insight: CustomerInsight }) {
  const f = useFormats();
  const { value, valueState, dataUntil } = insight;
  if (value?.expectedMinor == null || value.low95Minor == null || value.high95Minor == null) {
    return <None state={valueState} dataUntil={dataUntil} />;
  }
  return (
    <Interval
      size="xl"
      estimate={{
        value: value.expectedMinor,
        low: value.low95Minor,
        high: value.high95Minor,
        coreLow: value.low50Minor ?? undefined,
        coreHigh: value.high50Minor ?? undefined,
      }}
      axis={{ from: 0, to: Math.max(100, value.high95Minor) }}
      format={(minor) => f.money(minor, { whole: true })}
    />
  );
}

function Alive({ insight }: { insight: CustomerInsight }) {
  const f = useFormats();
  if (insight.value?.pAlive == null) {
    return <None state={insight.valueState} dataUntil={insight.dataUntil} />;
  }
  return <b className="v">{f.percent(insight.value.pAlive)}</b>;
}

/** The stage of today, and as a bar the stays that led to it. */
function Stage({ insight }: { insight: CustomerInsight }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const { stage, stages } = insight;
  if (!stage) return <None state={insight.stageState} dataUntil={insight.dataUntil} />;
  return (
    <>
      <b className="v">{t(`lifecycle:stage.${stage.stage}`)}</b>
      {stages.length > 1 ? (
        <div className="stages" aria-hidden="true">
          {stages.slice(-8).map((stay) => (
            <i key={`${stay.stage} ${stay.since}`} className={stay.ended === null ? "on" : "was"} />
          ))}
        </div>
      ) : null}
      <p>{t("page.since", { date: f.date(`${stage.since}T12:00:00Z`) })}</p>
    </>
  );
}

function Paid({ orders, valueMinor }: { orders: number; valueMinor: number }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  return (
    <>
      <b className="v">{f.money(valueMinor)}</b>
      <p>{t("page.orderCount", { count: orders, orders: f.number(orders) })}</p>
    </>
  );
}

type State = CustomerInsight["valueState"] | CustomerInsight["stageState"];

function None({ state, dataUntil }: { state: State; dataUntil: string | null }): ReactNode {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const until = dataUntil ? f.date(`${dataUntil}T12:00:00Z`) : "–";
  return (
    <>
      <b>{t(`page.none.${state}`)}</b>
      <p>{t(`page.noneText.${state}`, { until })}</p>
    </>
  );
}
