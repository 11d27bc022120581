import { useTranslation } from "react-i18next";
import type { Made } from "./queries.ts";

/** The name of a field on the screen. */
export function useFieldName(): (field: string) => string {
  const { t } = useTranslation("webhooks");
  return (field) => {
    const [group = "", ...rest] = field.split(".");
    const name = rest.join(".");
    if (group === "person") return name ? t(`field.${name}`) : t("who");
    if (group === "when") return t("when");
    if (!name) return t(`field.${group}`);
    return name === "+" ? t(`group.${group}`) : name;
  };
}

/** What is wrong with a value, and where it goes. */
export function useProblemText(): (problem: Made["problems"][number]) => string {
  const { t } = useTranslation("webhooks");
  const nameOf = useFieldName();
  return ({ field, code, message }) => {
    const value = /“.*”/.exec(message)?.[0] ?? "";
    return `${nameOf(field)}: ${t(`problem.${code}`, { value })}`;
  };
}
