import { Checkbox, Modal, TextInput } from "@mantine/core";
import { call, type paths } from "@rondell/api-client";
import { IconPlus } from "@tabler/icons-react";
import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { PageTabs } from "../../shell/page-tabs.tsx";
import type { Right } from "../../shell/session.tsx";
import { useMe } from "../../shell/session.tsx";
import { CodeBlock } from "../sources/code-block.tsx";

type Token = paths["/api/tokens"]["get"]["responses"][200]["content"]["application/json"]["tokens"][number];

const tokenList = () =>
  queryOptions({
    queryKey: ["tokens", "list"],
    queryFn: ({ signal }) => call(api.GET("/api/tokens", { signal })),
  });

/** Secrets by which the brand's own programs speak to this garden. */
export default function TokensPage() {
  const { t } = useTranslation("tokens");
  const f = useFormats();
  const say = useRefusalText();
  const confirm = useConfirm();
  const list = useQuery(tokenList());
  const [isMaking, setMaking] = useState(false);
  const revoke = useMutation({
    mutationFn: (token: Token) =>
      call(api.DELETE("/api/tokens/{id}", { params: { path: { id: token.id } } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["tokens"] });
      notifyDone(t("revoked"));
    },
  });
  const askRevoke = async (token: Token) => {
    const { name } = token;
    if (await confirm({ title: t("revoke"), text: t("revokeText", { name }), action: t("revoke") }))
      revoke.mutate(token);
  };
  const columns: Column<Token>[] = [
    { id: "name", head: t("name"), lead: true, cell: (token) => <b>{token.name}</b> },
    {
      id: "scopes",
      head: t("scopes"),
      cell: (token) => <span className="sm mono">{token.scopes.join(", ")}</span>,
    },
    { id: "made", head: t("made"), cell: (token) => `${f.date(token.createdAt)}, ${token.createdBy}` },
    {
      id: "used",
      head: t("used"),
      cell: (token) => (token.lastUsedAt ? f.dateTime(token.lastUsedAt) : t("never")),
    },
    {
      id: "do",
      head: t("state"),
      right: true,
      cell: (token) =>
        token.revokedAt ? (
          <Chip tone="watch">{t("revokedOn", { date: f.date(token.revokedAt) })}</Chip>
        ) : (
          <Button kind="quiet" onClick={() => void askRevoke(token)}>
            {t("revoke")}
          </Button>
        ),
    },
  ];
  return (
    <Page
      title={t("title")}
      reading={t("reading")}
      actions={
        <Button kind="main" icon={IconPlus} onClick={() => setMaking(true)}>
          {t("new")}
        </Button>
      }
    >
      <PageTabs here="/settings/tokens" />
      {revoke.error ? (
        <Note tone="bad" announce>
          {say(revoke.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      <Panel
        question={t("which")}
        flush
        how={[
          t("how"),
          <Link key="docs" to="/docs">
            {t("docs")}
          </Link>,
        ]}
        state={stateOf(list, {
          shape: "table",
          empty: (data) =>
            data.tokens.length === 0 && <EmptyState title={t("none")}>{t("noneText")}</EmptyState>,
        })}
      >
        {list.data ? (
          <DataTable
            label={t("title")}
            columns={columns}
            rows={list.data.tokens}
            rowId={(token) => token.id}
          />
        ) : null}
      </Panel>
      <Modal
        opened={isMaking}
        onClose={() => setMaking(false)}
        title={t("new")}
        closeButtonProps={{ "aria-label": t("design:close") }}
      >
        <NewToken onClose={() => setMaking(false)} />
      </Modal>
    </Page>
  );
}

/** Names and rights first; then the secret, this once. */
function NewToken({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("tokens");
  const say = useRefusalText();
  const me = useMe();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(["collect:write"]);
  const make = useMutation({
    mutationFn: () =>
      call(api.POST("/api/tokens", { body: { name: name.trim(), scopes: scopes as Right[] } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["tokens"] }),
  });
  if (make.data) {
    return (
      <div className="stack s4">
        <p className="soft">{t("secretText")}</p>
        <CodeBlock text={make.data.token} label={t("secret")} />
        <div className="row end">
          <Button kind="main" onClick={onClose}>
            {t("kept")}
          </Button>
        </div>
      </div>
    );
  }
  const missing = !name.trim() ? t("nameMissing") : scopes.length === 0 ? t("scopeMissing") : undefined;
  return (
    <form
      className="stack s4"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <TextInput
        label={t("name")}
        data-autofocus
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Checkbox.Group label={t("scopes")} description={t("scopesText")} value={scopes} onChange={setScopes}>
        <div className="stack" style={{ marginTop: "var(--s2)" }}>
          {me.rights.map((right) => (
            <Checkbox key={right} value={right} label={<span className="mono">{right}</span>} />
          ))}
        </div>
      </Checkbox.Group>
      {make.error ? (
        <Note tone="bad" announce>
          {say(make.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      <div className="row end">
        <Button kind="main" type="submit" busy={make.isPending} disabledReason={missing}>
          {t("make")}
        </Button>
      </div>
    </form>
  );
}
