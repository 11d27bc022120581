import { Modal, Textarea, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { ExportLink } from "../../shell/export-link.tsx";
import { useMay } from "../../shell/session.tsx";
import type { PrivacyRequest } from "./queries.ts";

/** One request: what was asked, and the ways to answer it. */
export function AnswerDialog({ request, onClose }: { request: PrivacyRequest; onClose: () => void }) {
  const { t } = useTranslation("privacy");
  const f = useFormats();
  const say = useRefusalText();
  const may = useMay();
  const confirm = useConfirm();
  const [reason, setReason] = useState("");
  const [trait, setTrait] = useState("");
  const [value, setValue] = useState("");
  const path = { path: { id: request.id } };
  const isErasing = request.kind === "erase" || request.kind === "anonymise";
  const isOpen = request.closedAt === null && request.customer !== null && may("privacy:write");

  const act = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["privacy"] });
      notifyDone(t("done"));
      onClose();
    },
  });
  const because = { because: reason.trim() };
  const fulfil = async () => {
    if (isErasing) {
      const text = t(request.kind === "erase" ? "confirm.erase" : "confirm.anonymise");
      if (!(await confirm({ title: t(`kinds.${request.kind}`), text, action: t(`kinds.${request.kind}`) })))
        return;
    }
    const correction =
      request.kind === "rectify" ? { correction: { traits: { [trait.trim()]: value.trim() || null } } } : {};
    act.mutate(() => call(api.POST("/api/privacy/requests/{id}/fulfil", { params: path, body: correction })));
  };
  const missing = isErasing && !may("privacy:erase") ? t("ownerOnly") : undefined;
  const noTrait = request.kind === "rectify" && !trait.trim() ? t("traitMissing") : undefined;
  const noReason = reason.trim().length < 3 ? t("reasonMissing") : undefined;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(`kinds.${request.kind}`)}
      closeButtonProps={{ "aria-label": t("design:close") }}
    >
      <div className="stack s4">
        <p className="soft">
          {t("openedOn", { date: f.date(request.openedAt) })} ·{" "}
          {request.closedAt
            ? t("closedOn", { date: f.date(request.closedAt) })
            : t("dueOn", { date: f.date(request.dueAt) })}
        </p>
        {request.words ? <blockquote className="reading">{request.words}</blockquote> : null}
        {request.extendedBecause ? <p>{t("extended", { reason: request.extendedBecause })}</p> : null}
        {request.note ? <p>{request.note}</p> : null}
        {may("privacy:write")
          ? request.files.map((file) => (
              <p key={file.id}>
                <ExportLink path={`/api/privacy/exports/${file.id}`}>
                  {t("download", { size: f.number(Math.ceil((file.bytes ?? 0) / 1024)) })}
                </ExportLink>{" "}
                <span className="soft sm">{t("until", { date: f.date(file.expiresAt) })}</span>
              </p>
            ))
          : null}
        {isOpen && request.state === "open" ? (
          <div className="stack">
            <p>{t(`what.${request.kind}`)}</p>
            {request.kind === "rectify" ? (
              <>
                <TextInput
                  label={t("trait")}
                  value={trait}
                  onChange={(event) => setTrait(event.currentTarget.value)}
                />
                <TextInput
                  label={t("value")}
                  description={t("valueText")}
                  value={value}
                  onChange={(event) => setValue(event.currentTarget.value)}
                />
              </>
            ) : null}
            <div className="row">
              <Button
                kind="main"
                busy={act.isPending}
                disabledReason={missing ?? noTrait}
                onClick={() => void fulfil()}
              >
                {t(`do.${request.kind}`)}
              </Button>
            </div>
          </div>
        ) : null}
        {isOpen ? (
          <div className="stack">
            <Textarea
              label={t("reason")}
              description={t("reasonText")}
              autosize
              minRows={2}
              maxLength={1000}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <div className="row">
              <Button
                busy={act.isPending}
                disabledReason={request.extendedBecause ? t("extendedOnce") : noReason}
                onClick={() =>
                  act.mutate(() =>
                    call(api.POST("/api/privacy/requests/{id}/extend", { params: path, body: because })),
                  )
                }
              >
                {t("extend")}
              </Button>
              <Button
                busy={act.isPending}
                disabledReason={noReason}
                onClick={() =>
                  act.mutate(() =>
                    call(api.POST("/api/privacy/requests/{id}/refuse", { params: path, body: because })),
                  )
                }
              >
                {t("refuse")}
              </Button>
            </div>
          </div>
        ) : null}
        {act.error ? (
          <Note tone="bad" announce>
            {say(act.error) ?? t("design:error.text")}
          </Note>
        ) : null}
      </div>
    </Modal>
  );
}
