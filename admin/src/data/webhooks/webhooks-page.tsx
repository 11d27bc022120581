import { Modal, PasswordInput, Select, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconPlus, IconWebhook } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Link } from "../../design/link.tsx";
import { Note } from "../../design/note.tsx";
import { Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { useMay } from "../../shell/session.tsx";
import { type Webhook, webhookList } from "./queries.ts";
import { StateChip } from "./webhook-page.tsx";

/** Systems that send what happens there: shops, payments, tickets, forms, calls. */
export default function WebhooksPage() {
  const { t } = useTranslation("webhooks");
  const f = useFormats();
  const mayWrite = useMay()("settings:write");
  const list = useQuery(webhookList());
  const [isMaking, setMaking] = useState(false);
  const providers = list.data?.providers ?? [];
  const columns: Column<Webhook>[] = [
    {
      id: "name",
      head: t("name"),
      lead: true,
      cell: (hook) => (
        <Link to={`/webhooks/${hook.id}`}>
          <b>{hook.name}</b>
        </Link>
      ),
    },
    {
      id: "provider",
      head: t("system"),
      cell: (hook) => t(`provider.${hook.provider}`),
    },
    { id: "signature", head: t("signature.short"), cell: (hook) => t(`scheme.${hook.signature.scheme}`) },
    { id: "state", head: t("state"), cell: (hook) => <StateChip hook={hook} /> },
    {
      id: "last",
      head: t("last"),
      right: true,
      cell: (hook) => (hook.lastEventAt ? f.dateTime(hook.lastEventAt) : "–"),
    },
  ];
  const make = mayWrite ? (
    <Button kind="main" icon={IconPlus} onClick={() => setMaking(true)}>
      {t("new")}
    </Button>
  ) : null;
  return (
    <Page title={t("title")} reading={t("reading")} actions={make}>
      <PageTabs here="/webhooks" />
      <Stack>
        <Panel
          question={t("in")}
          flush
          how={[t("in.how")]}
          state={stateOf(list, {
            shape: "table",
            empty: (data) =>
              data.webhooks.length === 0 && (
                <EmptyState icon={IconWebhook} title={t("none")}>
                  {t("noneText")}
                </EmptyState>
              ),
          })}
        >
          {list.data ? (
            <DataTable
              label={t("in")}
              columns={columns}
              rows={list.data.webhooks}
              rowId={(hook) => hook.id}
            />
          ) : null}
        </Panel>
      </Stack>
      <Modal
        opened={isMaking}
        onClose={() => setMaking(false)}
        title={t("new")}
        closeButtonProps={{ "aria-label": t("design:close") }}
      >
        <NewWebhook providers={providers.map((one) => one.provider)} />
      </Modal>
    </Page>
  );
}

function NewWebhook({ providers }: { providers: string[] }) {
  const { t } = useTranslation("webhooks");
  const say = useRefusalText();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [provider, setProvider] = useState(providers[0] ?? "custom");
  const [secret, setSecret] = useState("");
  const make = useMutation({
    mutationFn: () =>
      call(
        api.POST("/api/webhooks", {
          body: { name: name.trim() || t(`provider.${provider}`), provider, ...(secret ? { secret } : {}) },
        }),
      ),
    onSuccess: async (hook) => {
      await queryClient.invalidateQueries({ queryKey: ["webhooks"] });
      await queryClient.invalidateQueries({ queryKey: ["sources"] });
      await navigate({ to: `/webhooks/${hook.id}` as "/" });
    },
  });
  return (
    <form
      className="stack s4"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <Select
        label={t("system")}
        description={t(`provider.${provider}Text`)}
        data-autofocus
        allowDeselect={false}
        value={provider}
        data={providers.map((value) => ({ value, label: t(`provider.${value}`) }))}
        onChange={(value) => setProvider(value ?? "custom")}
      />
      <TextInput
        label={t("name")}
        placeholder={t(`provider.${provider}`)}
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PasswordInput
        label={t("secret")}
        description={t("secret.later")}
        autoComplete="off"
        maxLength={500}
        value={secret}
        onChange={(event) => setSecret(event.currentTarget.value)}
      />
      {make.error ? (
        <Note tone="bad" announce>
          {say(make.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      <div className="row end">
        <Button
          kind="main"
          type="submit"
          busy={make.isPending}
          disabledReason={secret && secret.length < 4 ? t("secret.short") : undefined}
        >
          {t("make")}
        </Button>
      </div>
    </form>
  );
}
