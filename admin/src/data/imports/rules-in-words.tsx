import { useTranslation } from "react-i18next";
import { Panel } from "../../design/panel.tsx";
import type { Import } from "./queries.ts";
import { rulesInWords } from "./words.ts";

/** How an import was read: each rule in a sentence. */
export function RulesInWords({ one }: { one: Import }) {
  const { t } = useTranslation("imports");
  return (
    <Panel
      question={t("rules.done")}
      how={[
        ...(one.currency
          ? [t("rules.money", { currency: one.currency })]
          : one.kind === "orders"
            ? [t("rules.ownMoney")]
            : []),
        t("rules.zone", { zone: one.timezone }),
        t(one.kind === "orders" ? "rules.always" : "rules.listedAlways"),
        t("files.source", { source: one.mapping.mapping.source }),
      ]}
    >
      <ul className="stack">
        {rulesInWords(one.mapping.mapping, t, one.result?.writing).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </Panel>
  );
}
