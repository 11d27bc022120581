import { Modal, Select, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Note } from "../../design/note.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { useMay } from "../../shell/session.tsx";
import { type Source, sourceList } from "./queries.ts";

/** Where events come from: websites, servers, imports and Rondell itself. */
export default function SourcesPage() {
  const { t } = useTranslation("sources");
  const f = useFormats();
  const may = useMay();
  const list = useQuery(sourceList());
  const [isMaking, setMaking] = useState(false);
  const columns: Column<Source>[] = [
    {
      id: "name",
      head: t("name"),
      lead: true,
      cell: (source) => (
        <Link to={`/sources/${source.id}`}>
          <b>{source.name}</b>
        </Link>
      ),
    },
    { id: "kind", head: t("kind"), cell: (source) => t(`kind.${source.kind}`) },
    { id: "consent", head: t("consent"), cell: (source) => t(`mode.${source.consentMode}`) },
    {
      id: "state",
      head: t("state"),
      // Rondell's own sources and imports have no key, so nobody connects them.
      cell: (source) =>
        source.writeKey === null ? (
          "–"
        ) : (
          <Chip tone={!source.enabled ? "watch" : source.lastEventAt ? "good" : "plain"}>
            {t(!source.enabled ? "state.off" : source.lastEventAt ? "state.connected" : "state.waiting")}
          </Chip>
        ),
    },
    {
      id: "last",
      head: t("last"),
      right: true,
      cell: (source) => (source.lastEventAt ? f.dateTime(source.lastEventAt) : "–"),
    },
  ];
  const mayWrite = may("settings:write");
  return (
    <Page
      title={t("title")}
      reading={t("reading")}
      actions={
        mayWrite ? (
          <>
            <Button icon={IconPlus} onClick={() => setMaking(true)}>
              {t("new")}
            </Button>
            <LinkButton kind="main" to="/connect">
              {t("connect.title")}
            </LinkButton>
          </>
        ) : null
      }
    >
      <PageTabs here="/sources" />
      <Panel
        question={t("which")}
        flush
        how={[t("how")]}
        state={stateOf(list, {
          shape: "table",
          empty: (data) =>
            data.sources.length === 0 && (
              <EmptyState
                title={t("none")}
                actions={mayWrite ? <LinkButton to="/connect">{t("connect.title")}</LinkButton> : null}
              >
                {t("noneText")}
              </EmptyState>
            ),
        })}
      >
        {list.data ? (
          <DataTable
            label={t("title")}
            columns={columns}
            rows={list.data.sources}
            rowId={(source) => source.id}
          />
        ) : null}
      </Panel>
      <Modal
        opened={isMaking}
        onClose={() => setMaking(false)}
        title={t("new")}
        closeButtonProps={{ "aria-label": t("design:close") }}
      >
        <NewSource />
      </Modal>
    </Page>
  );
}

function NewSource() {
  const { t } = useTranslation("sources");
  const say = useRefusalText();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"browser" | "server">("server");
  const make = useMutation({
    mutationFn: () => call(api.POST("/api/sources", { body: { name: name.trim(), kind } })),
    onSuccess: async (source) => {
      await queryClient.invalidateQueries({ queryKey: ["sources"] });
      await navigate({ to: `/sources/${source.id}` as "/" });
    },
  });
  return (
    <form
      className="stack s4"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <TextInput
        label={t("name")}
        data-autofocus
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Select
        label={t("kind")}
        description={t(`kindText.${kind}`)}
        allowDeselect={false}
        value={kind}
        data={(["browser", "server"] as const).map((value) => ({ value, label: t(`kind.${value}`) }))}
        onChange={(value) => setKind(value === "browser" ? "browser" : "server")}
      />
      {make.error ? (
        <Note tone="bad" announce>
          {say(make.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      <div className="row end">
        <Button
          kind="main"
          type="submit"
          busy={make.isPending}
          disabledReason={name.trim() ? undefined : t("nameMissing")}
        >
          {t("make")}
        </Button>
      </div>
    </form>
  );
}
