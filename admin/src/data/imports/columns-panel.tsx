import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Note } from "../../design/note.tsx";
import { Grid, Stack } from "../../design/page.tsx";
import { Panel } from "../../design/panel.tsx";
import { type FilePreview, fieldsOfRole, type Mapping, type Role } from "./queries.ts";

/** Which column of each file is what. */
export function ColumnsPanel({
  files,
  mapping,
  onChange,
}: {
  files: FilePreview[];
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
}) {
  const { t } = useTranslation("imports");
  const roles = Object.keys(mapping.files) as Role[];
  const lone = roles.length === 1 ? files.find((file) => !file.problem) : undefined;
  const change = (role: Role, field: string, column: string | null) => {
    const { [field]: _before, ...others } = mapping.files[role] ?? {};
    onChange({
      ...mapping,
      files: { ...mapping.files, [role]: column ? { ...others, [field]: column } : others },
    });
  };
  return (
    <Panel question={t("columns.question")} how={[t("columns.how")]}>
      <Stack>
        {roles.map((role) => {
          const file = files.find((one) => one.role === role && !one.problem) ?? lone;
          const chosen = mapping.files[role] ?? {};
          if (!file) {
            return (
              <Note key={role} tone="warn">
                {t("columns.noFile", { role: t(`role.${role}`), columns: Object.values(chosen).join(", ") })}
              </Note>
            );
          }
          const names = file.columns.map((column) => column.name).filter(Boolean);
          const missing = Object.values(chosen).filter(
            (column) => !names.includes(column) && file.missing.includes(column),
          );
          return (
            <fieldset key={role} className="stack s3 importfields">
              <legend>
                <b>{t(`role.${role}`)}</b> <span className="sm dim">{file.name}</span>
              </legend>
              {missing.length > 0 ? (
                <Note tone="bad">{t("columns.missing", { columns: missing.join(", ") })}</Note>
              ) : null}
              <Grid columns="3">
                {[...fieldsOfRole[role].needed, ...fieldsOfRole[role].optional].map((field) => {
                  const isNeeded = fieldsOfRole[role].needed.includes(field);
                  return (
                    <Select
                      key={field}
                      label={t(`field.${field}`)}
                      description={t(`fieldText.${field}`, { defaultValue: "" }) || undefined}
                      placeholder={t("columns.none")}
                      required={isNeeded}
                      clearable={!isNeeded}
                      searchable
                      value={chosen[field] ?? null}
                      data={[...new Set([...names, ...(chosen[field] ? [chosen[field]] : [])])]}
                      onChange={(value) => change(role, field, value)}
                    />
                  );
                })}
              </Grid>
            </fieldset>
          );
        })}
      </Stack>
    </Panel>
  );
}
