import { IconArrowMerge } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { Log } from "./log.tsx";
import { mergeLog } from "./queries.ts";

/** Every merge and every one that was taken back, by whom and when: nothing in it is changed or removed. */
export default function MergeLogPage() {
  const { t } = useTranslation("merges");
  const log = useInfiniteQuery(mergeLog());
  const entries = log.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title={t("log")} reading={t("log.reading")}>
      <PageTabs here="/merges" />
      <Panel
        question={t("log.question")}
        how={[t("log.how")]}
        state={stateOf(log, {
          shape: "text",
          empty: () =>
            entries.length === 0 && (
              <EmptyState icon={IconArrowMerge} title={t("log.none")}>
                {t("log.noneText")}
              </EmptyState>
            ),
        })}
      >
        <Log entries={entries} />
        {log.hasNextPage ? (
          <div className="row center">
            <Button busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
              {t("log.more")}
            </Button>
          </div>
        ) : null}
      </Panel>
    </Page>
  );
}
