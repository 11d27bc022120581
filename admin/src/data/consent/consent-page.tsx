import { Modal } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { useMay } from "../../shell/session.tsx";
import { LedgerPanel } from "./ledger-panel.tsx";
import { MailsPanel } from "./mails-panel.tsx";
import { PurposeForm } from "./purpose-form.tsx";
import { type Purpose, purposeList } from "./queries.ts";

/** What the brand asks visitors and customers, and whether the ledger of their answers is whole. */
export default function ConsentPage() {
  const { t } = useTranslation("consent");
  const may = useMay();
  const f = useFormats();
  const list = useQuery(purposeList());
  const [edited, setEdited] = useState<Purpose | "new">();
  const purposes = list.data?.purposes ?? [];
  const open = purposes.filter((purpose) => !purpose.retiredAt);
  const retired = purposes.filter((purpose) => purpose.retiredAt);
  const mayWrite = may("settings:write");
  return (
    <Page
      title={t("title")}
      reading={list.data ? t("reading", { count: open.length }) : null}
      actions={
        mayWrite ? (
          <Button kind="main" icon={IconPlus} onClick={() => setEdited("new")}>
            {t("new")}
          </Button>
        ) : null
      }
    >
      <PageTabs here="/settings/consent" />
      <Panel question={t("which")} how={[t("whichHow")]} state={stateOf(list, { shape: "text" })}>
        <ul className="list">
          {open.map((purpose) => (
            <PurposeLine
              key={purpose.key}
              purpose={purpose}
              onEdit={mayWrite ? () => setEdited(purpose) : undefined}
            />
          ))}
        </ul>
        {retired.length > 0 ? (
          <details>
            <summary>{t("retired", { count: retired.length })}</summary>
            <ul className="list">
              {retired.map((purpose) => (
                <PurposeLine key={purpose.key} purpose={purpose} />
              ))}
            </ul>
          </details>
        ) : null}
      </Panel>
      {may("data:read") ? <LedgerPanel /> : null}
      {may("customers:read") ? <MailsPanel /> : null}
      <Modal
        opened={edited !== undefined}
        onClose={() => setEdited(undefined)}
        title={
          edited && edited !== "new"
            ? t("editOne", { name: edited.name[f.language] })
            : t(edited ? "new" : "edit")
        }
        size="lg"
        closeButtonProps={{ "aria-label": t("design:close") }}
      >
        {edited ? (
          <PurposeForm purpose={edited === "new" ? undefined : edited} onDone={() => setEdited(undefined)} />
        ) : null}
      </Modal>
    </Page>
  );
}

function PurposeLine({ purpose, onEdit }: { purpose: Purpose; onEdit?: (() => void) | undefined }) {
  const { t } = useTranslation("consent");
  const f = useFormats();
  const say = useRefusalText();
  const confirm = useConfirm();
  const retire = useMutation({
    mutationFn: () =>
      call(api.POST("/api/purposes/{key}/retire", { params: { path: { key: purpose.key } } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["consent"] });
      notifyDone(t("retiredDone"));
    },
  });
  const name = purpose.name[f.language];
  const facts = [
    purpose.kinds.map((kind) => t(`kind.${kind.replace(":", "_")}`)).join(", "),
    t("version", { version: purpose.wordingVersion }),
    purpose.lifetimeMonths
      ? t(`lifetime.${purpose.lifetimeFrom}`, { count: purpose.lifetimeMonths })
      : t("lifetime.none"),
    purpose.doubleOptIn ? t("confirmedByMail") : null,
  ];
  const askRetire = async () => {
    const text = t("retireText", { name, granted: f.number(purpose.granted) });
    if (await confirm({ title: t("retire"), text, action: t("retire") })) retire.mutate();
  };
  return (
    <li className="wraps">
      <div className="grow stack">
        <span>
          <b>{name}</b>{" "}
          {purpose.retiredAt ? <Chip>{t("retiredOn", { date: f.date(purpose.retiredAt) })}</Chip> : null}
        </span>
        <span className="sm">{purpose.wording[f.language]}</span>
        <span className="xs dim">{facts.filter(Boolean).join(" · ")}</span>
        <span className="xs dim">
          {t("counts", { granted: f.number(purpose.granted), refused: f.number(purpose.refused) })}
          {purpose.waiting > 0 ? ` ${t("waiting", { count: purpose.waiting })}` : null}
        </span>
        {retire.error ? (
          <Note tone="bad" announce>
            {say(retire.error) ?? t("design:error.text")}
          </Note>
        ) : null}
      </div>
      {onEdit ? (
        <span className="row">
          <Button onClick={onEdit} aria-label={t("editOne", { name })}>
            {t("edit")}
          </Button>
          <Button
            kind="quiet"
            busy={retire.isPending}
            onClick={() => void askRetire()}
            aria-label={t("retireOne", { name })}
          >
            {t("retire")}
          </Button>
        </span>
      ) : null}
    </li>
  );
}
