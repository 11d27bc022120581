import { call } from "@rondell/api-client";
import { IconAddressBook, IconMoodHappy, IconMoodNeutral, IconMoodSad } from "@tabler/icons-react";
import { type UseQueryResult, useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { Link } from "../../design/link.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { useCustomerName } from "../customers/name.tsx";
import type { Contact, ContactSettings } from "./queries.ts";
import type { Unsent } from "./unsent.ts";

const moodIcon = { good: IconMoodHappy, neutral: IconMoodNeutral, bad: IconMoodSad } as const;

/** What was written down today, and what waits for the network. */
export function TodayPanel({
  today,
  unsent,
  failed,
  onAgain,
  onDrop,
}: {
  today: UseQueryResult<{ settings: ContactSettings; items: Contact[] }>;
  unsent: Unsent[];
  failed: Error | undefined;
  onAgain: () => void;
  onDrop: (clientId: string) => void;
}) {
  const { t } = useTranslation("contacts");
  const f = useFormats();
  const say = useRefusalText();
  const customerName = useCustomerName();
  const kinds = new Map(today.data?.settings.kinds.map((kind) => [kind.key, kind.name]));
  const nameOf = (key: string) => kinds.get(key) ?? key;
  return (
    <Panel
      question={t("today")}
      state={stateOf(today, {
        shape: "text",
        empty: (data) =>
          data.items.length + unsent.length === 0 && (
            <EmptyState icon={IconAddressBook} title={t("today.none")}>
              {t("today.noneText")}
            </EmptyState>
          ),
      })}
      how={[t("today.how")]}
    >
      {unsent.length ? (
        <div className="stack s3">
          <Note tone={failed ? "bad" : "warn"} late={!failed}>
            {failed ? (say(failed) ?? t("design:error.text")) : t("unsent", { count: unsent.length })}
          </Note>
          {unsent.map((entry) => (
            <div key={entry.clientId} className="contact">
              <div>
                <b>{entry.name ?? t("who.anonymous")}</b> <span className="soft">{nameOf(entry.kind)}</span>
              </div>
              <div className="row">
                <Button onClick={onAgain}>{t("unsent.again")}</Button>
                <Button kind="quiet" onClick={() => onDrop(entry.clientId)}>
                  {t("unsent.drop")}
                </Button>
              </div>
            </div>
          ))}
        </div>
      ) : null}
      <div>
        {today.data?.items.map((contact) => (
          <div key={contact.id} className={`contact ${contact.undone ? "undone" : ""}`.trim()}>
            <div>
              {contact.customer ? (
                <Link to={`/customers/${contact.customer.id}`}>
                  <b>{customerName(contact.customer)}</b>
                </Link>
              ) : (
                <b>{t("who.anonymous")}</b>
              )}
              <div className="sm soft">
                {nameOf(contact.kind)} · {f.time(contact.at)} · {contact.by}
              </div>
              <div className="row tight">
                {contact.mood ? <Chip icon={moodIcon[contact.mood]}>{t(`mood.${contact.mood}`)}</Chip> : null}
                {contact.topics.map((topic) => (
                  <Chip key={topic}>{topic}</Chip>
                ))}
              </div>
              {contact.note ? <p>{contact.note}</p> : null}
            </div>
            {contact.undone ? <Chip>{t("undone")}</Chip> : <Undo contact={contact} />}
          </div>
        ))}
      </div>
    </Panel>
  );
}

function Undo({ contact }: { contact: Contact }) {
  const { t } = useTranslation("contacts");
  const undo = useMutation({
    mutationFn: () => call(api.POST("/api/contacts/{id}/undo", { params: { path: { id: contact.id } } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["contacts"] });
      notifyDone(t("undone.done"));
    },
  });
  if (!contact.mayUndo) return null;
  return (
    <Button
      kind="quiet"
      busy={undo.isPending}
      aria-label={t("undo.label", { name: contact.customer?.name ?? t("who.anonymous") })}
      onClick={() => undo.mutate()}
    >
      {t("undo")}
    </Button>
  );
}
