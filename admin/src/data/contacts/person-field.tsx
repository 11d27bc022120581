import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type RefObject, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { type Person, peopleFor, personAllowed } from "./queries.ts";
import type { Draft } from "./unsent.ts";

/** Who it was: typed, chosen with arrows and Enter, or left empty for nobody in particular. */
export function PersonField({
  draft,
  onDraft,
  input,
}: {
  draft: Draft;
  onDraft: (draft: Draft) => void;
  input: RefObject<HTMLInputElement | null>;
}) {
  const { t } = useTranslation("contacts");
  const list = useId();
  const [at, setAt] = useState(0);
  const [asked] = useDebouncedValue(draft.search.trim(), 150);
  const found = useQuery(peopleFor(asked));
  // Only what was found for these very words: Enter must not choose somebody who was asked for before.
  const isFresh = asked === draft.search.trim();
  const people = asked.length >= 2 && isFresh ? (found.data?.items ?? []) : [];
  const isNone = people.length === 0 && asked.length >= 2 && found.isSuccess && isFresh;
  const current = Math.min(at, Math.max(people.length - 1, 0));
  const choose = (person: Person) => {
    const form = input.current?.form;
    onDraft({ ...draft, search: "", person: { id: person.id, name: nameOf(person) } });
    setAt(0);
    // The field is gone with the choice: the keyboard goes on with the next question.
    requestAnimationFrame(() => form?.querySelector<HTMLElement>("input[name=kind]:checked")?.focus());
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(current + 1, people.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(current - 1, 0));
    else if (event.key === "Escape") onDraft({ ...draft, search: "" });
    else if (event.key === "Enter" && people[current]) choose(people[current]);
    else return;
    event.preventDefault();
  };
  if (draft.person)
    return (
      <div className="stack">
        <p className="label">{t("who")}</p>
        <div className="row">
          <b>{draft.person.name ?? t("who.unnamed")}</b>
          <Button
            kind="quiet"
            icon={IconX}
            onClick={() => {
              onDraft({ ...draft, person: null });
              requestAnimationFrame(() => input.current?.focus());
            }}
          >
            {t("who.other")}
          </Button>
        </div>
        <Allowed id={draft.person.id} onNobody={() => onDraft({ ...draft, person: null })} />
      </div>
    );
  return (
    <div className="stack">
      <TextInput
        ref={input}
        label={t("who")}
        description={t("who.text")}
        autoFocus
        autoComplete="off"
        role="combobox"
        aria-expanded={people.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={people.length ? `${list}-${current}` : undefined}
        value={draft.search}
        onKeyDown={press}
        onChange={(event) => {
          setAt(0);
          onDraft({ ...draft, search: event.currentTarget.value });
        }}
      />
      <div id={list} role="listbox" aria-label={t("who.found")} className="people" hidden={!people.length}>
        {people.map((person, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys.
          <div
            key={person.id}
            id={`${list}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(person)}
          >
            <b>{nameOf(person) ?? t("who.unnamed")}</b>
            <span className="soft">{[person.email, person.userId].filter(Boolean).join(" · ")}</span>
            <span className="xs dim">{t(`who.by.${person.by}`)}</span>
          </div>
        ))}
      </div>
      <p className="soft" role="status">
        {isNone ? t("who.none") : ""}
      </p>
    </div>
  );
}

const nameOf = (person: Person) => person.name ?? person.email ?? person.userId;

/** Says where the customer does not want to be recorded. */
function Allowed({ id, onNobody }: { id: string; onNobody: () => void }) {
  const { t } = useTranslation("contacts");
  const person = useQuery(personAllowed(id));
  if (person.data?.mayRecord !== false) return null;
  return (
    <div className="stack">
      <Note tone="warn" announce>
        {t("who.refuses")}
      </Note>
      <div className="row">
        <Button onClick={onNobody}>{t("who.nobody")}</Button>
      </div>
    </div>
  );
}
