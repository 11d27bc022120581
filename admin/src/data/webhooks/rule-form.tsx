import { SegmentedControl, Select, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../design/button.tsx";
import { conversionOf, type Field, usualConversions, withConversion } from "./bind.ts";
import type { Condition, Made, Rule } from "./queries.ts";
import { useProblemText } from "./words.ts";

interface FormProps {
  rule: Rule;
  /** Where the next pressed value goes. */
  waiting: Field;
  onWait: (field: Field) => void;
  onChange: (rule: Rule) => void;
  /** What went wrong with the example that is looked at. */
  problems: Made["problems"];
  readOnly: boolean;
}

const people = ["userId", "email", "phone", "externalId"] as const;
const comparisons = ["equal", "not_equal", "one_of", "contains", "given", "not_given"] as const;

/** The event that is being made: each field waits for a value of the example, or is written by hand. */
export function RuleForm(props: FormProps) {
  const { rule, onChange, readOnly } = props;
  const { t } = useTranslation("webhooks");
  const problemOf = useProblemOf(props.problems);
  return (
    <div className="stack s4">
      <SegmentedControl
        aria-label={t("makes")}
        value={rule.makes}
        data={(["event", "person"] as const).map((value) => ({ value, label: t(`makes.${value}`) }))}
        onChange={(makes) => onChange({ ...rule, makes: makes === "person" ? "person" : "event" })}
        readOnly={readOnly}
      />
      {rule.makes === "event" ? (
        <TextInput
          label={t("field.event")}
          description={t("field.eventText")}
          value={rule.event}
          error={problemOf("event")}
          maxLength={255}
          readOnly={readOnly}
          onChange={(event) => onChange({ ...rule, event: event.currentTarget.value })}
        />
      ) : null}
      <Conditions {...props} />
      <fieldset className="rulefields stack s3">
        <legend>{t("who")}</legend>
        {people.map((name) => (
          <BoundField
            {...props}
            key={name}
            field={`person.${name}`}
            label={t(`field.${name}`)}
            value={rule.person[name]}
            onValue={(value) => onChange({ ...rule, person: { ...rule.person, [name]: value } })}
          />
        ))}
      </fieldset>
      <NamedFields
        {...props}
        group="traits"
        fields={rule.person.traits}
        onFields={(traits) => onChange({ ...rule, person: { ...rule.person, traits } })}
      />
      <NamedFields
        {...props}
        group="consents"
        fields={rule.consents}
        onFields={(consents) => onChange({ ...rule, consents })}
      />
      <BoundField
        {...props}
        field="time"
        label={t("field.time")}
        value={rule.time}
        onValue={(time) => onChange({ ...rule, time })}
      />
      {rule.makes === "event" ? <WhatHappened {...props} /> : null}
    </div>
  );
}

function WhatHappened(props: FormProps) {
  const { rule, onChange } = props;
  const { t } = useTranslation("webhooks");
  return (
    <>
      {(["amount", "currency"] as const).map((name) => (
        <BoundField
          {...props}
          key={name}
          field={name}
          label={t(`field.${name}`)}
          value={rule[name]}
          onValue={(value) => onChange({ ...rule, [name]: value })}
        />
      ))}
      <NamedFields
        {...props}
        group="properties"
        fields={rule.properties}
        onFields={(properties) => onChange({ ...rule, properties })}
      />
      <BoundField
        {...props}
        field="products"
        label={t("field.products")}
        value={rule.products?.list ?? ""}
        onValue={(list) =>
          onChange({ ...rule, products: list ? { list, fields: rule.products?.fields ?? {} } : null })
        }
      />
      {rule.products ? (
        <NamedFields
          {...props}
          group="products"
          fields={rule.products.fields}
          onFields={(fields) => onChange({ ...rule, products: { list: rule.products?.list ?? "", fields } })}
        />
      ) : null}
    </>
  );
}

/** What is wrong with the value of a field. */
function useProblemOf(problems: FormProps["problems"]): (field: string) => string | undefined {
  const say = useProblemText();
  return (field) => {
    const problem = problems.find((one) => one.field === field);
    return problem && say(problem);
  };
}

function BoundField({
  field,
  label,
  value,
  onValue,
  waiting,
  onWait,
  problems,
  readOnly,
}: Omit<FormProps, "rule" | "onChange"> & {
  field: Field;
  label: string;
  value: string;
  onValue: (value: string) => void;
}) {
  const problemOf = useProblemOf(problems);
  return (
    <div className={`bindfield ${value ? "" : "alone"} ${waiting === field ? "waits" : ""}`.trim()}>
      <TextInput
        classNames={{ input: "mono" }}
        label={label}
        value={value}
        maxLength={500}
        readOnly={readOnly}
        error={problemOf(field)}
        onFocus={() => onWait(field)}
        onChange={(event) => onValue(event.currentTarget.value)}
      />
      {value ? <ConversionSelect value={value} onValue={onValue} label={label} readOnly={readOnly} /> : null}
    </div>
  );
}

function ConversionSelect({
  value,
  onValue,
  label,
  readOnly,
}: {
  value: string;
  onValue: (value: string) => void;
  label: string;
  readOnly: boolean;
}) {
  const { t } = useTranslation("webhooks");
  const conversion = conversionOf(value);
  return (
    <Select
      aria-label={t("conversion", { field: label })}
      value={conversion ?? null}
      placeholder={conversion === undefined ? t("conversion.own") : undefined}
      data={usualConversions.map((one) => ({ value: one, label: t(`conversion.${one || "none"}`) }))}
      allowDeselect={false}
      readOnly={readOnly}
      disabled={!value || conversion === undefined}
      comboboxProps={{ width: 240, position: "bottom-end" }}
      onChange={(next) => onValue(withConversion(value, next ?? ""))}
    />
  );
}

function NamedFields({
  group,
  fields,
  onFields,
  waiting,
  onWait,
  problems,
  readOnly,
}: Omit<FormProps, "rule" | "onChange"> & {
  group: "properties" | "traits" | "products" | "consents";
  fields: Record<string, string>;
  onFields: (fields: Record<string, string>) => void;
}) {
  const { t } = useTranslation("webhooks");
  const problemOf = useProblemOf(problems);
  const entries = Object.entries(fields);
  const replace = (at: number, entry: [string, string] | undefined) =>
    onFields(
      Object.fromEntries(entries.flatMap((one, index) => (index === at ? (entry ? [entry] : []) : [one]))),
    );
  return (
    <fieldset className="rulefields stack s3">
      <legend>{t(`group.${group}`)}</legend>
      {group === "consents" ? <p className="soft">{t("group.consentsText")}</p> : null}
      {entries.map(([name, value], at) => {
        const field: Field = `${group}.${name}`;
        return (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: while a name is written, its place is what stays.
            key={at}
            className={`bindfield pair ${waiting === field ? "waits" : ""}`.trim()}
          >
            <TextInput
              aria-label={t("named.name")}
              value={name}
              maxLength={100}
              readOnly={readOnly}
              onChange={(event) => {
                const next = event.currentTarget.value;
                if (next && !(next in fields)) replace(at, [next, value]);
              }}
            />
            <TextInput
              classNames={{ input: "mono" }}
              aria-label={t("named.value", { name })}
              value={value}
              maxLength={500}
              readOnly={readOnly}
              error={problemOf(field)}
              onFocus={() => onWait(field)}
              onChange={(event) => replace(at, [name, event.currentTarget.value])}
            />
            <ConversionSelect
              value={value}
              label={name}
              readOnly={readOnly}
              onValue={(next) => replace(at, [name, next])}
            />
            {readOnly ? null : (
              <IconButton
                icon={IconTrash}
                kind="quiet"
                label={t("named.remove", { name })}
                onClick={() => replace(at, undefined)}
              />
            )}
          </div>
        );
      })}
      {readOnly ? null : (
        <div className="row">
          <Button
            icon={IconPlus}
            kind={waiting === `${group}.+` ? "main" : "quiet"}
            aria-pressed={waiting === `${group}.+`}
            onClick={() => onWait(`${group}.+`)}
          >
            {t(waiting === `${group}.+` ? "named.waits" : `group.${group}.add`)}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

function Conditions({ rule, onChange, waiting, onWait, readOnly }: FormProps) {
  const { t } = useTranslation("webhooks");
  const change = (at: number, part: Partial<Condition>) =>
    onChange({ ...rule, when: rule.when.map((one, index) => (index === at ? { ...one, ...part } : one)) });
  return (
    <fieldset className="rulefields stack s3">
      <legend>{t("when")}</legend>
      {rule.when.length === 0 ? <p className="soft">{t("when.always")}</p> : null}
      {rule.when.map((condition, at) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: a condition has no other name than its place.
          key={at}
          className={`bindfield condition ${waiting === `when.${at}` ? "waits" : ""}`.trim()}
        >
          <TextInput
            classNames={{ input: "mono" }}
            aria-label={t("when.value")}
            value={condition.value}
            maxLength={500}
            readOnly={readOnly}
            onFocus={() => onWait(`when.${at}`)}
            onChange={(event) => change(at, { value: event.currentTarget.value })}
          />
          <Select
            aria-label={t("when.is")}
            value={condition.is}
            allowDeselect={false}
            readOnly={readOnly}
            data={comparisons.map((value) => ({ value, label: t(`when.is.${value}`) }))}
            onChange={(is) => is && change(at, { is: is as Condition["is"] })}
          />
          {condition.is === "given" || condition.is === "not_given" ? (
            <span />
          ) : (
            <TextInput
              aria-label={t("when.to")}
              value={condition.to}
              maxLength={500}
              readOnly={readOnly}
              onChange={(event) => change(at, { to: event.currentTarget.value })}
            />
          )}
          {readOnly ? null : (
            <IconButton
              icon={IconTrash}
              kind="quiet"
              label={t("when.remove")}
              onClick={() => onChange({ ...rule, when: rule.when.filter((_one, index) => index !== at) })}
            />
          )}
        </div>
      ))}
      {readOnly ? null : (
        <div className="row">
          <Button
            icon={IconPlus}
            kind={waiting === "when.+" ? "main" : "quiet"}
            aria-pressed={waiting === "when.+"}
            onClick={() => onWait("when.+")}
          >
            {t(waiting === "when.+" ? "named.waits" : "when.add")}
          </Button>
        </div>
      )}
    </fieldset>
  );
}
