import { useTranslation } from "react-i18next";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { minorUnits } from "../../i18n/format.ts";
import { useFormats } from "../../i18n/hooks.ts";
import { useCodeText } from "../../i18n/refusal.ts";
import type { Example, Made, Rule } from "./queries.ts";
import { useProblemText } from "./words.ts";

interface Row {
  id: string;
  example: Example;
  made?: Made;
}

type Call = Record<string, unknown>;
const text = (value: unknown): string =>
  typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");

/** For each kept example, the events that the rules make of it now. */
export function MadeList({
  examples,
  made,
  rules,
}: {
  examples: Example[];
  made: Map<number, Made[]>;
  rules: Rule[];
}) {
  const { t } = useTranslation("webhooks");
  const f = useFormats();
  const rows: Row[] = examples.flatMap((example): Row[] => {
    const all = made.get(example.id) ?? [];
    if (!all.length) return [{ id: String(example.id), example }];
    return all.map((one, at) => ({ id: `${example.id}-${at}`, example, made: one }));
  });
  /** As money where it is some, else as it was sent: then the verdict beside it says what is wrong. */
  const amount = (revenue: unknown, currency: string) => {
    const value = Number(revenue);
    return Number.isFinite(value) && /^[A-Z]{3}$/.test(currency)
      ? f.money(Math.round(value * 10 ** minorUnits(currency)), { currency })
      : `${text(revenue)} ${currency}`;
  };
  const trackOf = ({ made: one }: Row) => one?.calls.find((call) => call.type === "track");
  const columns: Column<Row>[] = [
    { id: "at", head: t("example.at"), lead: true, cell: (row) => f.dateTime(row.example.receivedAt) },
    {
      id: "event",
      head: t("preview.event"),
      cell: (row) =>
        row.made ? (
          rules[row.made.rule]?.makes === "person" ? (
            t("makes.person")
          ) : (
            rules[row.made.rule]?.event || "–"
          )
        ) : (
          <Chip>{t("preview.none")}</Chip>
        ),
    },
    { id: "who", head: t("who"), cell: (row) => whoOf(row.made?.calls ?? []) || "–" },
    {
      id: "amount",
      head: t("field.amount"),
      right: true,
      cell: (row) => {
        const { revenue, currency } = (trackOf(row)?.properties ?? {}) as Call;
        return revenue === undefined ? "–" : amount(revenue, text(currency).toUpperCase());
      },
    },
    {
      id: "problem",
      head: t("preview.state"),
      minWidth: 16,
      cell: (row) => <Verdict row={row} />,
    },
  ];
  return <DataTable label={t("preview")} columns={columns} rows={rows} rowId={(row) => row.id} />;
}

function Verdict({ row }: { row: Row }) {
  const { t } = useTranslation("webhooks");
  const say = useProblemText();
  const sayCode = useCodeText();
  if (row.example.replayedAt) return <Chip tone="good">{t("preview.replayed")}</Chip>;
  if (!row.made) return <Chip>{t("example.unmapped")}</Chip>;
  const { fault, problems } = row.made;
  const told = problems.map((problem) => <p key={problem.field}>{say(problem)}</p>);
  return (
    <div>
      <Chip tone={fault ? "bad" : "good"}>{t(fault ? "preview.bad" : "preview.good")}</Chip>
      {fault && !problems.some((problem) => problem.stops) ? (
        <p>{sayCode(fault.code, fault.message)}</p>
      ) : (
        told
      )}
    </div>
  );
}

function whoOf(calls: readonly Call[]): string {
  const traits = calls.map((call) => call.traits as Call | undefined).find((one) => one) ?? {};
  const [call = {}] = calls;
  const anonymous = text(call.anonymousId);
  return (
    text(call.userId ?? traits.email ?? traits.phone) ||
    (/^(nobody|mail|tel)_/.test(anonymous) ? "" : anonymous)
  );
}
