import { Modal, Select, Textarea, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import type { PrivacyRequest } from "./queries.ts";

const kinds = ["access", "portability", "rectify", "restrict", "object", "erase", "anonymise"] as const;

/** Files what a person asked by letter, at the counter or on the phone. */
export function NewRequestDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("privacy");
  const say = useRefusalText();
  const [kind, setKind] = useState<PrivacyRequest["kind"]>("access");
  const [by, setBy] = useState("email");
  const [value, setValue] = useState("");
  const [words, setWords] = useState("");
  const file = useMutation({
    mutationFn: () => {
      const text = value.trim();
      const whom = by === "customer" ? { customerId: text } : { kind: by, value: text };
      const said = words.trim();
      return call(
        api.POST("/api/privacy/requests", { body: { whom, kind, ...(said ? { words: said } : {}) } }),
      );
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["privacy"] });
      notifyDone(t("filed"));
      setValue("");
      setWords("");
      onClose();
    },
  });
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("new")}
      closeButtonProps={{ "aria-label": t("design:close") }}
    >
      <form
        className="stack s4"
        onSubmit={(event) => {
          event.preventDefault();
          file.mutate();
        }}
      >
        <Select
          label={t("kind")}
          allowDeselect={false}
          data={kinds.map((one) => ({ value: one, label: t(`kinds.${one}`) }))}
          value={kind}
          onChange={(next) => next && setKind(next as PrivacyRequest["kind"])}
        />
        <Select
          label={t("by")}
          allowDeselect={false}
          data={["email", "user_id", "customer"].map((one) => ({ value: one, label: t(`bys.${one}`) }))}
          value={by}
          onChange={(next) => next && setBy(next)}
        />
        <TextInput
          label={t(`bys.${by}`)}
          required
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        <Textarea
          label={t("words")}
          autosize
          minRows={2}
          maxLength={4000}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        {file.error ? (
          <Note tone="bad" announce>
            {say(file.error) ?? t("design:error.text")}
          </Note>
        ) : null}
        <div className="row end">
          <Button
            kind="main"
            type="submit"
            busy={file.isPending}
            disabledReason={value.trim() ? undefined : t("whoMissing")}
          >
            {t("file")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
