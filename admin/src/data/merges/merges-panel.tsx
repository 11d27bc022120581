import { IconArrowMerge } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useMay } from "../../shell/session.tsx";
import { Log } from "./log.tsx";
import { mergeLog } from "./queries.ts";

/** On the page of a customer: who was merged into it, the way back, and the way to merge somebody else. */
export function Merges({ id, known }: { id: string; known: boolean }) {
  const { t } = useTranslation("merges");
  const may = useMay();
  const log = useInfiniteQuery(mergeLog(id));
  const entries = log.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel question={t("panel")} state={stateOf(log, { shape: "text" })}>
      {entries.length ? <Log entries={entries} /> : <p className="soft">{t("panel.none")}</p>}
      {log.hasNextPage ? (
        <div className="row center">
          <Button busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            {t("log.more")}
          </Button>
        </div>
      ) : null}
      {known && may("data:write") ? (
        <div className="row" style={{ marginTop: "var(--s3)" }}>
          <LinkButton to="/merge" search={{ a: id }} icon={IconArrowMerge}>
            {t("panel.merge")}
          </LinkButton>
        </div>
      ) : null}
    </Panel>
  );
}
