import { Checkbox, MultiSelect, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import type { SchemaRule } from "./queries.ts";

const types = ["text", "number", "boolean", "list", "object", "null"] as const;

/** So many stand there before somebody asks for all. */
const shownFirst = 6;

/** The rules of a schema, one property a line. */
export function RulesEditor({
  rules,
  readOnly,
  onChange,
}: {
  rules: SchemaRule[];
  readOnly: boolean;
  onChange: (rules: SchemaRule[]) => void;
}) {
  const { t } = useTranslation("quality");
  const [path, setPath] = useState("");
  const [showsAll, setShowsAll] = useState(false);
  const shown = showsAll ? rules : rules.slice(0, shownFirst);
  const change = (at: number, part: Partial<SchemaRule>) =>
    onChange(rules.map((rule, place) => (place === at ? clean({ ...rule, ...part }) : rule)));
  const isNew = path.trim() !== "" && !rules.some((rule) => rule.path === path.trim());
  return (
    <div className="stack s3">
      <ul className="rules">
        {shown.map((rule, at) => (
          <li key={rule.path}>
            <div className="row spread">
              <b className="mono">{rule.path}</b>
              {readOnly ? null : (
                <Button
                  kind="quiet"
                  icon={IconTrash}
                  aria-label={t("schema.remove", { path: rule.path })}
                  onClick={() => onChange(rules.filter((one) => one !== rule))}
                >
                  {null}
                </Button>
              )}
            </div>
            <div className="ruleparts">
              <Checkbox
                label={t("schema.required")}
                checked={rule.required}
                disabled={readOnly}
                onChange={(event) => change(at, { required: event.currentTarget.checked })}
              />
              <MultiSelect
                aria-label={t("schema.types", { path: rule.path })}
                placeholder={rule.types.length ? undefined : t("schema.anyType")}
                readOnly={readOnly}
                value={rule.types}
                onChange={(value) => change(at, { types: types.filter((one) => value.includes(one)) })}
                data={types.map((one) => ({ value: one, label: t(`type.${one}`) }))}
              />
              <TextInput
                aria-label={t("schema.enum", { path: rule.path })}
                placeholder={t("schema.enumText")}
                readOnly={readOnly}
                defaultValue={(rule.enum ?? []).join(", ")}
                onBlur={(event) => change(at, { enum: valuesOf(event.currentTarget.value, rule) })}
              />
              <TextInput
                aria-label={t("schema.pattern", { path: rule.path })}
                placeholder={t("schema.patternText")}
                readOnly={readOnly}
                className="mono"
                value={rule.pattern ?? ""}
                onChange={(event) => change(at, { pattern: event.currentTarget.value || undefined })}
              />
            </div>
          </li>
        ))}
      </ul>
      {shown.length < rules.length ? (
        <div className="row">
          <Button onClick={() => setShowsAll(true)}>{t("schema.all", { count: rules.length })}</Button>
        </div>
      ) : null}
      {readOnly ? null : (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            if (!isNew) return;
            onChange([...rules, { path: path.trim(), required: true, types: [] }]);
            setPath("");
            setShowsAll(true);
          }}
        >
          <TextInput
            aria-label={t("schema.newPath")}
            placeholder={t("schema.newPath")}
            maxLength={200}
            value={path}
            onChange={(event) => setPath(event.currentTarget.value)}
          />
          <Button type="submit" icon={IconPlus} disabledReason={isNew ? undefined : t("schema.needsPath")}>
            {t("schema.add")}
          </Button>
        </form>
      )}
    </div>
  );
}

/** A rule without the parts that ask for nothing. */
function clean(rule: SchemaRule): SchemaRule {
  return Object.fromEntries(
    Object.entries(rule).filter(
      ([key, value]) => value !== undefined && !(key === "enum" && Array.isArray(value) && !value.length),
    ),
  ) as SchemaRule;
}

/** The values that are written with commas between them; numbers where the property may be one. */
function valuesOf(text: string, { types: allowed }: SchemaRule): (string | number)[] {
  const isNumber = allowed.includes("number") && !allowed.includes("text");
  return text
    .split(",")
    .map((value) => value.trim())
    .filter(Boolean)
    .map((value) => (isNumber && Number.isFinite(Number(value)) ? Number(value) : value));
}
