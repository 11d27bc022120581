import { TagsInput, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel } from "../../design/panel.tsx";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import type { ContactSettings } from "./queries.ts";

/** A key for a new kind: what events are told apart by, from its first name on. */
const keyOf = (name: string) =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 40);

/** Which kinds of contact and which topics the page offers. */
export function SettingsPanel({ settings }: { settings: ContactSettings }) {
  const { t } = useTranslation("contacts");
  const say = useRefusalText();
  const [kinds, setKinds] = useState(settings.kinds.map((kind) => ({ ...kind, isNew: false })));
  const [topics, setTopics] = useState(settings.topics);
  const ready = kinds.map(({ isNew, ...kind }) => (isNew ? { ...kind, key: keyOf(kind.name) } : kind));
  const isChanged = JSON.stringify({ kinds: ready, topics }) !== JSON.stringify(settings);
  const isFull = ready.every((kind) => kind.key && kind.name.trim() && /^[a-z0-9_-]+$/.test(kind.channel));
  const save = useMutation({
    mutationFn: () => call(api.PUT("/api/contacts/settings", { body: { kinds: ready, topics } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["contacts"] });
      notifyDone(t("settings.saved"));
    },
  });
  const change = (at: number, part: { name?: string; channel?: string }) =>
    setKinds(kinds.map((kind, index) => (index === at ? { ...kind, ...part } : kind)));
  return (
    <Panel question={t("settings")} how={[t("settings.how")]}>
      <div className="stack s4">
        <fieldset className="kinds">
          <legend>{t("settings.kinds")}</legend>
          {kinds.map((kind, at) => (
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: a new kind has no key until it has a name.
              key={at}
              className="kindrow"
            >
              <TextInput
                label={at === 0 ? t("settings.name") : undefined}
                aria-label={t("settings.name")}
                value={kind.name}
                maxLength={40}
                onChange={(event) => change(at, { name: event.currentTarget.value })}
              />
              <TextInput
                label={at === 0 ? t("settings.channel") : undefined}
                aria-label={t("settings.channel")}
                value={kind.channel}
                maxLength={40}
                onChange={(event) => change(at, { channel: event.currentTarget.value.toLowerCase() })}
              />
              {kinds.length > 1 ? (
                <IconButton
                  icon={IconTrash}
                  kind="quiet"
                  label={t("settings.remove", { name: kind.name })}
                  onClick={() => setKinds(kinds.filter((_kind, index) => index !== at))}
                />
              ) : null}
            </div>
          ))}
          {kinds.length < 12 ? (
            <div className="row">
              <Button
                icon={IconPlus}
                kind="quiet"
                onClick={() => setKinds([...kinds, { key: "", name: "", channel: "", isNew: true }])}
              >
                {t("settings.add")}
              </Button>
            </div>
          ) : null}
        </fieldset>
        <TagsInput label={t("topics")} value={topics} maxTags={30} onChange={setTopics} />
        {save.error ? (
          <Note tone="bad" announce>
            {say(save.error) ?? t("design:error.text")}
          </Note>
        ) : null}
        <div className="row">
          <Button
            busy={save.isPending}
            disabledReason={
              isFull ? (isChanged ? undefined : t("settings.unchanged")) : t("settings.missing")
            }
            onClick={() => save.mutate()}
          >
            {t("settings.save")}
          </Button>
        </div>
      </div>
    </Panel>
  );
}
