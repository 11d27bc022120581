import { IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useMay } from "../../shell/session.tsx";
import { jobQuery, refreshOffers } from "./queries.ts";

/** Reads the orders anew, and says how far it is. */
export function RefreshButton() {
  const { t } = useTranslation("placements");
  const f = useFormats();
  const may = useMay();
  const client = useQueryClient();
  const start = useMutation({ mutationFn: refreshOffers });
  const job = useQuery(jobQuery(start.data?.jobId)).data;
  const state = job?.state;
  useEffect(() => {
    if (state !== "done") return;
    for (const domain of ["placements", "catalogue", "experiments"]) {
      void client.invalidateQueries({
        queryKey: [domain],
        predicate: (query) => query.queryKey[1] !== "job",
      });
    }
    notifyDone(t("refresh.done"));
  }, [state, client, t]);
  const isBusy = start.isPending || state === "queued" || state === "running";
  return (
    <Button
      icon={IconRefresh}
      busy={isBusy}
      disabledReason={may("insight:run") ? undefined : t("refresh.noRight")}
      onClick={() => start.mutate()}
    >
      {isBusy
        ? t("refresh.busy", { share: f.percent(job?.progress ?? 0, { digits: 0 }) })
        : state === "failed" || start.isError
          ? t("refresh.failed")
          : t("refresh")}
    </Button>
  );
}
