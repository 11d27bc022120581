import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { deliveriesOf, type Target } from "./queries.ts";
import { useErrorText } from "./words.ts";

const tones = { sent: "good", failed: "bad", waiting: "plain", withheld: "watch" } as const;

/** What was sent to one target, and what can be done about it. */
export function DeliveriesPanel({ target, mayWrite }: { target: Target; mayWrite: boolean }) {
  const { t } = useTranslation("outbound");
  const f = useFormats();
  const sayError = useErrorText();
  const log = useQuery(deliveriesOf(target.id));
  type Row = NonNullable<typeof log.data>["items"][number];
  const columns: Column<Row>[] = [
    { id: "at", head: t("queued"), lead: true, cell: (row) => f.dateTime(row.queuedAt) },
    { id: "name", head: t("event"), cell: (row) => row.name },
    {
      id: "state",
      head: t("state"),
      cell: (row) => <Chip tone={tones[row.state]}>{t(`sent.${row.state}`)}</Chip>,
    },
    {
      id: "answer",
      head: t("answer"),
      minWidth: 12,
      cell: (row) =>
        row.error ? sayError(`${row.error} ${row.status ?? ""}`) : row.status ? String(row.status) : "–",
    },
    { id: "attempts", head: t("attempts"), right: true, cell: (row) => f.number(row.attempts) },
    {
      id: "again",
      head: "",
      cell: (row) =>
        mayWrite && row.state === "failed" ? <Again target={target} delivery={row.id} /> : null,
    },
  ];
  return (
    <Panel
      question={t("log", { name: target.name })}
      flush
      how={[t("log.how"), t("signed.how")]}
      actions={mayWrite ? <Actions target={target} /> : null}
      state={stateOf(log, {
        shape: "table",
        empty: (data) =>
          data.items.length === 0 && (
            <EmptyState title={t("log.none")} actions={mayWrite ? <Actions target={target} /> : null}>
              {t("log.noneText")}
            </EmptyState>
          ),
      })}
    >
      <p className="soft mono xs pad">{target.url}</p>
      <DataTable
        label={t("log", { name: target.name })}
        columns={columns}
        rows={log.data?.items ?? []}
        rowId={(row) => String(row.id)}
      />
    </Panel>
  );
}

const refresh = () => queryClient.invalidateQueries({ queryKey: ["outbound"] });

function Again({ target, delivery }: { target: Target; delivery?: number }) {
  const { t } = useTranslation("outbound");
  const again = useMutation({
    mutationFn: () =>
      call(
        api.POST("/api/webhook-targets/{id}/replay", {
          params: { path: { id: target.id } },
          body: delivery === undefined ? {} : { delivery },
        }),
      ),
    onSuccess: refresh,
  });
  return (
    <Button busy={again.isPending} onClick={() => again.mutate()}>
      {t(delivery === undefined ? "again.all" : "again", { count: target.failed })}
    </Button>
  );
}

function Actions({ target }: { target: Target }) {
  const { t } = useTranslation("outbound");
  const say = useRefusalText();
  const confirm = useConfirm();
  const params = { path: { id: target.id } };
  const turn = useMutation({
    mutationFn: (enabled: boolean) =>
      call(api.PATCH("/api/webhook-targets/{id}", { params, body: { enabled } })),
    onSuccess: refresh,
  });
  const test = useMutation({
    mutationFn: () => call(api.POST("/api/webhook-targets/{id}/test", { params })),
    onSuccess: async () => {
      await refresh();
      notifyDone(t("test.done"));
    },
  });
  const remove = useMutation({
    mutationFn: () => call(api.DELETE("/api/webhook-targets/{id}", { params })),
    onSuccess: refresh,
  });
  const askRemove = async () => {
    if (await confirm({ title: t("remove"), text: t("removeText"), action: t("remove") })) remove.mutate();
  };
  const failed = turn.error ?? test.error ?? remove.error;
  return (
    <>
      {failed ? (
        <Note tone="bad" announce>
          {say(failed) ?? t("design:error.text")}
        </Note>
      ) : null}
      {target.failed > 0 ? <Again target={target} /> : null}
      <Button busy={test.isPending} onClick={() => test.mutate()}>
        {t("test")}
      </Button>
      <Button busy={turn.isPending} onClick={() => turn.mutate(target.state !== "on")}>
        {t(target.state === "on" ? "turnOff" : "turnOn")}
      </Button>
      <Button kind="danger" busy={remove.isPending} onClick={() => void askRemove()}>
        {t("remove")}
      </Button>
    </>
  );
}
