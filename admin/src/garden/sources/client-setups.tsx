import { Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Panel } from "../../design/panel.tsx";
import { CodeBlock } from "./code-block.tsx";
import type { Source } from "./queries.ts";

/** How a client that is already there is pointed at Rondell: one is chosen, and its lines are shown. */
export function ClientSetups({ source }: { source: Source }) {
  const { t } = useTranslation("sources");
  const [client, setClient] = useState<string>();
  const chosen = source.setups.find((setup) => setup.client === client) ?? source.setups[0];
  if (!chosen) return null;
  return (
    <Panel question={t("clients")} reading={t("clients.reading")}>
      <div className="stack s3">
        <Select
          label={t("clients.which")}
          data={source.setups.map((setup) => ({
            value: setup.client,
            label: setup.client === "image" ? t("clients.image") : setup.client,
          }))}
          value={chosen.client}
          allowDeselect={false}
          onChange={(value) => setClient(value ?? undefined)}
        />
        <CodeBlock text={chosen.code} label={t("clients")} />
      </div>
    </Panel>
  );
}
