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
    { id: "buyers", head: t("buyers"), right: true, cell: (row) => f.number(row.buyers) },
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
        <li>
          <NumberLink {...(mixed > 0 ? { customers: { filter: "holdout_mixed" } } : {})} from={t("title")}>
            {f.number(mixed)}
          </NumberLink>{" "}
          {t("mixed", { count: mixed })}
        </li>
        <li>
          {f.number(withdrawn)} {t("withdrawn", { count: withdrawn })}
        </li>
        {withoutRate > 0 ? (
          <li>
            {f.number(withoutRate)} {t("withoutRate", { count: withoutRate })}
          </li>
        ) : null}
      </ul>
    </div>
  );
}
