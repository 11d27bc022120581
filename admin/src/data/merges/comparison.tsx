import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useTraitWords } from "../customers/trait.ts";
import type { Preview } from "./queries.ts";

interface Line {
  id: string;
  what: string;
  one: ReactNode;
  other: ReactNode;
  kept: ReactNode;
}

/** What each of the two has, and what is kept of it, line by line. */
export function Comparison({ preview, one, other }: { preview: Preview; one: string; other: string }) {
  const { t } = useTranslation("merges");
  const f = useFormats();
  const trait = useTraitWords();
  const { survivor, joined } = preview;
  const answer = (granted: boolean | null) => (
    <Chip tone={granted ? "good" : "hedge"}>
      {t(granted === null ? "answer.none" : granted ? "answer.yes" : "answer.no")}
    </Chip>
  );
  const ids = (side: Preview["survivor"]) =>
    side.identifiers.length ? (
      <span>
        {side.identifiers.slice(0, 6).map((identifier) => (
          <span key={`${identifier.kind} ${identifier.value}`} className="sub">
            {identifier.value}
          </span>
        ))}
        {side.identifiers.length > 6 ? (
          <span className="sub">{t("line.more", { count: side.identifiers.length - 6 })}</span>
        ) : null}
      </span>
    ) : (
      "–"
    );
  const earlier = survivor.firstSeenAt < joined.firstSeenAt ? survivor.firstSeenAt : joined.firstSeenAt;
  const later = survivor.lastSeenAt > joined.lastSeenAt ? survivor.lastSeenAt : joined.lastSeenAt;
  const line = (id: string, one: ReactNode, other: ReactNode, kept: ReactNode): Line => ({
    id,
    what: t(`line.${id}`),
    ...{ one, other, kept },
  });
  const lines: Line[] = [
    line("identifiers", ids(survivor), ids(joined), t("kept.both")),
    line("orders", f.number(survivor.orders), f.number(joined.orders), t("kept.orders")),
    line("value", f.money(survivor.valueMinor), f.money(joined.valueMinor), t("kept.orders")),
    line("touchpoints", f.number(survivor.touchpoints), f.number(joined.touchpoints), t("kept.both")),
    line("firstSeen", f.date(survivor.firstSeenAt), f.date(joined.firstSeenAt), f.date(earlier)),
    line("lastSeen", f.date(survivor.lastSeenAt), f.date(joined.lastSeenAt), f.date(later)),
    ...preview.traits.map((said) => ({
      id: `trait ${said.key}`,
      what: trait.name(said.key),
      one: trait.text(said.survivor),
      other: trait.text(said.joined),
      kept: <b>{trait.text(said.kept)}</b>,
    })),
    ...preview.consents.map((consent) => ({
      id: `consent ${consent.purpose}`,
      what: consent.name[f.language],
      one: answer(consent.survivor),
      other: answer(consent.joined),
      kept: answer(consent.kept),
    })),
  ];
  const columns: Column<Line>[] = [
    { id: "what", head: t("column.what"), lead: true, cell: (row) => row.what },
    { id: "one", head: t("column.one", { name: one }), cell: (row) => row.one },
    { id: "other", head: t("column.other", { name: other }), cell: (row) => row.other },
    { id: "kept", head: t("column.kept"), cell: (row) => row.kept },
  ];
  return <DataTable label={t("merge.question")} columns={columns} rows={lines} rowId={(row) => row.id} />;
}
