import { MultiSelect, Select, TagsInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { Grid, Stack } from "../../design/page.tsx";
import { Panel } from "../../design/panel.tsx";
import { isListed, keepsOthers, kindOf, mayBeConstant, mayBeTranslated } from "./kinds.ts";
import type { Fields, FilePreview, Mapping, Role, Rules } from "./queries.ts";

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
  const ofOrders = kindOf(mapping) === "orders";
  const all = (Object.keys(fields) as Role[]).filter((role) => isListed(role) !== ofOrders);
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
    <Panel
      question={t("columns.question")}
      how={[t(keepsOthers(mapping) ? "columns.listedHow" : "columns.how")]}
    >
      <Stack>
        {differ && mapping.files.lines ? (
          <Note>
            {t("columns.several")}{" "}
            <Button kind="quiet" onClick={() => onStartFrom("olist")}>
              {t("columns.startOlist")}
            </Button>
          </Note>
        ) : null}
        {ofOrders ? (
          <MultiSelect
            label={t("columns.kinds")}
            description={t("columns.kindsText")}
            value={roles}
            data={all.map((role) => ({ value: role, label: t(`role.${role}`) }))}
            onChange={changeRoles}
          />
        ) : null}
        {roles.map((role) => (
          <RoleColumns
            key={role}
            role={role}
            file={fileOf(role)}
            files={readable}
            fields={fields[role]}
            chosen={mapping.files[role] ?? {}}
            rules={mapping.rules}
            onRules={(rules) => onChange({ ...mapping, rules: { ...mapping.rules, ...rules } })}
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
  rules,
  onRules,
  onFile,
  onChange,
}: {
  role: Role;
  file: FilePreview | undefined;
  files: FilePreview[];
  fields: Fields[Role];
  chosen: Record<string, string>;
  rules: Rules;
  onRules: (rules: Partial<Rules>) => void;
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
              const isNeeded = fields.needed.includes(field) && !rules.constants[field];
              const constant =
                isListed(role) && mayBeConstant.has(field) && !(role === "persons") && !chosen[field];
              const translated = isListed(role) && mayBeTranslated.has(field) && chosen[field];
              return (
                <div key={field} className="stack s3">
                  <Select
                    label={t([`field.${role}.${field}`, `field.${field}`])}
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
                  {constant ? (
                    <TextInput
                      aria-label={t("columns.constant", {
                        field: t([`field.${role}.${field}`, `field.${field}`]),
                      })}
                      placeholder={t("columns.constantShort")}
                      value={rules.constants[field] ?? ""}
                      maxLength={200}
                      onChange={(event) => {
                        const { [field]: _before, ...others } = rules.constants;
                        const value = event.currentTarget.value;
                        onRules({ constants: value ? { ...others, [field]: value } : others });
                      }}
                    />
                  ) : null}
                  {translated ? (
                    <TagsInput
                      aria-label={t("columns.meanings", {
                        field: t([`field.${role}.${field}`, `field.${field}`]),
                      })}
                      placeholder={t("columns.meaningsShort")}
                      value={Object.entries(rules.meanings[field] ?? {}).map(
                        ([word, ours]) => `${word} = ${ours}`,
                      )}
                      onChange={(pairs) => {
                        const words = pairs.map((pair) => pair.split("=").map((part) => part.trim()));
                        const whole = words.filter(([word, ours]) => word && ours) as [string, string][];
                        const { [field]: _before, ...others } = rules.meanings;
                        onRules({
                          meanings: whole.length ? { ...others, [field]: Object.fromEntries(whole) } : others,
                        });
                      }}
                    />
                  ) : null}
                </div>
              );
            })
          : null}
      </Grid>
    </fieldset>
  );
}
