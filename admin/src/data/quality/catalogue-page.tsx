import { TextInput } from "@mantine/core";
import { IconAlertTriangle, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Icon, LinkButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable, usePages } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Note } from "../../design/note.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { type RawSearch, searchText, usePageSearch } from "../../shell/search.ts";
import { useEventName } from "../customers/touchpoint.ts";
import { HealthChip } from "./health-chip.tsx";
import "./quality.css";
import { type CatalogueEntry, eventCatalogue } from "./queries.ts";
import { VolumeBars } from "./volume-bars.tsx";

const readSearch = (raw: RawSearch) => ({ q: searchText(raw.q) });
const needsLook = ({ health, violations }: CatalogueEntry) =>
  violations > 0 || ["silent", "fewer", "more"].includes(health);

/** Which events come in, how they are doing, and what they mean. */
export default function CataloguePage() {
  const { t } = useTranslation("quality");
  const f = useFormats();
  const nameOf = useEventName();
  const [search, setSearch] = usePageSearch(readSearch);
  const catalogue = useQuery(eventCatalogue());
  const all = catalogue.data?.items ?? [];
  const wanted = search.q?.toLowerCase() ?? "";
  const found = all.filter((one) =>
    [one.name, nameOf(one.name), one.description, one.owner, ...one.sources].some((words) =>
      words.toLowerCase().includes(wanted),
    ),
  );
  const { rows, paging } = usePages(found);
  const odd = all.filter(needsLook).length;
  const columns: Column<CatalogueEntry>[] = [
    {
      id: "name",
      head: t("event"),
      lead: true,
      cell: (row) => (
        <>
          <Link to={`/event-catalogue/${encodeURIComponent(row.name)}`}>{nameOf(row.name)}</Link>
          {row.description ? <div className="sm dim">{row.description}</div> : null}
        </>
      ),
    },
    {
      id: "health",
      head: t("health"),
      plain: true,
      cell: (row) => (
        <span className="row tight">
          <HealthChip health={row.health} />
          {row.violations ? (
            <Chip tone="watch" icon={IconAlertTriangle}>
              {t("oddEvents", { count: row.violations, n: f.number(row.violations) })}
            </Chip>
          ) : null}
        </span>
      ),
    },
    { id: "days", head: t("days"), minWidth: 8, cell: (row) => <VolumeBars days={row.days} /> },
    { id: "last", head: t("last"), right: true, cell: (row) => f.dateTime(row.lastAt) },
    { id: "events", head: t("events"), right: true, cell: (row) => f.number(row.events) },
    {
      id: "properties",
      head: t("properties"),
      right: true,
      cell: (row) =>
        row.personal
          ? t("propertiesPersonal", { n: f.number(row.properties), personal: f.number(row.personal) })
          : f.number(row.properties),
    },
    { id: "sources", head: t("sources"), plain: true, cell: (row) => row.sources.join(", ") || "–" },
    { id: "owner", head: t("owner"), plain: true, cell: (row) => row.owner || "–" },
  ];
  return (
    <Page
      title={t("title")}
      reading={
        all.length
          ? t(odd ? "readingOdd" : "reading", {
              count: all.length,
              odd: t("odd", { count: odd, n: f.number(odd) }),
            })
          : null
      }
    >
      <PageTabs here="/event-catalogue" />
      {catalogue.data?.beyond ? (
        <Note tone="warn">{t("beyond", { n: f.number(catalogue.data.beyond) })}</Note>
      ) : null}
      <Panel
        question={t("which")}
        flush
        how={[t("how"), t("howHealth")]}
        state={stateOf(catalogue, {
          shape: "table",
          empty: (data) =>
            data.items.length === 0 && (
              <EmptyState title={t("none")} actions={<LinkButton to="/connect">{t("connect")}</LinkButton>}>
                {t("noneText")}
              </EmptyState>
            ),
        })}
      >
        <div className="pad">
          <TextInput
            aria-label={t("search")}
            placeholder={t("search")}
            leftSection={<Icon of={IconSearch} />}
            value={search.q ?? ""}
            onChange={(event) => setSearch({ q: event.currentTarget.value || undefined })}
          />
        </div>
        {found.length ? (
          <DataTable
            label={t("title")}
            dense
            columns={columns}
            rows={rows}
            paging={paging}
            rowId={(row) => row.name}
          />
        ) : (
          <EmptyState title={t("noneFound")} />
        )}
      </Panel>
    </Page>
  );
}
