import { useTranslation } from "react-i18next";
import { Panel } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import type { Import } from "./queries.ts";
import { basisWords } from "./words.ts";

/** What the import states about each purpose, and for how many customers that counts. */
export function BasisPanel({ one }: { one: Import }) {
  const { t } = useTranslation("imports");
  const f = useFormats();
  const stated = one.result?.stated ?? {};
  return (
    <Panel question={t("basis.done")} how={[t("basis.doneHow")]}>
      <ul className="stack">
        {Object.entries(one.basis).map(([purpose, basis]) => {
          const counts = stated[purpose];
          const told = counts
            ? (["applied", "withdrawn", "asBefore", "own"] as const)
                .filter((what) => counts[what] > 0)
                .map((what) => t(`basis.${what}`, { count: counts[what], customers: f.number(counts[what]) }))
            : [];
          return (
            <li key={purpose}>
              {basisWords(purpose, basis, t)} <span className="soft">{told.join(" ")}</span>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
