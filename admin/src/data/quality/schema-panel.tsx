import { SegmentedControl } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconDownload, IconUpload, IconWand } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { DataTable } from "../../design/data-table.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel } from "../../design/panel.tsx";
import { EmptyState, ErrorState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api, fileAddress, queryClient } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import type { EventDetail, SchemaMode, SchemaRule } from "./queries.ts";
import { RulesEditor } from "./rules-editor.tsx";

const modes = ["off", "report", "block"] as const;

/** What an event has to hold, and what becomes of one that does not. */
export function SchemaPanel({ event }: { event: EventDetail }) {
  const { t } = useTranslation("quality");
  const may = useMay()("data:write");
  const { name, schema } = event;
  const [mode, setMode] = useState<SchemaMode>(schema.mode);
  const [rules, setRules] = useState<SchemaRule[]>(schema.rules);
  const file = useRef<HTMLInputElement>(null);
  const isChanged = mode !== schema.mode || JSON.stringify(rules) !== JSON.stringify(schema.rules);
  const done = async (saved: EventDetail["schema"]) => {
    setMode(saved.mode);
    setRules(saved.rules);
    await queryClient.invalidateQueries({ queryKey: ["quality"] });
  };
  const save = useMutation({
    mutationFn: (own: SchemaRule[] | null) =>
      call(api.PUT("/api/events/schema", { body: { name, mode, rules: own } })),
    onSuccess: async (saved, own) => {
      const before = schema.rules;
      await done(saved);
      if (own || schema.origin !== "own") notifyDone(t("saved"));
      else
        notifyDone(t("schema.forgotten"), {
          label: t("schema.forgotten.undo"),
          run: () => save.mutate(before),
        });
    },
  });
  const draft = useMutation({
    mutationFn: () => call(api.GET("/api/events/schema/draft", { params: { query: { name } } })),
    onSuccess: (made) => {
      setRules(made.rules);
      if (mode === "off") setMode("report");
    },
  });
  const take = useMutation({
    mutationFn: async (chosen: File) => {
      let read: unknown;
      try {
        read = JSON.parse(await chosen.text());
      } catch {
        throw new Error(t("schema.notJson"));
      }
      return call(
        api.PUT("/api/events/schema/json", { body: { name, mode, schema: read as Record<string, never> } }),
      );
    },
    onSuccess: async (saved) => {
      await done(saved);
      notifyDone(t("saved"));
    },
  });
  const failed = save.error ?? draft.error ?? take.error;
  const keepsBuiltIn = schema.origin !== "own" && JSON.stringify(rules) === JSON.stringify(schema.rules);
  return (
    <Panel
      question={t("schema.question")}
      reading={t(`schema.mode.${mode}Text`)}
      how={[t("schema.how")]}
      actions={schema.origin === "built_in" ? <Chip>{t("schema.builtIn")}</Chip> : null}
    >
      <div className="stack s4">
        <SegmentedControl
          aria-label={t("schema.question")}
          readOnly={!may}
          value={mode}
          onChange={(value) => setMode(value as SchemaMode)}
          data={modes.map((one) => ({ value: one, label: t(`schema.mode.${one}`) }))}
        />
        {rules.length ? (
          <RulesEditor rules={rules} readOnly={!may} onChange={setRules} />
        ) : (
          <EmptyState title={t("schema.none")}>{t("schema.noneText")}</EmptyState>
        )}
        {failed instanceof Error && failed.constructor === Error ? (
          <Note tone="bad" announce>
            {failed.message}
          </Note>
        ) : failed ? (
          <ErrorState error={failed} />
        ) : null}
        <div className="row">
          {may ? (
            <>
              <Button
                kind="main"
                busy={save.isPending}
                disabledReason={isChanged ? undefined : t("unchanged")}
                onClick={() => save.mutate(keepsBuiltIn ? null : rules)}
              >
                {t("save")}
              </Button>
              <Button icon={IconWand} busy={draft.isPending} onClick={() => draft.mutate()}>
                {t("schema.draft")}
              </Button>
              <Button icon={IconUpload} busy={take.isPending} onClick={() => file.current?.click()}>
                {t("schema.take")}
              </Button>
              <input
                ref={file}
                type="file"
                hidden
                accept=".json,application/json"
                onChange={(chosen) => {
                  const [one] = chosen.currentTarget.files ?? [];
                  if (one) take.mutate(one);
                  chosen.currentTarget.value = "";
                }}
              />
              {schema.origin === "own" ? (
                <Button busy={save.isPending} onClick={() => save.mutate(null)}>
                  {t("schema.forget")}
                </Button>
              ) : null}
            </>
          ) : null}
          {schema.rules.length ? (
            <a className="btn" href={fileAddress("/api/events/schema/json", { name })} download>
              <IconDownload size={16} aria-hidden /> {t("schema.give")}
            </a>
          ) : null}
        </div>
      </div>
    </Panel>
  );
}

/** What was not as it should be: how often, and the last example. */
export function ViolationsPanel({ event }: { event: EventDetail }) {
  const { t } = useTranslation("quality");
  const f = useFormats();
  type Row = EventDetail["violationList"][number];
  if (event.schema.mode === "off" && !event.violationList.length) return null;
  return (
    <Panel
      question={t("violations")}
      flush
      how={[t("violationsHow")]}
      state={
        event.violationList.length
          ? { kind: "ready" }
          : { kind: "empty", content: <EmptyState title={t("noViolations")} /> }
      }
    >
      <DataTable
        label={t("violations")}
        dense
        columns={[
          {
            id: "reason",
            head: t("violation"),
            lead: true,
            cell: (row: Row) => (
              <>
                {t(`reason.${row.reason}`, { path: row.path })}
                {row.example === null ? null : (
                  <div className="sm dim">{t("says", { example: row.example })}</div>
                )}
              </>
            ),
          },
          { id: "source", head: t("source"), plain: true, cell: (row: Row) => row.source || t("gone") },
          {
            id: "message",
            head: t("lastMessage"),
            cell: (row: Row) => <span className="mono xs">{row.messageId}</span>,
          },
          { id: "last", head: t("last"), right: true, cell: (row: Row) => f.dateTime(row.lastAt) },
          { id: "events", head: t("events"), right: true, cell: (row: Row) => f.number(row.events) },
        ]}
        rows={event.violationList}
        rowId={(row) => `${row.path} ${row.reason}`}
      />
    </Panel>
  );
}
