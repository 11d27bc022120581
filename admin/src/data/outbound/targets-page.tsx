import { Modal } from "@mantine/core";
import { IconPlus, IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Note } from "../../design/note.tsx";
import { Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { useMay } from "../../shell/session.tsx";
import { DeliveriesPanel } from "./deliveries-panel.tsx";
import { type Target, targetList } from "./queries.ts";
import { TargetForm } from "./target-form.tsx";
import { useErrorText } from "./words.ts";

/** Systems that hear of events: how each is doing, and what was sent. */
export default function TargetsPage() {
  const { t } = useTranslation("outbound");
  const f = useFormats();
  const mayWrite = useMay()("settings:write");
  const sayError = useErrorText();
  const list = useQuery(targetList());
  const [isMaking, setMaking] = useState(false);
  const [chosen, setChosen] = useState<number>();
  const targets = list.data?.targets ?? [];
  const target = targets.find((one) => one.id === chosen) ?? targets[0];
  const broken = targets.filter((one) => one.state === "broken");
  const columns: Column<Target>[] = [
    {
      id: "name",
      head: t("name"),
      lead: true,
      cell: (one) => (
        <Button
          kind="quiet"
          // Its words stand where those of other cells do.
          style={{ marginInlineStart: "calc(-1 * var(--s3))" }}
          aria-pressed={one.id === target?.id}
          onClick={() => setChosen(one.id)}
        >
          {one.name}
        </Button>
      ),
    },
    {
      id: "events",
      head: t("events"),
      minWidth: 12,
      cell: (one) => (one.events.length ? one.events.join(", ") : t("events.all")),
    },
    { id: "state", head: t("state"), cell: (one) => <StateChip target={one} /> },
    { id: "waiting", head: t("waiting"), right: true, cell: (one) => f.number(one.waiting) },
    { id: "withheld", head: t("withheld"), right: true, cell: (one) => f.number(one.withheld) },
    {
      id: "last",
      head: t("last"),
      right: true,
      cell: (one) => (one.lastSentAt ? f.dateTime(one.lastSentAt) : "–"),
    },
  ];
  return (
    <Page
      title={t("title")}
      reading={t("reading")}
      actions={
        mayWrite ? (
          <Button kind="main" icon={IconPlus} onClick={() => setMaking(true)}>
            {t("new")}
          </Button>
        ) : null
      }
    >
      <PageTabs here="/webhook-targets" />
      <Stack>
        {list.data && list.data.sharePurposes.length === 0 ? (
          <Note tone="warn">{t("share.none")}</Note>
        ) : null}
        {broken.map((one) => (
          <Note key={one.id} tone="bad">
            {t("broken", { name: one.name, error: sayError(one.lastError ?? ""), count: one.waiting })}
          </Note>
        ))}
        <Panel
          question={t("which")}
          flush
          how={[t("share.how"), t("live.how"), t("order.how")]}
          state={stateOf(list, {
            shape: "table",
            empty: (data) =>
              data.targets.length === 0 && (
                <EmptyState icon={IconSend} title={t("none")}>
                  {t("noneText")}
                </EmptyState>
              ),
          })}
        >
          <DataTable label={t("which")} columns={columns} rows={targets} rowId={(one) => String(one.id)} />
        </Panel>
        {target ? <DeliveriesPanel key={target.id} target={target} mayWrite={mayWrite} /> : null}
      </Stack>
      <Modal
        opened={isMaking}
        onClose={() => setMaking(false)}
        title={t("new")}
        closeButtonProps={{ "aria-label": t("design:close") }}
      >
        <TargetForm onDone={() => setMaking(false)} />
      </Modal>
    </Page>
  );
}

function StateChip({ target }: { target: Target }) {
  const { t } = useTranslation("outbound");
  if (target.state === "off") return <Chip tone="watch">{t("state.off")}</Chip>;
  if (target.state === "broken") return <Chip tone="bad">{t("state.broken")}</Chip>;
  if (target.failures > 0) return <Chip tone="watch">{t("state.failing", { count: target.failures })}</Chip>;
  return <Chip tone="good">{t("state.on")}</Chip>;
}
