import { Modal, Select, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { call, type paths } from "@rondell/api-client";
import { IconUserPlus } from "@tabler/icons-react";
import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { useMe } from "../../shell/session.tsx";
import { CodeBlock } from "../sources/code-block.tsx";

type Operator =
  paths["/api/operators"]["get"]["responses"][200]["content"]["application/json"]["operators"][number];

const ROLES = ["owner", "editor", "analyst", "service"] as const;
type Role = (typeof ROLES)[number];

const operatorList = () =>
  queryOptions({
    queryKey: ["operators", "list"],
    queryFn: ({ signal }) => call(api.GET("/api/operators", { signal })),
  });
const refresh = () => queryClient.invalidateQueries({ queryKey: ["operators"] });

/** A one-time password to hand over; it is shown this once. */
interface Handover {
  name: string;
  email: string;
  password: string;
}

/** Who may work in Rondell, and in which role. */
export default function OperatorsPage() {
  const { t } = useTranslation("operators");
  const f = useFormats();
  const me = useMe();
  const say = useRefusalText();
  const confirm = useConfirm();
  const list = useQuery(operatorList());
  const [isInviting, setInviting] = useState(false);
  const [handover, setHandover] = useState<Handover | null>(null);

  const change = useMutation({
    mutationFn: ({ id, role }: { id: string; role: Role }) =>
      call(api.PATCH("/api/operators/{id}", { params: { path: { id } }, body: { role } })),
    onSuccess: async (operator) => {
      await refresh();
      notifyDone(t("changed", { name: operator.name, role: t(`role.${operator.role}`) }));
    },
  });
  const reset = useMutation({
    mutationFn: (operator: Operator) =>
      call(api.POST("/api/operators/{id}/password", { params: { path: { id: operator.id } } })),
    onSuccess: async (answer, operator) => {
      setHandover({ name: operator.name, email: operator.email, password: answer.oneTimePassword });
      await refresh();
    },
  });
  const remove = useMutation({
    mutationFn: (operator: Operator) =>
      call(api.DELETE("/api/operators/{id}", { params: { path: { id: operator.id } } })),
    onSuccess: async (_, operator) => {
      await refresh();
      notifyDone(t("removed", { name: operator.name }));
    },
  });
  const askReset = async (operator: Operator) => {
    const { name } = operator;
    if (await confirm({ title: t("reset"), text: t("resetText", { name }), action: t("reset") }))
      reset.mutate(operator);
  };
  const askRemove = async (operator: Operator) => {
    const { name } = operator;
    if (await confirm({ title: t("remove"), text: t("removeText", { name }), action: t("remove") }))
      remove.mutate(operator);
  };
  const failed = change.error ?? reset.error ?? remove.error;

  const columns: Column<Operator>[] = [
    {
      id: "name",
      head: t("name"),
      lead: true,
      cell: (operator) => (
        <>
          <b>{operator.name}</b> {operator.id === me.operator.id ? <Chip>{t("you")}</Chip> : null}
          <br />
          <span className="sm dim">{operator.email}</span>
        </>
      ),
    },
    {
      id: "role",
      head: t("role"),
      minWidth: 11,
      cell: (operator) => (
        <Select
          aria-label={t("roleOf", { name: operator.name })}
          allowDeselect={false}
          value={operator.role}
          data={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
          onChange={(role) =>
            role && role !== operator.role && change.mutate({ id: operator.id, role: role as Role })
          }
        />
      ),
    },
    {
      id: "state",
      head: t("state"),
      cell: (operator) =>
        operator.oneTimeUntil ? (
          <Chip tone="watch">{t("invitedUntil", { date: f.date(operator.oneTimeUntil) })}</Chip>
        ) : (
          <Chip tone="good">{t("active")}</Chip>
        ),
    },
    {
      id: "do",
      head: t("do"),
      right: true,
      cell: (operator) =>
        operator.id === me.operator.id ? null : (
          <span className="row end">
            <Button kind="quiet" onClick={() => void askReset(operator)}>
              {t("reset")}
            </Button>
            <Button kind="quiet" onClick={() => void askRemove(operator)}>
              {t("remove")}
            </Button>
          </span>
        ),
    },
  ];

  return (
    <Page
      title={t("title")}
      reading={t("reading")}
      actions={
        <Button kind="main" icon={IconUserPlus} onClick={() => setInviting(true)}>
          {t("invite")}
        </Button>
      }
    >
      <PageTabs here="/settings/operators" />
      {failed ? (
        <Note tone="bad" announce>
          {say(failed) ?? t("design:error.text")}
        </Note>
      ) : null}
      <Panel
        question={t("who")}
        flush
        how={ROLES.map((role) => t(`roleText.${role}`))}
        state={stateOf(list, { shape: "table" })}
      >
        {list.data ? (
          <DataTable
            label={t("title")}
            columns={columns}
            rows={list.data.operators}
            rowId={(operator) => operator.id}
          />
        ) : null}
      </Panel>
      <Modal
        opened={isInviting}
        onClose={() => setInviting(false)}
        title={t("invite")}
        closeButtonProps={{ "aria-label": t("design:close") }}
      >
        <Invite
          onInvited={(next) => {
            setInviting(false);
            setHandover(next);
          }}
        />
      </Modal>
      <Modal
        opened={handover !== null}
        onClose={() => setHandover(null)}
        title={t("handover", { name: handover?.name })}
        closeButtonProps={{ "aria-label": t("design:close") }}
      >
        <div className="stack s4">
          <p className="soft">{t("handoverText", { email: handover?.email })}</p>
          <CodeBlock text={handover?.password ?? ""} label={t("password")} />
          <Note>{t("handoverOnce")}</Note>
        </div>
      </Modal>
    </Page>
  );
}

function Invite({ onInvited }: { onInvited: (handover: Handover) => void }) {
  const { t } = useTranslation("operators");
  const say = useRefusalText();
  const form = useForm<{ name: string; email: string; role: Role }>({
    initialValues: { name: "", email: "", role: "analyst" },
    validate: {
      name: (value) => (value.trim() ? null : t("nameMissing")),
      email: (value) => (/^\S+@\S+\.\S+$/.test(value.trim()) ? null : t("emailBad")),
    },
  });
  const invite = useMutation({
    mutationFn: (values: typeof form.values) =>
      call(
        api.POST("/api/operators", {
          body: { name: values.name.trim(), email: values.email.trim(), role: values.role },
        }),
      ),
    onSuccess: async ({ operator, oneTimePassword }) => {
      await refresh();
      onInvited({ name: operator.name, email: operator.email, password: oneTimePassword });
    },
  });
  return (
    <form className="stack s4" noValidate onSubmit={form.onSubmit((values) => invite.mutate(values))}>
      <TextInput label={t("name")} data-autofocus autoComplete="off" {...form.getInputProps("name")} />
      <TextInput label={t("email")} type="email" autoComplete="off" {...form.getInputProps("email")} />
      <Select
        label={t("role")}
        description={t(`roleText.${form.values.role}`)}
        allowDeselect={false}
        data={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
        {...form.getInputProps("role")}
      />
      {invite.error ? (
        <Note tone="bad" announce>
          {say(invite.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      <div className="row end">
        <Button kind="main" type="submit" busy={invite.isPending}>
          {t("invite")}
        </Button>
      </div>
    </form>
  );
}
