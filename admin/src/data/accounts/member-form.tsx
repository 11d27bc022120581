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
import { useCustomerName } from "../customers/name.tsx";
import { candidates } from "../merges/queries.ts";
import { type Member, renewAccounts } from "./queries.ts";

interface Chosen {
  id: string;
  name: string;
}

/** Puts a customer into an account, or says what a member is there. */
export function MemberForm({ account, of, onDone }: { account: string; of?: Member; onDone: () => void }) {
  const { t } = useTranslation("accounts");
  const say = useRefusalText();
  const nameOf = useCustomerName();
  const [who, setWho] = useState<Chosen | undefined>(
    of ? { id: of.customer.id, name: nameOf(of.customer) } : undefined,
  );
  const [role, setRole] = useState(of?.role ?? "");
  const [since, setSince] = useState("");
  const save = useMutation({
    mutationFn: async () => {
      if (of)
        await call(
          api.PATCH("/api/accounts/{id}/members/{member}", {
            params: { path: { id: account, member: of.member } },
            body: { role: role.trim() },
          }),
        );
      else
        await call(
          api.POST("/api/accounts/{id}/members", {
            params: { path: { id: account } },
            body: {
              customer: who?.id ?? "",
              role: role.trim(),
              ...(since ? { since: new Date(`${since}T00:00:00`).toISOString() } : {}),
            },
          }),
        );
    },
    onSuccess: async () => {
      await renewAccounts();
      notifyDone(t(of ? "saved" : "member.added"));
      onDone();
    },
  });
  return (
    <form
      className="stack s4"
      onSubmit={(event) => {
        event.preventDefault();
        if (who) save.mutate();
      }}
    >
      {who ? (
        <div className="row spread">
          <b>{who.name}</b>
          {of ? null : (
            <Button kind="quiet" onClick={() => setWho(undefined)}>
              {t("member.other")}
            </Button>
          )}
        </div>
      ) : (
        <FindCustomer onFound={setWho} />
      )}
      {of && !of.proven ? <Note>{t("member.prove")}</Note> : null}
      <TextInput
        label={t("role")}
        description={t("role.text")}
        maxLength={100}
        value={role}
        onChange={(event) => setRole(event.currentTarget.value)}
      />
      {of ? null : (
        <TextInput
          type="date"
          label={t("member.since")}
          description={t("member.sinceText")}
          value={since}
          onChange={(event) => setSince(event.currentTarget.value)}
        />
      )}
      {save.error ? (
        <Note tone="bad" announce>
          {say(save.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      <div className="row end">
        <Button
          kind="main"
          type="submit"
          busy={save.isPending}
          disabledReason={who ? undefined : t("member.whoMissing")}
        >
          {t(of ? "save" : "member.add")}
        </Button>
      </div>
    </form>
  );
}

function FindCustomer({ onFound }: { onFound: (found: Chosen) => void }) {
  const { t } = useTranslation("accounts");
  const nameOf = useCustomerName();
  const [typed, setTyped] = useState("");
  const [text] = useDebouncedValue(typed.trim(), 250);
  const found = useQuery(candidates(text));
  return (
    <div className="stack">
      <TextInput
        label={t("member.who")}
        data-autofocus
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {text && found.data ? (
        found.data.items.length ? (
          <ul className="list">
            {found.data.items.map((row) => (
              <li key={row.id}>
                <span className="grow">
                  <b>{nameOf(row)}</b>
                  {row.userId ? <span className="sub">{row.userId}</span> : null}
                </span>
                <Button onClick={() => onFound({ id: row.id, name: nameOf(row) })}>{t("choose")}</Button>
              </li>
            ))}
          </ul>
        ) : (
          <p className="soft" role="status">
            {t("member.none")}
          </p>
        )
      ) : null}
    </div>
  );
}
