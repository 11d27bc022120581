import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Chip, type Tone } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { type Mail, mails } from "./queries.ts";

const toneOf: Record<Mail["state"], Tone> = {
  waiting: "watch",
  sending: "watch",
  sent: "good",
  dropped: "plain",
  failed: "bad",
};

/** What was sent, what waits, and why something was not sent. */
export function MailsPanel() {
  const { t } = useTranslation("consent");
  const f = useFormats();
  const log = useQuery(mails());
  const columns: Column<Mail>[] = [
    {
      id: "to",
      head: t("mail.to"),
      lead: true,
      cell: (mail) => (
        <>
          <b>{mail.recipient}</b>
          <span className="sub">{mail.subject}</span>
        </>
      ),
    },
    { id: "at", head: t("mail.at"), cell: (mail) => f.dateTime(mail.endedAt ?? mail.createdAt) },
    {
      id: "state",
      head: t("mail.state"),
      right: true,
      cell: (mail) => (
        <>
          <Chip tone={toneOf[mail.state]}>{t(`mail.state.${mail.state}`)}</Chip>
          {mail.reason ? <span className="sub">{t(`mail.reason.${mail.reason}`)}</span> : null}
        </>
      ),
    },
  ];
  return (
    <Panel
      question={t("mails")}
      how={[t("mails.how")]}
      flush
      state={stateOf(log, {
        shape: "table",
        empty: (data) =>
          data.mails.length === 0 && <EmptyState title={t("mails.none")}>{t("mails.noneText")}</EmptyState>,
      })}
    >
      <DataTable
        label={t("mails")}
        columns={columns}
        rows={log.data?.mails ?? []}
        rowId={(mail) => String(mail.id)}
      />
    </Panel>
  );
}
