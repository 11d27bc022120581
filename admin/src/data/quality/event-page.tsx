import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../design/button.tsx";
import { DataTable } from "../../design/data-table.tsx";
import { Note } from "../../design/note.tsx";
import { Grid, Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { usePathValue } from "../../shell/path-value.ts";
import { useEventName } from "../customers/touchpoint.ts";
import { HealthChip } from "./health-chip.tsx";
import { PropertiesPanel } from "./properties-panel.tsx";
import "./quality.css";
import { catalogueEvent } from "./queries.ts";
import { SchemaPanel, ViolationsPanel } from "./schema-panel.tsx";
import { VolumePanel } from "./volume-panel.tsx";
import { WordsPanel } from "./words-panel.tsx";

/** One event: how it is doing, what it holds, who looks after it. */
export default function EventPage() {
  const { t } = useTranslation("quality");
  const f = useFormats();
  const nameOf = useEventName();
  const name = usePathValue("name");
  const event = useQuery(catalogueEvent(name));
  if (!event.data) {
    return (
      <Page title={nameOf(name)}>
        <Panel
          question={t("one")}
          state={stateOf(event, {
            shape: "table",
            empty: () => (
              <EmptyState
                title={t("missing")}
                actions={<LinkButton to="/event-catalogue">{t("title")}</LinkButton>}
              />
            ),
          })}
        />
      </Page>
    );
  }
  const { data } = event;
  const title = nameOf(name);
  return (
    <Page
      title={title}
      mark={<HealthChip health={data.health} />}
      reading={
        <>
          {title === name ? null : <span className="mono">{name}. </span>}
          {t("seen", {
            count: data.events,
            n: f.number(data.events),
            since: f.date(data.firstAt),
            last: f.dateTime(data.lastAt),
          })}
        </>
      }
    >
      {data.health === "steady" || data.health === "new" ? null : (
        <Note tone={data.health === "silent" ? "bad" : "warn"}>{t(`healthText.${data.health}`)}</Note>
      )}
      <Grid columns="3:2">
        <Stack>
          <VolumePanel days={data.days} />
          <PropertiesPanel event={data} />
          <ViolationsPanel event={data} />
        </Stack>
        <Stack>
          <WordsPanel key={`words ${name}`} event={data} />
          <SchemaPanel key={`schema ${name}`} event={data} />
          <Panel question={t("whoSends")} flush>
            <DataTable
              label={t("whoSends")}
              dense
              columns={[
                { id: "source", head: t("source"), lead: true, cell: (row) => row.source || t("gone") },
                { id: "last", head: t("lastDay"), right: true, cell: (row) => f.date(row.lastDay) },
                { id: "events", head: t("events"), right: true, cell: (row) => f.number(row.events) },
              ]}
              rows={data.bySource}
              rowId={(row) => row.source}
            />
          </Panel>
        </Stack>
      </Grid>
    </Page>
  );
}
