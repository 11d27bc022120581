import { TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api } from "../../shell/api.ts";
import { type Account, renewAccounts } from "./queries.ts";

const fields = ["name", "domain", "industry", "size"] as const;
type Field = (typeof fields)[number];

/** A new account, or what is known of one. */
export function AccountForm({ of, onDone }: { of?: Account; onDone: () => void }) {
  const { t } = useTranslation("accounts");
  const say = useRefusalText();
  const [number, setNumber] = useState("");
  const [values, setValues] = useState(
    () =>
      Object.fromEntries(fields.map((key) => [key, String(of?.traits[key] ?? "")])) as Record<Field, string>,
  );
  const save = useMutation({
    mutationFn: async () => {
      const said = Object.fromEntries(
        fields
          .filter((key) => values[key].trim() !== String(of?.traits[key] ?? ""))
          .map((key) => [key, values[key].trim() || null]),
      );
      if (of)
        await call(
          api.PATCH("/api/accounts/{id}", { params: { path: { id: of.id } }, body: { traits: said } }),
        );
      else await call(api.POST("/api/accounts", { body: { number: number.trim(), traits: said } }));
    },
    onSuccess: async () => {
      await renewAccounts();
      notifyDone(t(of ? "saved" : "made"));
      onDone();
    },
  });
  const missing = !values.name.trim()
    ? t("form.nameMissing")
    : !of && !number.trim()
      ? t("form.numberMissing")
      : undefined;
  return (
    <form
      className="stack s4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!missing) save.mutate();
      }}
    >
      {fields.slice(0, 1).map((key) => (
        <TextInput
          key={key}
          label={t(`trait.${key}`)}
          data-autofocus
          required
          maxLength={200}
          value={values[key]}
          onChange={(event) => setValues({ ...values, [key]: event.currentTarget.value })}
        />
      ))}
      {of ? null : (
        <TextInput
          label={t("form.number")}
          description={t("form.numberText")}
          required
          maxLength={255}
          value={number}
          onChange={(event) => setNumber(event.currentTarget.value)}
        />
      )}
      {fields.slice(1).map((key) => (
        <TextInput
          key={key}
          label={t(`trait.${key}`)}
          maxLength={200}
          value={values[key]}
          onChange={(event) => setValues({ ...values, [key]: event.currentTarget.value })}
        />
      ))}
      {save.error ? (
        <Note tone="bad" announce>
          {say(save.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      <div className="row end">
        <Button kind="main" type="submit" busy={save.isPending} disabledReason={missing}>
          {t(of ? "save" : "make")}
        </Button>
      </div>
    </form>
  );
}
