import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api } from "../../shell/api.ts";
import { type Account, accountsNamed, renewAccounts } from "./queries.ts";

/** Says to which account one belongs, or to none. */
export function ParentForm({ of, onDone }: { of: Account; onDone: () => void }) {
  const { t } = useTranslation("accounts");
  const say = useRefusalText();
  const [typed, setTyped] = useState("");
  const [text] = useDebouncedValue(typed.trim(), 250);
  const found = useQuery(accountsNamed(text));
  const others = (found.data?.items ?? []).filter((one) => one.id !== of.id);
  const save = useMutation({
    mutationFn: (parent: string | null) =>
      call(api.PUT("/api/accounts/{id}/parent", { params: { path: { id: of.id } }, body: { parent } })),
    onSuccess: async () => {
      await renewAccounts();
      notifyDone(t("saved"));
      onDone();
    },
  });
  const [parent] = of.above;
  return (
    <div className="stack s4">
      {parent ? (
        <div className="row spread">
          <span>{t("belongsTo", { name: parent.name })}</span>
          <Button busy={save.isPending} onClick={() => save.mutate(null)}>
            {t("parent.none")}
          </Button>
        </div>
      ) : null}
      <TextInput
        label={t("parent.find")}
        data-autofocus
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {text && found.data && others.length === 0 ? (
        <p className="soft" role="status">
          {t("noneFound")}
        </p>
      ) : null}
      {text && others.length ? (
        <ul className="list">
          {others.map((one) => (
            <li key={one.id}>
              <span className="grow">
                <b>{one.name ?? one.number}</b>
                <span className="sub">{one.number}</span>
              </span>
              <Button busy={save.isPending} onClick={() => save.mutate(one.id)}>
                {t("choose")}
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      {save.error ? (
        <Note tone="bad" announce>
          {say(save.error) ?? t("design:error.text")}
        </Note>
      ) : null}
    </div>
  );
}
