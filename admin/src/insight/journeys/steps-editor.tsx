import { Autocomplete, NativeSelect, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconFilterPlus, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../design/button.tsx";
import { conditions, type FunnelStep, type StepFilter } from "./asks.ts";
import { propertiesOf } from "./queries.ts";

const stepsMax = 10;
const fields = ["channel", "medium", "campaign"];

/** The steps of a funnel, each an event with conditions on its properties. */
export function StepsEditor({
  steps,
  names,
  onChange,
}: {
  steps: FunnelStep[];
  names: string[];
  onChange: (steps: FunnelStep[]) => void;
}) {
  const { t } = useTranslation("journeys");
  const replace = (at: number, step: FunnelStep) => onChange(steps.map((one, i) => (i === at ? step : one)));
  const swap = (a: number, b: number) =>
    onChange(steps.map((step, i) => (i === a ? steps[b]! : i === b ? steps[a]! : step)));
  return (
    <fieldset className="stack s3">
      <legend className="q">{t("steps")}</legend>
      {steps.map((step, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other name than their place.
        <div key={i} className="stack">
          <div className="row tight nowrap">
            <NativeSelect
              aria-label={t("step", { number: i + 1 })}
              value={step.event}
              data={names.includes(step.event) ? names : [step.event, ...names]}
              onChange={(event) => replace(i, { event: event.currentTarget.value, filters: [] })}
              style={{ flex: 1, minWidth: 0 }}
            />
            {i > 0 ? (
              <IconButton
                kind="quiet"
                icon={IconArrowUp}
                label={t("earlier", { step: step.event })}
                onClick={() => swap(i, i - 1)}
              />
            ) : (
              <IconButton
                kind="quiet"
                icon={IconArrowDown}
                label={t("later", { step: step.event })}
                onClick={() => swap(0, 1)}
              />
            )}
            <IconButton
              kind="quiet"
              icon={IconFilterPlus}
              label={t("addFilter", { step: step.event })}
              onClick={() =>
                replace(i, {
                  ...step,
                  filters: [...step.filters, { property: "channel", is: "present", value: "" }].slice(
                    0,
                    5,
                  ) as StepFilter[],
                })
              }
            />
            {steps.length > 2 ? (
              <IconButton
                kind="quiet"
                icon={IconTrash}
                label={t("remove", { step: step.event })}
                onClick={() => onChange(steps.filter((_, at) => at !== i))}
              />
            ) : null}
          </div>
          {step.filters.map((filter, k) => (
            <FilterRow
              // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no other name than their place.
              key={k}
              event={step.event}
              filter={filter}
              onChange={(changed) =>
                replace(i, { ...step, filters: step.filters.map((one, at) => (at === k ? changed : one)) })
              }
              onRemove={() => replace(i, { ...step, filters: step.filters.filter((_, at) => at !== k) })}
            />
          ))}
        </div>
      ))}
      <div className="row">
        <Button
          icon={IconPlus}
          disabledReason={steps.length >= stepsMax ? t("stepsMax", { count: stepsMax }) : undefined}
          onClick={() => onChange([...steps, { event: "Order Completed", filters: [] }])}
        >
          {t("addStep")}
        </Button>
      </div>
    </fieldset>
  );
}

function FilterRow({
  event,
  filter,
  onChange,
  onRemove,
}: {
  event: string;
  filter: StepFilter;
  onChange: (filter: StepFilter) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation("journeys");
  const known = useQuery(propertiesOf(event));
  const properties = [...fields, ...(known.data?.properties ?? []).filter((name) => !fields.includes(name))];
  return (
    <div className="row tight">
      <Autocomplete
        aria-label={t("property")}
        data={properties}
        value={filter.property}
        onChange={(property) => property && onChange({ ...filter, property })}
        style={{ flex: 1, minWidth: "7rem" }}
      />
      <NativeSelect
        aria-label={t("condition")}
        value={filter.is}
        data={conditions.map((one) => ({ value: one, label: t(`is.${one}`) }))}
        onChange={(change) => {
          const is = conditions.find((one) => one === change.currentTarget.value) ?? "equals";
          // A comparison needs a number from the start, or the question is refused.
          const isNumber = is === "atLeast" || is === "atMost";
          onChange({
            ...filter,
            is,
            value: isNumber && !Number.isFinite(Number(filter.value || "x")) ? "0" : filter.value,
          });
        }}
      />
      {filter.is === "present" ? null : (
        <TextInput
          key={filter.is}
          aria-label={t("value")}
          type={filter.is === "atLeast" || filter.is === "atMost" ? "number" : "text"}
          defaultValue={filter.value}
          onBlur={(change) => onChange({ ...filter, value: change.currentTarget.value })}
          onKeyDown={(key) => key.key === "Enter" && onChange({ ...filter, value: key.currentTarget.value })}
          style={{ flex: 1, minWidth: "6rem" }}
        />
      )}
      <IconButton kind="quiet" icon={IconTrash} label={t("removeFilter")} onClick={onRemove} />
    </div>
  );
}
