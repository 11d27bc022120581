import { Textarea, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel } from "../../design/panel.tsx";
import { ErrorState } from "../../design/states.tsx";
import { api, queryClient } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import type { EventDetail } from "./queries.ts";

/** Who looks after an event, and what it means. */
export function WordsPanel({ event }: { event: EventDetail }) {
  const { t } = useTranslation("quality");
  const may = useMay()("data:write");
  const [owner, setOwner] = useState(event.owner);
  const [description, setDescription] = useState(event.description);
  const save = useMutation({
    mutationFn: () =>
      call(api.PATCH("/api/events/catalogue/event", { body: { name: event.name, owner, description } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["quality"] });
      notifyDone(t("saved"));
    },
  });
  const isSame = owner === event.owner && description === event.description;
  return (
    <Panel question={t("meaning")}>
      <form
        className="stack s4"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          if (!isSame) save.mutate();
        }}
      >
        <TextInput
          label={t("owner")}
          description={t("ownerText")}
          maxLength={200}
          readOnly={!may}
          value={owner}
          onChange={(change) => setOwner(change.currentTarget.value)}
        />
        <Textarea
          label={t("description")}
          autosize
          minRows={2}
          maxLength={2_000}
          readOnly={!may}
          value={description}
          onChange={(change) => setDescription(change.currentTarget.value)}
        />
        {save.error ? <ErrorState error={save.error} /> : null}
        {may ? (
          <div className="row">
            <Button type="submit" busy={save.isPending} disabledReason={isSame ? t("unchanged") : undefined}>
              {t("save")}
            </Button>
          </div>
        ) : null}
      </form>
    </Panel>
  );
}
