import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { Panel } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { AttributionAnswer, AttributionAsk } from "./queries.ts";

const kinds = ["converted", "untouched", "null", "waiting"] as const;
interface KindRow {
  kind: (typeof kinds)[number];
}

/** Which journeys the numbers stand on, and what they do not know. */
export function JourneysPanel({ ask, answer }: { ask: AttributionAsk; answer: AttributionAnswer }) {
  const { t } = useTranslation("attribution");
  const f = useFormats();
  const question = t("journeys");
  const { journeys } = answer;
  const columns: Column<KindRow>[] = [
    { id: "kind", head: t("ended"), lead: true, cell: ({ kind }) => t(`kind.${kind}`) },
    {
      id: "journeys",
      head: t("count"),
      right: true,
      cell: ({ kind }) => (
        <NumberLink
          customers={{ filter: "attribution.journeys", value: JSON.stringify({ ask, kind }) }}
          from={question}
        >
          {f.number(journeys[kind])}
        </NumberLink>
      ),
    },
    { id: "says", head: t("meaning"), cell: ({ kind }) => <span className="soft">{t(`says.${kind}`)}</span> },
  ];
  const words = {
    private: f.number(journeys.untouchedPrivate),
    notKept: f.number(answer.notKept),
    long: f.number(journeys.long),
  };
  return (
    <Panel
      question={question}
      flush
      reading={
        answer.remarks.length ? answer.remarks.map((remark) => t(`remark.${remark}`, words)).join(" ") : null
      }
      how={[t("journeysHow")]}
    >
      <DataTable
        dense
        label={question}
        columns={columns}
        rows={kinds.map((kind) => ({ kind }))}
        rowId={(row) => row.kind}
      />
    </Panel>
  );
}
