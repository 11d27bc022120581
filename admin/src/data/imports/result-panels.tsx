import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Note } from "../../design/note.tsx";
import { Fact, Strip } from "../../design/page.tsx";
import { Panel } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Import, Result } from "./queries.ts";

interface Reason {
  reason: string;
  words: string;
  lines: number;
}

/** What came of every line: taken, changed, known, set aside by a rule, rejected with the reason. */
export function ResultPanels({
  one,
  result,
  rejectedLink,
}: {
  one: Import;
  result: Result;
  rejectedLink: ReactNode;
}) {
  const { t } = useTranslation("imports");
  const f = useFormats();
  const isTry = one.state === "checked";
  const number = (value: number) => f.number(value);
  const reasons = (counts: Record<string, number>, kind: "leftOut" | "reason"): Reason[] =>
    Object.entries(counts)
      .map(([reason, lines]) => ({ reason, lines, words: t(`${kind}.${reason}`, { defaultValue: reason }) }))
      .sort((a, b) => b.lines - a.lines);
  const columns: Column<Reason>[] = [
    { id: "words", head: t("result.reason"), lead: true, cell: (row) => row.words },
    { id: "lines", head: t("result.lines"), right: true, cell: (row) => number(row.lines) },
  ];
  return (
    <>
      <Strip>
        {(["accepted", "updated", "unchanged", "rejected"] as const).map((what) => (
          <Fact key={what} question={t(`result.${isTry ? "would." : ""}${what}`)}>
            <b className="num">{number(result[what])}</b>
            <span className="sm dim">{t(`result.${what}Text`)}</span>
          </Fact>
        ))}
      </Strip>
      <Panel
        question={t(isTry ? "result.wouldQuestion" : "result.question")}
        reading={
          one.kind === "orders"
            ? t(result.reviews ? "result.readingReviews" : "result.reading", {
                orders: number(result.orders),
                refunds: number(result.refunds),
                reviews: number(result.reviews),
                customers: number(result.customers),
                fresh: number(result.newCustomers),
              })
            : t(one.kind === "costs" ? "result.listedCosts" : "result.listedReading", {
                records: number(result.records.accepted + result.records.updated + result.records.unchanged),
                kind: t(`kind.${one.kind}`),
                customers: number(result.customers),
                fresh: number(result.newCustomers),
              })
        }
        how={[
          t("result.sum", {
            read: number(result.read),
            accepted: number(result.accepted),
            updated: number(result.updated),
            unchanged: number(result.unchanged),
            leftOut: number(result.leftOut),
            rejected: number(result.rejected),
            lookup: number(result.lookup),
          }),
          t("result.seconds", { time: f.duration(result.seconds * 1000) }),
        ]}
      >
        <ul className="stack">
          {result.records.withdrawn > 0 ? (
            <li>{t("result.withdrawn", { count: result.records.withdrawn })}</li>
          ) : null}
          {Object.entries(result.others).map(([name, records]) => (
            <li key={name}>
              {t("result.named", {
                name: t(`event.${name}`, { ns: "customers", defaultValue: name }),
                records: number(records),
              })}
            </li>
          ))}
          {result.linesWithoutCustomer > 0 ? (
            <li>
              {t(one.kind === "orders" ? "result.nobody" : "result.listedNobody", {
                lines: number(result.linesWithoutCustomer),
              })}
            </li>
          ) : null}
          {result.equalLines > 0 ? <li>{t("result.equal", { lines: number(result.equalLines) })}</li> : null}
          {result.linesConverted > 0 ? (
            <li>{t("result.converted", { lines: number(result.linesConverted) })}</li>
          ) : null}
        </ul>
        {result.withoutRate > 0 ? (
          <Note tone="warn">
            {t("result.withoutRate", { count: result.withoutRate, currency: one.currency })}
          </Note>
        ) : null}
      </Panel>
      {result.rejected > 0 ? (
        <Panel question={t("rejected.question")} reading={t("rejected.reading")} actions={rejectedLink} flush>
          <DataTable
            label={t("rejected.question")}
            columns={columns}
            rows={reasons(result.rejectedBy, "reason")}
            rowId={(row) => row.reason}
          />
        </Panel>
      ) : null}
      {result.leftOut > 0 ? (
        <Panel question={t("leftOut.question")} reading={t("leftOut.reading")} flush>
          <DataTable
            label={t("leftOut.question")}
            columns={columns}
            rows={reasons(result.leftOutBy, "leftOut")}
            rowId={(row) => row.reason}
          />
        </Panel>
      ) : null}
    </>
  );
}
