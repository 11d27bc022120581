import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Makes the field of a rule that is one of some words: what it is called, and each word, stands with the strings. */
export function useRuleChoice() {
  const { t } = useTranslation("imports");
  return <Value extends string>(
    rule: string,
    value: Value,
    values: readonly Value[],
    onValue: (value: Value) => void,
  ) => (
    <Select
      label={t(`rule.${rule}`)}
      description={t(`rule.${rule}Text`)}
      allowDeselect={false}
      value={value}
      data={values.map((one) => ({ value: one, label: t(`rule.${rule}.${one}`) }))}
      onChange={(next) => next && onValue(next as Value)}
    />
  );
}
