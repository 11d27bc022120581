import { Checkbox, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { type RawSearch, searchText, searchWord, usePageSearch } from "../../shell/search.ts";
import { type Answer, answerPages, type Group, type Survey } from "./queries.ts";
import { GroupChip } from "./state-chip.tsx";

const groups = ["detractor", "passive", "promoter"] as const;
const readSearch = (raw: RawSearch): { group: Group | undefined; reason: boolean | undefined } => ({
  group: searchWord(raw.group, groups),
  reason: searchText(raw.reason) === "true" ? true : undefined,
});

/** What they wrote, newest first, each with its customer where there is one. */
export function AnswersPanel({ survey }: { survey: Survey }) {
  const { t } = useTranslation("surveys");
  const f = useFormats();
  const [{ group, reason }, setSearch] = usePageSearch(readSearch);
  const pages = useInfiniteQuery(answerPages(survey.id, { group, withReason: reason === true }));
  const rows = pages.data?.pages.flatMap((page) => page.answers) ?? [];

  const columns: Column<Answer>[] = [
    {
      id: "score",
      head: t("answer"),
      lead: true,
      cell: (row) => <GroupChip group={row.group} score={row.score} />,
    },
    {
      id: "reason",
      head: t("reason"),
      minWidth: 18,
      cell: (row) =>
        row.reason ? <span className="said">{row.reason}</span> : <span className="dim">–</span>,
    },
    { id: "customer", head: t("customer"), cell: (row) => <Who customer={row.customer} /> },
    {
      id: "at",
      head: t("at"),
      right: true,
      cell: (row) => (
        <>
          {f.dateTime(row.answeredAt)}
          {row.changedAt ? <span className="dim"> ({t("changed")})</span> : null}
        </>
      ),
    },
    {
      id: "alert",
      head: t("followUp"),
      cell: (row) =>
        row.alert ? (
          <Link to="/survey-alerts" search={{ state: row.alert }}>
            <Chip tone={row.alert === "open" ? "watch" : "good"}>{t(`alerts.state.${row.alert}`)}</Chip>
          </Link>
        ) : null,
    },
  ];
  return (
    <Panel
      question={t("said.question")}
      state={stateOf(pages, {
        shape: "table",
        empty: () => rows.length === 0 && !group && !reason && <p className="soft">{t("said.none")}</p>,
      })}
      how={[t("said.how")]}
      flush
      actions={
        <>
          <Checkbox
            label={t("said.withReason")}
            checked={reason === true}
            onChange={(event) => setSearch({ reason: event.currentTarget.checked || undefined })}
          />
          <SegmentedControl
            aria-label={t("said.show")}
            value={group ?? "all"}
            onChange={(value) => setSearch({ group: searchWord(value, groups) })}
            data={[
              { value: "all", label: t("said.all") },
              ...groups.map((each) => ({ value: each, label: t(`group.${each}s`) })),
            ]}
          />
        </>
      }
    >
      {rows.length ? (
        <DataTable label={t("said.question")} columns={columns} rows={rows} rowId={(row) => String(row.id)} />
      ) : (
        <p className="soft pad">{t("said.noneOfGroup")}</p>
      )}
      {pages.hasNextPage ? (
        <div className="row center pad">
          <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {t("said.more")}
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

/** The customer behind an answer, or the word for nobody. */
export function Who({ customer }: { customer: Answer["customer"] }) {
  const { t } = useTranslation("surveys");
  if (!customer) return <span className="dim">{t("nameless")}</span>;
  return (
    <Link to={`/customers/${customer.id}`} className="n">
      {customer.name ?? t("unnamed", { id: customer.id })}
    </Link>
  );
}
