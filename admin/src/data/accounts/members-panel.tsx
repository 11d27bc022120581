import { Modal } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Interval } from "../../design/interval.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import { useCustomerName, useNameColumn } from "../customers/name.tsx";
import { MemberForm } from "./member-form.tsx";
import { accountMembers, type Member, membersPageSize, renewAccounts } from "./queries.ts";

/** Who belongs to an account, as what, and where each stands. */
export function Members({ id }: { id: string }) {
  const { t } = useTranslation("accounts");
  const f = useFormats();
  const may = useMay();
  const say = useRefusalText();
  const confirm = useConfirm();
  const nameOf = useCustomerName();
  const [page, setPage] = useState(0);
  const [open, setOpen] = useState<Member | "new">();
  const list = useQuery(accountMembers(id, page));
  const remove = useMutation({
    mutationFn: (member: Member) =>
      call(
        api.DELETE("/api/accounts/{id}/members/{member}", {
          params: { path: { id, member: member.member } },
        }),
      ),
    onSuccess: async () => {
      await renewAccounts();
      notifyDone(t("member.removed"));
    },
  });
  const mayWrite = may("data:write");
  const columns: Column<Member>[] = [
    useNameColumn<Member>((row) => row.customer),
    {
      id: "role",
      head: t("role"),
      cell: (row) => (
        <span className="row tight">
          {row.role ?? "–"}
          {row.proven ? null : <Chip tone="hedge">{t("member.unproven")}</Chip>}
        </span>
      ),
    },
    {
      id: "since",
      head: t("since"),
      cell: (row) =>
        row.until ? t("fromTo", { from: f.date(row.since), to: f.date(row.until) }) : f.date(row.since),
    },
    {
      id: "stage",
      head: t("stage"),
      cell: (row) => (row.stage ? t(`lifecycle:stage.${row.stage}`) : "–"),
    },
    {
      id: "expected",
      head: t("expected"),
      right: true,
      minWidth: 11,
      cell: ({ expected }) =>
        expected ? (
          <Interval
            estimate={{
              value: expected.expectedMinor,
              low: expected.low95Minor,
              high: expected.high95Minor,
            }}
            format={(minor) => f.money(minor, { compact: true })}
          />
        ) : (
          "–"
        ),
    },
    ...(mayWrite
      ? [
          {
            id: "change",
            head: t("change"),
            right: true,
            plain: true,
            cell: (row: Member) =>
              row.until ? null : (
                <span className="row end tight">
                  <IconButton
                    kind="quiet"
                    icon={IconPencil}
                    label={t("member.edit", { name: nameOf(row.customer) })}
                    onClick={() => setOpen(row)}
                  />
                  <IconButton
                    kind="quiet"
                    icon={IconTrash}
                    label={t("member.remove", { name: nameOf(row.customer) })}
                    onClick={async () => {
                      const name = nameOf(row.customer);
                      const yes = await confirm({
                        title: t("member.remove", { name }),
                        text: t("member.removeText"),
                        action: t("member.removeDo"),
                      });
                      if (yes) remove.mutate(row);
                    }}
                  />
                </span>
              ),
          },
        ]
      : []),
  ];
  const add = mayWrite ? (
    <Button icon={IconPlus} onClick={() => setOpen("new")}>
      {t("member.add")}
    </Button>
  ) : null;
  return (
    <Panel
      question={t("page.members")}
      flush
      how={[t("how.members")]}
      state={stateOf(list, {
        shape: "table",
        empty: (data) =>
          data.total === 0 && (
            <EmptyState title={t("page.noMembers")} actions={add}>
              {t("page.noMembersText")}
            </EmptyState>
          ),
      })}
      actions={list.data?.total ? add : null}
    >
      {remove.error ? (
        <Note tone="bad" announce>
          {say(remove.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      {list.data ? (
        <DataTable
          label={t("page.members")}
          dense
          columns={columns}
          rows={list.data.items}
          rowId={(row) => String(row.member)}
          paging={
            list.data.total > membersPageSize
              ? { page, pageSize: membersPageSize, total: list.data.total, onPage: setPage }
              : undefined
          }
        />
      ) : null}
      <Modal
        opened={open !== undefined}
        onClose={() => setOpen(undefined)}
        title={t(open === "new" ? "member.add" : "member.change")}
        closeButtonProps={{ "aria-label": t("design:close") }}
      >
        {open ? (
          <MemberForm
            account={id}
            {...(open === "new" ? {} : { of: open })}
            onDone={() => setOpen(undefined)}
          />
        ) : null}
      </Modal>
    </Panel>
  );
}
