import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Note } from "../../design/note.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { queryClient } from "../../shell/api.ts";
import { recomputeRun } from "./queries.ts";

/** How far the count of all amounts is that a change has started, and how many amounts still lack a rate. */
export function RecomputeNote({ run: id }: { run: string }) {
  const { t } = useTranslation("settings");
  const f = useFormats();
  const run = useQuery(recomputeRun(id));
  const state = run.data?.state;
  useEffect(() => {
    // Every figure of every page was counted by the settings before.
    if (state === "done")
      void queryClient.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "settings" });
  }, [state]);
  if (state === "failed" || state === "cancelled") {
    return (
      <Note tone="bad" announce>
        {t("recompute.failed")}
      </Note>
    );
  }
  if (state !== "done") return <Note announce>{t("recompute.running")}</Note>;
  const { counted = 0, withoutRate = 0 } = (run.data?.result ?? {}) as {
    counted?: number;
    withoutRate?: number;
  };
  return (
    <Note tone={withoutRate > 0 ? "warn" : "good"} announce>
      {t("recompute.done", { count: counted, counted: f.number(counted) })}{" "}
      {withoutRate > 0
        ? t("recompute.without", { count: withoutRate, amounts: f.number(withoutRate) })
        : null}
    </Note>
  );
}
