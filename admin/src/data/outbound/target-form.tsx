import { TagsInput, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { CodeBlock } from "../../garden/sources/code-block.tsx";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";

/** A new target; its secret is shown this once. */
export function TargetForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("outbound");
  const say = useRefusalText();
  const [name, setName] = useState("");
  const [url, setUrl] = useState("https://");
  const [events, setEvents] = useState<string[]>([]);
  const make = useMutation({
    mutationFn: () =>
      call(api.POST("/api/webhook-targets", { body: { name: name.trim(), url: url.trim(), events } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["outbound"] }),
  });
  if (make.data)
    return (
      <div className="stack s4">
        <Note tone="good" announce>
          {t("secret.once")}
        </Note>
        <CodeBlock text={make.data.secret} label={t("secret")} />
        <div className="row end">
          <Button kind="main" onClick={onDone}>
            {t("done")}
          </Button>
        </div>
      </div>
    );
  return (
    <form
      className="stack s4"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <TextInput
        label={t("name")}
        data-autofocus
        required
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label={t("url")}
        description={t("url.text")}
        required
        maxLength={500}
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
      />
      <TagsInput
        label={t("events")}
        description={t("events.text")}
        value={events}
        maxTags={50}
        onChange={setEvents}
      />
      {make.error ? (
        <Note tone="bad" announce>
          {say(make.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      <div className="row end">
        <Button
          kind="main"
          type="submit"
          busy={make.isPending}
          disabledReason={name.trim() ? undefined : t("nameMissing")}
        >
          {t("make")}
        </Button>
      </div>
    </form>
  );
}
