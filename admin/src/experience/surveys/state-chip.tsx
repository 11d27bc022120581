import { useTranslation } from "react-i18next";
import { Chip } from "../../design/chip.tsx";
import type { Group, Survey } from "./queries.ts";

export function SurveyStateChip({ state }: { state: Survey["state"] }) {
  const { t } = useTranslation("surveys");
  return <Chip tone={state === "open" ? "good" : "plain"}>{t(`state.${state}`)}</Chip>;
}

/** How someone answered, with the word of its group. */
export function GroupChip({ group, score }: { group: Group; score: number }) {
  const { t } = useTranslation("surveys");
  const tone = group === "promoter" ? "good" : group === "detractor" ? "bad" : "plain";
  return (
    <Chip tone={tone}>
      {score} · {t(`group.${group}`)}
    </Chip>
  );
}
