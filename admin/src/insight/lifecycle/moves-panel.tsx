import { NativeSelect } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { Panel } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Lifecycle, Stage } from "./queries.ts";

type Move = NonNullable<Lifecycle["moves"]>["rows"][number];

const worse: Stage[] = ["at_risk", "lapsed"];

/** Who moved from which stage to which in the last weeks observed. */
export function MovesPanel({
  data,
  days,
  spans,
  onDays,
}: {
  data: Lifecycle;
  days: number;
  spans: number[];
  onDays: (days: number) => void;
}) {
  const { t } = useTranslation("lifecycle");
  const f = useFormats();
  const moves = data.moves;
  const question = t("moves");
  const columns: Column<Move>[] = [
    { id: "from", head: t("before"), lead: true, cell: (row) => t(`stage.${row.previous}`) },
    {
      id: "to",
      head: t("after"),
      cell: (row) => <Chip tone={worse.includes(row.stage) ? "bad" : "good"}>{t(`stage.${row.stage}`)}</Chip>,
    },
    {
      id: "customers",
      head: t("customers"),
      right: true,
      cell: (row) => (
        <NumberLink
          customers={{
            filter: "lifecycle.moved",
            value: `${row.previous}>${row.stage}@${moves?.from}..${moves?.to}`,
          }}
          from={question}
        >
          {f.number(row.customers)}
        </NumberLink>
      ),
    },
  ];
  const rows = moves?.rows ?? [];
  const lost = rows.reduce((sum, row) => sum + (row.stage === "lapsed" ? row.customers : 0), 0);
  const back = rows.reduce((sum, row) => sum + (row.stage === "won_back" ? row.customers : 0), 0);
  return (
    <Panel
      question={question}
      flush
      reading={rows.length ? t("movesReading", { lost: f.number(lost), back: f.number(back) }) : null}
      how={
        moves
          ? [t("movesHow", { from: f.date(`${moves.from}T12:00:00Z`), to: f.date(`${moves.to}T12:00:00Z`) })]
          : []
      }
      actions={
        <NativeSelect
          aria-label={t("span")}
          value={String(days)}
          data={spans.map((span) => ({ value: String(span), label: t("lastDays", { count: span }) }))}
          onChange={(event) => onDays(Number(event.currentTarget.value))}
        />
      }
    >
      {rows.length ? (
        <DataTable
          dense
          label={question}
          columns={columns}
          rows={rows}
          rowId={(row) => `${row.previous}-${row.stage}`}
        />
      ) : (
        <EmptyState title={t("noMoves")} />
      )}
    </Panel>
  );
}
