import { TextInput } from "@mantine/core";
import { IconMoodHappy, IconMoodNeutral, IconMoodSad } from "@tabler/icons-react";
import { type FormEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button, Icon } from "../../design/button.tsx";
import { Picks } from "../../design/picks.tsx";
import { PersonField } from "./person-field.tsx";
import type { ContactSettings } from "./queries.ts";
import type { Draft } from "./unsent.ts";

const moods = [
  ["good", IconMoodHappy],
  ["neutral", IconMoodNeutral],
  ["bad", IconMoodSad],
] as const;

/** One contact: Tab goes through it, arrows and space choose, Enter saves from everywhere. */
export function ContactForm({
  settings,
  draft,
  onDraft,
  onSave,
}: {
  settings: ContactSettings;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  onSave: () => void;
}) {
  const { t } = useTranslation("contacts");
  const search = useRef<HTMLInputElement>(null);
  const isUnchosen = draft.search.trim() !== "" && !draft.person;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isUnchosen) {
      search.current?.focus();
      return;
    }
    onSave();
    requestAnimationFrame(() => search.current?.focus());
  };
  const toggle = (topic: string) =>
    onDraft({
      ...draft,
      topics: draft.topics.includes(topic)
        ? draft.topics.filter((one) => one !== topic)
        : [...draft.topics, topic],
    });
  return (
    <form className="stack s4" onSubmit={submit}>
      <PersonField draft={draft} onDraft={onDraft} input={search} />
      <Picks
        legend={t("kind")}
        choices={settings.kinds.map((kind) => ({ value: kind.key, label: kind.name }))}
        value={draft.kind}
        onChange={(kind) => onDraft({ ...draft, kind })}
      />
      {settings.topics.length ? (
        <fieldset className="picks">
          <legend>{t("topics")}</legend>
          {settings.topics.map((topic) => (
            <label key={topic} className="pick">
              <input type="checkbox" checked={draft.topics.includes(topic)} onChange={() => toggle(topic)} />
              <span>{topic}</span>
            </label>
          ))}
        </fieldset>
      ) : null}
      <fieldset className="picks">
        <legend>{t("mood")}</legend>
        {moods.map(([mood, icon]) => (
          <label key={mood} className="pick">
            <input
              type="radio"
              name="mood"
              checked={draft.mood === mood}
              onChange={() => onDraft({ ...draft, mood })}
              // A second press takes it back: nobody has to have a mood.
              onClick={() => draft.mood === mood && onDraft({ ...draft, mood: null })}
            />
            <span>
              <Icon of={icon} />
              {t(`mood.${mood}`)}
            </span>
          </label>
        ))}
      </fieldset>
      <TextInput
        label={t("note")}
        description={t("note.text")}
        maxLength={500}
        value={draft.note}
        onChange={(event) => onDraft({ ...draft, note: event.currentTarget.value })}
      />
      <div className="row">
        <Button kind="main" type="submit" disabledReason={isUnchosen ? t("who.unchosen") : undefined}>
          {t("save")}
        </Button>
        <span className="soft">{t("save.hint")}</span>
      </div>
    </form>
  );
}
