import { call } from "@rondell/api-client";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { ErrorState } from "../../design/states.tsx";
import { api } from "../../shell/api.ts";
import { useMe } from "../../shell/session.tsx";
import { ColumnsPanel } from "./columns-panel.tsx";
import { FileDrop } from "./file-drop.tsx";
import { MappingPanel } from "./mapping-panel.tsx";
import { type Basis, MeaningPanel } from "./meaning-panel.tsx";
import { PreviewPanel } from "./preview-panel.tsx";
import {
  fieldsOfRole,
  type Mapping,
  preview,
  type Role,
  renewImports,
  type SentFile,
  type StartAsk,
} from "./queries.ts";
import { RulesPanel } from "./rules-panel.tsx";

/** From files to a running import: what they hold, what each column is, what happens to the odd lines. */
export default function NewPage() {
  const { t } = useTranslation("imports");
  const navigate = useNavigate();
  const { garden } = useMe();
  const [files, setFiles] = useState<SentFile[]>([]);
  /** The name of a mapping that was chosen by hand. */
  const [chosen, setChosen] = useState<string>();
  /** The mapping once something in it was changed here. */
  const [edited, setEdited] = useState<Mapping>();
  const [currency, setCurrency] = useState("");
  const [timezone, setTimezone] = useState("");
  const [basis, setBasis] = useState<Basis>();

  const ids = files.map((file) => file.fileId);
  const seen = useQuery({
    queryKey: ["imports", "preview", ids, chosen ?? null],
    queryFn: () => preview(ids, chosen),
    enabled: ids.length > 0,
  });
  const found = seen.data;
  const mapping = edited ?? (found?.mapping?.mapping as Mapping | undefined);
  const start = useMutation({
    mutationFn: (ask: StartAsk) => call(api.POST("/api/imports", { body: ask })),
    onSuccess: async (one) => {
      await renewImports();
      await navigate({ to: `/imports/${one.id}` as "/" });
    },
  });

  const problem = found?.files.some((file) => file.problem);
  const lacking = mapping ? lackingFields(mapping) : [];
  const fault = !files.length
    ? t("new.needsFiles")
    : !mapping || problem
      ? t("new.needsGoodFiles")
      : lacking.length
        ? t("new.needsColumns", { fields: lacking.map((field) => t(`field.${field}`)).join(", ") })
        : found?.needs.currency && !mapping.files.lines?.currency && !currency
          ? t("new.needsCurrency")
          : found?.needs.timezone && !timezone
            ? t("new.needsTimezone")
            : undefined;
  const ask = () => {
    if (!mapping || fault) return;
    start.mutate({
      kind: "orders",
      mapping: edited ?? found?.mapping?.name ?? mapping,
      files: ids,
      ...(currency ? { currency } : {}),
      ...(timezone ? { timezone } : {}),
      ...(basis ? { basis } : {}),
    });
  };
  return (
    <Page title={t("new.title")} reading={t("new.reading")}>
      <Stack>
        <FileDrop
          files={files}
          previews={found?.files ?? []}
          onFiles={(next) => {
            setFiles(next);
            setEdited(undefined);
          }}
        />
        {files.length > 0 && !found ? (
          <Panel question={t("preview.question")} state={stateOf(seen, { shape: "table" })}>
            {null}
          </Panel>
        ) : null}
        {found && mapping ? (
          <>
            <PreviewPanel files={found.files} />
            <MappingPanel
              name={edited ? undefined : (found.mapping?.name ?? undefined)}
              mapping={mapping}
              onChoose={(name) => {
                setEdited(undefined);
                setChosen(name);
              }}
              onChange={setEdited}
              onSaved={(name) => {
                setEdited(undefined);
                setChosen(name);
              }}
            />
            <ColumnsPanel files={found.files} mapping={mapping} onChange={setEdited} />
            <RulesPanel mapping={mapping} onChange={setEdited} />
            <MeaningPanel
              currency={currency}
              timezone={timezone}
              basis={basis ?? found.basis}
              needs={found.needs}
              usual={{ currency: garden?.currency ?? "", timezone: garden?.timezone ?? "" }}
              onCurrency={setCurrency}
              onTimezone={setTimezone}
              onBasis={setBasis}
            />
          </>
        ) : null}
        <Panel question={t("start.question")} how={[t("start.how")]}>
          <Stack gap="small">
            {start.error ? <ErrorState error={start.error} /> : null}
            <div className="row">
              <Button
                kind="main"
                icon={IconPlayerPlay}
                busy={start.isPending}
                disabledReason={fault}
                onClick={ask}
              >
                {t("start.action")}
              </Button>
              {fault ? <span className="sm dim">{fault}</span> : null}
            </div>
          </Stack>
        </Panel>
      </Stack>
    </Page>
  );
}

/** Fields that the mapping needs and names no column for. */
function lackingFields(mapping: Mapping): string[] {
  return (Object.entries(mapping.files) as [Role, Record<string, string>][]).flatMap(([role, columns]) =>
    fieldsOfRole[role].needed.filter((field) => !columns[field] && !(field === "price" && columns.lineTotal)),
  );
}
