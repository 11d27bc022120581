import { call } from "@rondell/api-client";
import { IconArrowMerge } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { ErrorState } from "../../design/states.tsx";
import { api, queryClient } from "../../shell/api.ts";

/** What an operator makes of a pair: compares and merges the two, or says that they are two people. */
export function Decide({ pair }: { pair: { id: number; a: { id: string }; b: { id: string } } }) {
  const { t } = useTranslation("customers");
  const renew = () => queryClient.invalidateQueries({ queryKey: ["customers", "proposals"] });
  const path = { params: { path: { id: pair.id } } };
  const reopen = useMutation({
    mutationFn: () => call(api.POST("/api/merge-proposals/{id}/reopen", path)),
    onSuccess: renew,
  });
  const refuse = useMutation({
    mutationFn: () => call(api.POST("/api/merge-proposals/{id}/refuse", path)),
    onSuccess: async () => {
      await renew();
      notifyDone(t("duplicates.refused"), {
        label: t("duplicates.refuse.undo"),
        run: () => reopen.mutate(),
      });
    },
  });
  return (
    <span className="row">
      <LinkButton
        to="/merge"
        search={{ a: pair.a.id, b: pair.b.id, proposal: pair.id }}
        icon={IconArrowMerge}
      >
        {t("duplicates.compare")}
      </LinkButton>
      <Button kind="quiet" busy={refuse.isPending} onClick={() => refuse.mutate()}>
        {t("duplicates.refuse")}
      </Button>
      {refuse.error ? <ErrorState error={refuse.error} /> : null}
    </span>
  );
}
