import { call } from "@rondell/api-client";
import { IconArrowBackUp, IconArrowMerge } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import { Button, Icon } from "../../design/button.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { Link } from "../../design/link.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { ErrorState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import { useCustomerName } from "../customers/name.tsx";
import { type LogEntry, renewCustomers } from "./queries.ts";

/** One of the two; null where they were erased since. */
type Merged = LogEntry["joined"];

/** Entries of the log as a list: who was merged into whom, and the way back where the merge still stands. */
export function Log({ entries }: { entries: readonly LogEntry[] }) {
  return (
    <ul className="list">
      {entries.map((entry) => (
        <One key={entry.id} entry={entry} />
      ))}
    </ul>
  );
}

function One({ entry }: { entry: LogEntry }) {
  const { t } = useTranslation("merges");
  const f = useFormats();
  const may = useMay();
  const confirm = useConfirm();
  const nameOf = useCustomerName();
  const name = (person: Merged) => (person ? nameOf(person) : t("entry.erased"));
  const [one, other] = [name(entry.survivor), name(entry.joined)];
  const undo = useMutation({
    mutationFn: () => call(api.POST("/api/merges/{id}/undo", { params: { path: { id: entry.id } } })),
    onSuccess: async () => {
      await renewCustomers();
      notifyDone(t("undone", { one, other }));
    },
  });
  const ask = async () => {
    const yes = await confirm({
      title: t("undo.title"),
      text: t("undo.text", { one, other }),
      action: t("undo"),
    });
    if (yes) undo.mutate();
  };
  const isStanding = entry.kind === "merge" && entry.undoneAt === null;
  // The name inside comes with the sentence.
  const linkTo = (person: Merged) =>
    person ? <Link to={`/customers/${person.id}`}>{null}</Link> : <span className="soft" />;
  return (
    <li>
      <Icon of={entry.kind === "merge" ? IconArrowMerge : IconArrowBackUp} />
      <span className="grow">
        <Trans
          t={t}
          i18nKey={entry.kind === "merge" ? "entry.merge" : "entry.unmerge"}
          components={{ other: linkTo(entry.joined), one: linkTo(entry.survivor) }}
          values={{ one, other }}
        />
        <br />
        <span className="meta">
          {t("entry.by", { by: entry.by, at: f.dateTime(entry.at) })}
          {entry.undoneAt ? `, ${t("entry.undone", { at: f.dateTime(entry.undoneAt) })}` : null}
        </span>
        {isStanding ? (
          <span className="row">
            <Button
              kind="quiet"
              icon={IconArrowBackUp}
              busy={undo.isPending}
              disabledReason={may("data:write") ? undefined : t("noRight")}
              onClick={() => void ask()}
            >
              {t("undo")}
            </Button>
          </span>
        ) : null}
        {undo.error ? <ErrorState error={undo.error} title={t("undo.failed")} /> : null}
      </span>
    </li>
  );
}
