import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { axisAround, Interval } from "../../design/interval.tsx";
import { Note } from "../../design/note.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { TooEarly } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { MeasuredEffect } from "./queries.ts";

interface ArmRow {
  arm: "treated" | "holdout";
  customers: number;
  buyers: number;
  meanMinor: number;
}

/** Both arms side by side, and what they differ by. */
export function ArmsTable({ effect }: { effect: MeasuredEffect }) {
  const { t } = useTranslation("experiments");
  const f = useFormats();
  const rows: ArmRow[] = [
    { arm: "treated", ...effect.treated },
    { arm: "holdout", ...effect.holdout },
  ];
  const columns: Column<ArmRow>[] = [
    { id: "arm", head: t("arm"), lead: true, cell: (row) => <b>{t(`arm.${row.arm}`)}</b> },
    {
      id: "customers",
      head: t("customers"),
      right: true,
      cell: (row) => (
        <NumberLink customers={{ filter: "holdout_arm", value: row.arm }} from={t(`arm.${row.arm}`)}>
          {f.number(row.customers)}
        </NumberLink>
      ),
    },
    {
      id: "buyers",
      head: t("buyers"),
      right: true,
      cell: (row) => (
        <NumberLink
          {...(row.buyers > 0 ? { customers: { filter: "holdout_buyers", value: row.arm } } : {})}
          from={t("buyersOf", { arm: t(`arm.${row.arm}`) })}
        >
          {f.number(row.buyers)}
        </NumberLink>
      ),
    },
    {
      id: "share",
      head: t("buyersShare"),
      right: true,
      cell: (row) => (row.customers > 0 ? f.percent(row.buyers / row.customers) : "–"),
    },
    {
      id: "mean",
      head: t("mean"),
      right: true,
      cell: (row) => (row.customers > 0 ? f.money(row.meanMinor) : "–"),
    },
  ];
  return <DataTable label={t("arms.question")} columns={columns} rows={rows} rowId={(row) => row.arm} />;
}

/** The differences between the arms, each with its interval and a strip of its own unit. */
export function Differences({ effect }: { effect: MeasuredEffect }) {
  const { t } = useTranslation("experiments");
  const f = useFormats();
  const treated = { filter: "holdout_arm", value: "treated" };
  const both = { filter: "holdout_arm" };
  return (
    <div className="stack s4">
      {effect.worth ? (
        <div>
          <p className="q">{t("worth")}</p>
          <Interval
            size="lg"
            estimate={effect.worth}
            format={(value) => f.money(value, { compact: true, signed: true })}
            axis={axisAround([effect.worth], 0)}
            customers={treated}
            from={t("worth")}
          />
        </div>
      ) : null}
      {effect.perCustomer ? (
        <div>
          <p className="q">{t("perCustomer")}</p>
          <Interval
            size="md"
            estimate={effect.perCustomer}
            format={(value) => f.money(value, { signed: true })}
            axis={axisAround([effect.perCustomer], 0)}
            customers={both}
            from={t("perCustomer")}
          />
        </div>
      ) : null}
      {effect.buyersDifference ? (
        <div>
          <p className="q">{t("buyersMore")}</p>
          <Interval
            size="md"
            estimate={effect.buyersDifference}
            format={(value) => f.points(value)}
            axis={axisAround([effect.buyersDifference], 0)}
            customers={{ filter: "holdout_buyers" }}
            from={t("buyersMore")}
          />
        </div>
      ) : null}
    </div>
  );
}

/** Too early: what is there, what is missing, and when it will be known. */
export function Waiting({ effect }: { effect: Extract<MeasuredEffect, { state: "too_early" }> }) {
  const { t } = useTranslation("experiments");
  const f = useFormats();
  const compared = effect.treated.customers + effect.holdout.customers;
  const needed = compared + effect.customersMissing;
  return (
    <TooEarly known={compared} needed={needed} {...(effect.knownAt ? { when: effect.knownAt } : {})}>
      <p>
        {t("minimum", {
          customers: f.number(effect.minimum.customers),
          buyers: f.number(effect.minimum.buyers),
        })}{" "}
        {effect.customersMissing === 0 ? t("noBuyers") : effect.knownAt ? null : t("noPace")}
      </p>
    </TooEarly>
  );
}

/** Do the arms have the sizes they should, and who was left out? */
export function Trustworthiness({ effect }: { effect: MeasuredEffect }) {
  const { t } = useTranslation("experiments");
  const f = useFormats();
  const { ratio, mixed, withdrawn, withoutRate } = effect;
  const all = effect.treated.customers + effect.holdout.customers;
  const values = {
    planned: f.percent(ratio.plannedHoldoutShare),
    found: f.percent(all > 0 ? effect.holdout.customers / all : 0),
    p: ratio.pValue < 0.001 ? f.number(0.001, { digits: 3 }) : f.number(ratio.pValue, { digits: 3 }),
  };
  return (
    <div className="stack s3">
      <Note tone={ratio.mismatch ? "bad" : "good"}>
        {t(ratio.mismatch ? "ratio.mismatch" : "ratio.fits", values)}
      </Note>
      <ul className="plain stack">
        <LeftOut count={mixed} filter="holdout_mixed" words={t("mixed", { count: mixed })} />
        <LeftOut count={withdrawn} filter="holdout_withdrawn" words={t("withdrawn", { count: withdrawn })} />
        {withoutRate > 0 ? (
          <LeftOut
            count={withoutRate}
            filter="holdout_without_rate"
            words={t("withoutRate", { count: withoutRate })}
          />
        ) : null}
      </ul>
    </div>
  );
}

/** How many are not in the comparison, with them behind it. */
function LeftOut({ count, filter, words }: { count: number; filter: string; words: string }) {
  const { t } = useTranslation("experiments");
  const f = useFormats();
  return (
    <li>
      <NumberLink {...(count > 0 ? { customers: { filter } } : {})} from={t("title")}>
        {f.number(count)}
      </NumberLink>{" "}
      {words}
    </li>
  );
}
