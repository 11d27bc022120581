import { useTranslation } from "react-i18next";
import { Chip, type Tone } from "../../design/chip.tsx";
import type { Import } from "./queries.ts";

const tones: Record<Import["state"], Tone> = {
  queued: "plain",
  running: "hedge",
  done: "good",
  failed: "bad",
  cancelled: "plain",
  undone: "plain",
  checked: "hedge",
};

export function ImportStateChip({ state }: { state: Import["state"] }) {
  const { t } = useTranslation("imports");
  return <Chip tone={tones[state]}>{t(`state.${state}`)}</Chip>;
}
