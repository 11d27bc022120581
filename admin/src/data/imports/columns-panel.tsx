import { MultiSelect, Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { Grid, Stack } from "../../design/page.tsx";
import { Panel } from "../../design/panel.tsx";
import type { Fields, FilePreview, Mapping, Role } from "./queries.ts";

/** Which file holds what, and which column of each is what. */
export function ColumnsPanel({
  files,
  fields,
  mapping,
  onChange,
  onStartFrom,
}: {
  files: FilePreview[];
  fields: Fields;
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
  /** Takes up another mapping by its name. */
  onStartFrom: (name: string) => void;
}) {
  const { t } = useTranslation("imports");
  /** The file that a person chose for a kind, as long as none fits by its columns. */
  const [chosenFiles, setChosenFiles] = useState<Partial<Record<Role, string>>>({});
  const readable = files.filter((file) => !file.problem);
  const all = Object.keys(fields) as Role[];
  const roles = all.filter((role) => mapping.files[role]);
  const differ =
    new Set(readable.map((file) => file.columns.map((column) => column.name).join("\n"))).size > 1;
  const fileOf = (role: Role) => {
    const byHand = readable.find((file) => file.fileId === chosenFiles[role]);
    const fitting = readable.find((file) => file.role === role);
    return byHand ?? fitting ?? (roles.length === 1 ? readable[0] : undefined);
  };
  const changeRoles = (next: string[]) =>
    onChange({
      ...mapping,
      files: Object.fromEntries(
        all.filter((role) => next.includes(role)).map((role) => [role, mapping.files[role] ?? {}]),
      ),
    });
  return (
    <Panel question={t("columns.question")} how={[t("columns.how")]}>
      <Stack>
        {differ && mapping.files.lines ? (
          <Note>
            {t("columns.several")}{" "}
            <Button kind="quiet" onClick={() => onStartFrom("olist")}>
              {t("columns.startOlist")}
            </Button>
          </Note>
        ) : null}
        <MultiSelect
          label={t("columns.kinds")}
          description={t("columns.kindsText")}
          value={roles}
          data={all.map((role) => ({ value: role, label: t(`role.${role}`) }))}
          onChange={changeRoles}
        />
        {roles.map((role) => (
          <RoleColumns
            key={role}
            role={role}
            file={fileOf(role)}
            files={readable}
            fields={fields[role]}
            chosen={mapping.files[role] ?? {}}
            onFile={(fileId) => setChosenFiles({ ...chosenFiles, [role]: fileId })}
            onChange={(columns) => onChange({ ...mapping, files: { ...mapping.files, [role]: columns } })}
          />
        ))}
      </Stack>
    </Panel>
  );
}

function RoleColumns({
  role,
  file,
  files,
  fields,
  chosen,
  onFile,
  onChange,
}: {
  role: Role;
  file: FilePreview | undefined;
  files: FilePreview[];
  fields: Fields[Role];
  chosen: Record<string, string>;
  onFile: (fileId: string) => void;
  onChange: (columns: Record<string, string>) => void;
}) {
  const { t } = useTranslation("imports");
  const names = file?.columns.map((column) => column.name).filter(Boolean) ?? [];
  const isThere = (column: string) =>
    names.some((name) => name.trim().toLowerCase() === column.trim().toLowerCase());
  const missing = file ? Object.values(chosen).filter((column) => !isThere(column)) : [];
  const change = (field: string, column: string | null) => {
    const { [field]: _before, ...others } = chosen;
    onChange(column ? { ...others, [field]: column } : others);
  };
  return (
    <fieldset className="stack s3 importfields">
      <legend>
        <b>{t(`role.${role}`)}</b> <span className="sm dim">{file?.name}</span>
      </legend>
      {!file ? (
        <Note tone="warn">
          {t("columns.noFile", { role: t(`role.${role}`), columns: Object.values(chosen).join(", ") })}
        </Note>
      ) : missing.length > 0 ? (
        <Note tone="bad">{t("columns.missing", { columns: missing.join(", ") })}</Note>
      ) : null}
      <Grid columns="3">
        {files.length > 1 ? (
          <Select
            label={t("columns.file")}
            placeholder={t("columns.none")}
            allowDeselect={false}
            value={file?.fileId ?? null}
            data={files.map((one) => ({ value: one.fileId, label: one.name }))}
            onChange={(value) => value && onFile(value)}
          />
        ) : null}
        {file
          ? [...fields.needed, ...fields.optional].map((field) => {
              const isNeeded = fields.needed.includes(field);
              return (
                <Select
                  key={field}
                  label={t(`field.${field}`)}
                  description={t(`fieldText.${field}`, { defaultValue: "" }) || undefined}
                  placeholder={t("columns.none")}
                  required={isNeeded}
                  searchable
                  allowDeselect={false}
                  value={chosen[field] ?? null}
                  data={[
                    { value: "", label: t("columns.none") },
                    ...new Set([...names, ...(chosen[field] ? [chosen[field]] : [])]),
                  ]}
                  onChange={(value) => change(field, value)}
                />
              );
            })
          : null}
      </Grid>
    </fieldset>
  );
}
