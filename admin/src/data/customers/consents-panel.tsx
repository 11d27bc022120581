import { Modal } from "@mantine/core";
import { call, type paths } from "@rondell/api-client";
import { IconPencil } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { ExportLink } from "../../shell/export-link.tsx";
import { useMay } from "../../shell/session.tsx";
import { ConsentForm } from "./consent-form.tsx";
import { type Customer, customer, customerConsents } from "./queries.ts";

type Entry =
  paths["/api/customers/{id}/consents"]["get"]["responses"][200]["content"]["application/json"]["items"][number];
type Given = Pick<Customer["consents"][number], "at" | "basis" | "origin" | "source" | "wordingVersion">;

/** What the customer allows now, and every entry of the ledger that led there. */
export function Consents({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const one = useQuery(customer(id));
  const entries = useQuery(customerConsents(id)).data?.items ?? [];
  const nameOf = (entry: Entry) =>
    one.data?.consents.find((consent) => consent.purpose === entry.purpose)?.name[f.language] ??
    entry.name?.[f.language] ??
    entry.purpose;
  const words = useGivenWords();
  const may = useMay();
  const [isNoting, setNoting] = useState(false);
  const mayNote = may("contacts:write");
  const back = useTakeBack(id);
  return (
    <Panel question={t("page.consent")} state={stateOf(one, { shape: "text" })} how={[t("page.consentHow")]}>
      <ul className="list">
        {(one.data?.consents ?? []).map((consent) => (
          <li key={consent.purpose} className="wraps">
            <b className="grow">{consent.name[f.language]}</b>
            {consent.granted === null ? (
              <Chip>{t("page.neverAsked")}</Chip>
            ) : consent.expired ? (
              <Chip tone="watch">{t("page.act.expired")}</Chip>
            ) : (
              <Answer granted={consent.granted} />
            )}
            <span className="meta">{consent.at && consent.basis ? words(consent) : t("page.noAnswer")}</span>
          </li>
        ))}
      </ul>
      {mayNote && one.data ? (
        <div className="row" style={{ margin: "var(--s3) 0" }}>
          <Button icon={IconPencil} onClick={() => setNoting(true)}>
            {t("note.open")}
          </Button>
          <Modal
            opened={isNoting}
            onClose={() => setNoting(false)}
            title={t("note.title")}
            closeButtonProps={{ "aria-label": t("design:close") }}
          >
            <ConsentForm of={one.data} onDone={() => setNoting(false)} />
          </Modal>
        </div>
      ) : null}
      {entries.length > 0 ? (
        <details>
          <summary>{t("page.ledger", { count: entries.length })}</summary>
          <ul className="list">
            {entries.map((entry) => (
              <LedgerLine
                key={entry.entry}
                entry={entry}
                name={nameOf(entry)}
                {...(mayNote && entry.canBeTakenBack ? { onTakeBack: () => void back.ask(entry.entry) } : {})}
              />
            ))}
          </ul>
        </details>
      ) : null}
      {back.error ? (
        <Note tone="bad" announce>
          {back.error}
        </Note>
      ) : null}
      {entries.length > 0 ? (
        <div className="row" style={{ marginTop: "var(--s3)" }}>
          <ExportLink path={`/api/customers/${id}/consents/receipt.pdf`} query={{ language: f.language }}>
            {t("page.receipt")}
          </ExportLink>
          <ExportLink path={`/api/customers/${id}/consents/receipt`} query={{ language: f.language }}>
            {t("page.receiptJson")}
          </ExportLink>
        </div>
      ) : null}
    </Panel>
  );
}

/** One entry: what was said, when, how and where; below it what shows it, and the words that were read. */
function LedgerLine({ entry, name, onTakeBack }: { entry: Entry; name: string; onTakeBack?: () => void }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const words = useGivenWords();
  const taken = entry.act === "retracted" ? /^entry (\d+)$/.exec(entry.proof ?? "")?.[1] : undefined;
  const proof = taken ? t("page.takesBack", { entry: taken }) : entry.proof;
  const shown = [entry.place, proof, `#${entry.entry}`].filter(Boolean).join(" · ");
  return (
    <li className="wraps">
      <span className="grow">{name}</span>
      {entry.isTakenBack ? (
        <Chip>{t("page.takenBack")}</Chip>
      ) : entry.act === "answer" ? (
        <Answer granted={entry.granted ?? false} />
      ) : (
        <Chip tone={entry.act === "asked" ? "watch" : "plain"}>{t(`page.act.${entry.act}`)}</Chip>
      )}
      <div className="meta stack">
        <span>{words(entry)}</span>
        {entry.wording ? (
          <span className="xs">
            <q>{entry.wording[f.language]}</q>
          </span>
        ) : null}
        <span className="xs dim" style={{ overflowWrap: "anywhere" }} title={entry.hash}>
          {shown}
        </span>
        {onTakeBack ? (
          <span className="row">
            <Button kind="quiet" onClick={onTakeBack}>
              {t("note.takeBack")}
            </Button>
          </span>
        ) : null}
      </div>
    </li>
  );
}

/** Takes an entry back that was noted by mistake, after a question. */
function useTakeBack(id: string) {
  const { t } = useTranslation("customers");
  const say = useRefusalText();
  const confirm = useConfirm();
  const take = useMutation({
    mutationFn: (entry: number) =>
      call(api.POST("/api/customers/{id}/consents/{entry}/take-back", { params: { path: { id, entry } } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["customers"] });
      notifyDone(t("note.takenBack"));
    },
  });
  const ask = async (entry: number) => {
    const sure = await confirm({
      title: t("note.takeBackTitle"),
      text: t("note.takeBackText"),
      action: t("note.takeBack"),
    });
    if (sure) take.mutate(entry);
  };
  return { ask, error: take.error ? (say(take.error) ?? t("design:error.text")) : undefined };
}

function Answer({ granted }: { granted: boolean }) {
  const { t } = useTranslation("customers");
  return granted ? (
    <Chip tone="good">{t("page.granted")}</Chip>
  ) : (
    <Chip tone="bad">{t("page.withdrawn")}</Chip>
  );
}

/** One answer in a line: the day, the place, the basis, and the version of the words that were read. */
function useGivenWords(): (given: Given) => string {
  const { t, i18n } = useTranslation("customers");
  const f = useFormats();
  return ({ at, origin, source, basis, wordingVersion }) => {
    const key = origin ? `page.origin.${origin}` : "";
    const place = key && i18n.exists(key, { ns: "customers" }) ? t(key) : origin;
    return [
      at ? f.date(at) : null,
      // Where an event said it, its source says more.
      origin === "event" || origin === "source" ? (source ?? place) : place,
      basis ? t(`page.basis.${basis}`) : null,
      wordingVersion ? t("page.wording", { version: wordingVersion }) : null,
    ]
      .filter(Boolean)
      .join(", ");
  };
}
