import { NumberInput, Select, TextInput } from "@mantine/core";
import { ApiError, call } from "@rondell/api-client";
import { IconFolderPlus, IconX } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Grid, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { ErrorState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api } from "../../shell/api.ts";
import { useMay, useMe } from "../../shell/session.tsx";
import { type Folder, folderList, mappingList, renewImports } from "./queries.ts";

const timePattern = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Folders of the server whose files are imported by themselves: what waits, what came of the last, when the next is. */
export function FoldersPanel() {
  const { t } = useTranslation("imports");
  const f = useFormats();
  const may = useMay();
  const confirm = useConfirm();
  const told = useRefusalText();
  const list = useQuery(folderList());
  const remove = useMutation({
    mutationFn: (name: string) =>
      call(api.DELETE("/api/imports/folders/{name}", { params: { path: { name } } })),
    onSuccess: renewImports,
  });
  const askRemove = async (one: Folder) => {
    const sure = await confirm({
      title: t("folders.removeTitle", { name: one.mapping }),
      text: t("folders.removeText"),
      action: t("folders.remove"),
    });
    if (sure) remove.mutate(one.mapping);
  };
  const columns: Column<Folder>[] = [
    {
      id: "path",
      head: t("folders.path"),
      lead: true,
      cell: (one) => (
        <div>
          <b>{one.mapping}</b>
          <br />
          <code className="xs dim folderpath">{one.path}</code>
        </div>
      ),
    },
    { id: "waiting", head: t("folders.waiting"), right: true, cell: (one) => f.number(one.waiting) },
    {
      id: "last",
      head: t("folders.last"),
      cell: (one) =>
        one.last ? (
          <div>
            <Chip tone={one.last.state === "done" ? "good" : "bad"}>{t(`state.${one.last.state}`)}</Chip>{" "}
            {one.last.import ? (
              <Link to={`/imports/${one.last.import}`}>{one.last.files.join(", ")}</Link>
            ) : (
              one.last.files.join(", ")
            )}
            <br />
            <span className="xs dim">
              {one.last.code
                ? told(
                    new ApiError(one.last.code, one.last.message ?? "", 400, { details: one.last.details }),
                  )
                : t("folders.came", {
                    accepted: f.number(one.last.accepted),
                    updated: f.number(one.last.updated),
                    rejected: f.number(one.last.rejected),
                  })}
            </span>
          </div>
        ) : (
          <span className="dim">{t("folders.never")}</span>
        ),
    },
    {
      id: "next",
      head: t("folders.next"),
      right: true,
      cell: (one) => (one.nextAt ? f.dateTime(one.nextAt) : t("folders.each")),
    },
    {
      id: "keep",
      head: t("folders.keep"),
      right: true,
      cell: (one) => t("folders.days", { count: one.keepDays }),
    },
    ...(may("data:write")
      ? [
          {
            id: "remove",
            head: t("folders.remove"),
            right: true,
            cell: (one: Folder) => (
              <IconButton
                icon={IconX}
                kind="quiet"
                label={t("folders.removeOne", { name: one.mapping })}
                onClick={() => void askRemove(one)}
              />
            ),
          },
        ]
      : []),
  ];
  return (
    <Panel
      question={t("folders.question")}
      how={[t("folders.how")]}
      state={stateOf(list, { shape: "table" })}
    >
      <Stack gap="parts">
        {list.data?.items.length ? (
          <DataTable
            label={t("folders.question")}
            columns={columns}
            rows={list.data.items}
            rowId={(one) => one.mapping}
          />
        ) : (
          <p className="dim">{t("folders.empty")}</p>
        )}
        {remove.error ? <ErrorState error={remove.error} /> : null}
        {may("data:write") ? <NewFolder /> : null}
      </Stack>
    </Panel>
  );
}

/** A new folder: for which mapping, when, and what its files do not say themselves. */
function NewFolder() {
  const { t } = useTranslation("imports");
  const { garden } = useMe();
  const mappings = useQuery(mappingList());
  const [name, setName] = useState<string | null>(null);
  const [when, setWhen] = useState<"each" | "daily">("each");
  const [at, setAt] = useState("03:00");
  const [currency, setCurrency] = useState<string | null>(null);
  const [timezone, setTimezone] = useState<string | null>(null);
  const [keepDays, setKeepDays] = useState<number | string>(30);
  const save = useMutation({
    mutationFn: (mapping: string) =>
      call(
        api.PUT("/api/imports/folders/{name}", {
          params: { path: { name: mapping } },
          body: {
            dailyAt: when === "daily" ? at : null,
            keepDays: Number(keepDays),
            ...(currency ? { currency } : {}),
            ...(timezone ? { timezone } : {}),
          },
        }),
      ),
    onSuccess: async () => {
      setName(null);
      await renewImports();
    },
  });
  const first = (one: string | undefined, all: readonly string[]) => [
    ...new Set([...(one ? [one] : []), ...all]),
  ];
  const fault = !name
    ? t("folders.needsMapping")
    : when === "daily" && !timePattern.test(at)
      ? t("folders.needsTime")
      : !(Number(keepDays) >= 1 && Number(keepDays) <= 3650)
        ? t("folders.needsDays")
        : undefined;
  return (
    <form
      className="stack s3"
      onSubmit={(event) => {
        event.preventDefault();
        if (name && !fault) save.mutate(name);
      }}
    >
      <Grid columns="4">
        <Select
          label={t("folders.mapping")}
          description={t("folders.mappingText")}
          placeholder={t("meaning.choose")}
          searchable
          value={name}
          onChange={setName}
          data={(mappings.data?.items ?? []).map((one) => ({
            value: one.name,
            label: one.mapping.title || one.name,
          }))}
        />
        <Select
          label={t("folders.when")}
          description={t("folders.whenText")}
          allowDeselect={false}
          value={when}
          onChange={(value) => setWhen(value === "daily" ? "daily" : "each")}
          data={[
            { value: "each", label: t("folders.each") },
            { value: "daily", label: t("folders.daily") },
          ]}
        />
        {when === "daily" ? (
          <TextInput
            type="time"
            label={t("folders.at")}
            description={t("folders.atText", { zone: garden?.timezone ?? "" })}
            value={at}
            onChange={(event) => setAt(event.currentTarget.value)}
          />
        ) : null}
        <Select
          label={t("meaning.currency")}
          description={t("folders.ifUnsaid")}
          placeholder={t("columns.none")}
          searchable
          clearable
          value={currency}
          onChange={setCurrency}
          data={first(garden?.currency, Intl.supportedValuesOf("currency"))}
        />
        <Select
          label={t("meaning.timezone")}
          description={t("folders.ifUnsaid")}
          placeholder={t("columns.none")}
          searchable
          clearable
          value={timezone}
          onChange={setTimezone}
          data={first(garden?.timezone, ["UTC", ...Intl.supportedValuesOf("timeZone")])}
        />
        <NumberInput
          label={t("folders.keep")}
          description={t("folders.keepText")}
          min={1}
          max={3650}
          allowDecimal={false}
          value={keepDays}
          onChange={setKeepDays}
        />
      </Grid>
      <div className="row">
        <Button type="submit" icon={IconFolderPlus} busy={save.isPending} disabledReason={fault}>
          {t("folders.add")}
        </Button>
      </div>
      {save.error ? <ErrorState error={save.error} /> : null}
    </form>
  );
}
