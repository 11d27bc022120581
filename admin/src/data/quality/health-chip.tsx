import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Chip } from "../../design/chip.tsx";
import type { CatalogueEntry } from "./queries.ts";

/** How an event is doing, in a word. */
export function HealthChip({ health }: { health: CatalogueEntry["health"] }) {
  const { t } = useTranslation("quality");
  const words = t(`health.${health}`);
  switch (health) {
    case "steady":
      return <Chip tone="good">{words}</Chip>;
    case "new":
      return <Chip>{words}</Chip>;
    case "silent":
      return <Chip tone="bad">{words}</Chip>;
    default:
      return (
        <Chip tone="watch" icon={IconAlertTriangle}>
          {words}
        </Chip>
      );
  }
}
