import { NumberInput, Select, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconCheck, IconFolderPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Grid } from "../../design/page.tsx";
import { ErrorState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api } from "../../shell/api.ts";
import { useMe } from "../../shell/session.tsx";
import { type Folder, mappingList, renewImports } from "./queries.ts";
import { weekdayName, weekdays } from "./weekdays.ts";

const timePattern = /^([01]\d|2[0-3]):[0-5]\d$/;

type Every = "each" | "day" | "week";

/** A folder, new or changed: for which mapping, when, and what its files do not say themselves. */
export function FolderForm({ folder, onDone }: { folder: Folder | undefined; onDone: () => void }) {
  const { t } = useTranslation("imports");
  const { garden } = useMe();
  const { language } = useFormats();
  const mappings = useQuery(mappingList());
  const [name, setName] = useState<string | null>(folder?.mapping ?? null);
  const [when, setWhen] = useState<Every>(folder?.timetable?.every ?? "each");
  const [weekday, setWeekday] = useState(folder?.timetable?.every === "week" ? folder.timetable.weekday : 1);
  const [at, setAt] = useState(folder?.timetable?.at ?? "03:00");
  const [currency, setCurrency] = useState<string | null>(folder?.currency ?? null);
  const [timezone, setTimezone] = useState<string | null>(folder?.timezone ?? null);
  const [keepDays, setKeepDays] = useState<number | string>(folder?.keepDays ?? 30);
  const save = useMutation({
    mutationFn: (mapping: string) =>
      call(
        api.PUT("/api/imports/folders/{name}", {
          params: { path: { name: mapping } },
          body: {
            timetable:
              when === "each" ? null : when === "day" ? { every: "day", at } : { every: "week", weekday, at },
            keepDays: Number(keepDays),
            ...(currency ? { currency } : {}),
            ...(timezone ? { timezone } : {}),
            // On what the data may be kept is said by the API; what is changed here leaves it as it is.
            ...(folder ? { basis: folder.basis } : {}),
          },
        }),
      ),
    onSuccess: async () => {
      setName(null);
      onDone();
      await renewImports();
    },
  });
  const first = (one: string | undefined, all: readonly string[]) => [
    ...new Set([...(one ? [one] : []), ...all]),
  ];
  const fault = !name
    ? t("folders.needsMapping")
    : when !== "each" && !timePattern.test(at)
      ? t("folders.needsTime")
      : !(Number(keepDays) >= 1 && Number(keepDays) <= 3650)
        ? t("folders.needsDays")
        : undefined;
  return (
    <form
      className="stack s3 folderform"
      onSubmit={(event) => {
        event.preventDefault();
        if (name && !fault) save.mutate(name);
      }}
    >
      {folder ? <b>{t("folders.editing", { name: folder.mapping })}</b> : null}
      <Grid columns="4">
        <Select
          label={t("folders.mapping")}
          description={t("folders.mappingText")}
          placeholder={t("meaning.choose")}
          searchable
          disabled={folder !== undefined}
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
          onChange={(value) => setWhen(value as Every)}
          data={[
            { value: "each", label: t("folders.each") },
            { value: "day", label: t("folders.daily") },
            { value: "week", label: t("folders.weekly") },
          ]}
        />
        {when === "week" ? (
          <Select
            label={t("folders.weekday")}
            description={t("folders.atText", { zone: garden?.timezone ?? "" })}
            allowDeselect={false}
            value={String(weekday)}
            onChange={(value) => setWeekday(Number(value))}
            data={weekdays.map((day) => ({ value: String(day), label: weekdayName(language, day) }))}
          />
        ) : null}
        {when !== "each" ? (
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
        <Button
          type="submit"
          icon={folder ? IconCheck : IconFolderPlus}
          busy={save.isPending}
          disabledReason={fault}
        >
          {t(folder ? "folders.save" : "folders.add")}
        </Button>
        {folder ? (
          <Button kind="quiet" onClick={onDone}>
            {t("folders.cancel")}
          </Button>
        ) : null}
      </div>
      {save.error ? <ErrorState error={save.error} /> : null}
    </form>
  );
}
