import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { identityRules } from "./queries.ts";
import { RulesForm } from "./rules-form.tsx";

/** By which identifiers events are told whose they are. */
export default function RulesPage() {
  const { t } = useTranslation("identity");
  const rules = useQuery(identityRules);
  return (
    <Page title={t("title")} reading={t("reading")}>
      <PageTabs here="/settings/identity" />
      <Panel
        question={t("question")}
        how={[t("howNever"), t("howFrom")]}
        state={stateOf(rules, { height: 420 })}
      >
        {rules.data ? <RulesForm rules={rules.data} /> : null}
      </Panel>
    </Page>
  );
}
