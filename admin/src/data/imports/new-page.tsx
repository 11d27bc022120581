import { useDebouncedValue } from "@mantine/hooks";
import { call } from "@rondell/api-client";
import { IconListCheck, IconPlayerPlay } from "@tabler/icons-react";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
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
import { isListed, type Kind, kindOf } from "./kinds.ts";
import { isSource, MappingPanel } from "./mapping-panel.tsx";
import { type Basis, MeaningPanel } from "./meaning-panel.tsx";
import { PreviewPanel } from "./preview-panel.tsx";
import {
  type Fields,
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
  /** What a person said that the files bring. */
  const [kind, setKind] = useState<Kind>();
  /** The mapping once something in it was changed here. */
  const [edited, setEdited] = useState<Mapping>();
  const [currency, setCurrency] = useState("");
  const [timezone, setTimezone] = useState("");
  const [basis, setBasis] = useState<Basis>();

  const ids = files.map((file) => file.fileId);
  // What the files are, what they lack and what must be asked for follows the mapping as it is edited.
  const [asked] = useDebouncedValue(edited, 250);
  const seen = useQuery({
    queryKey: ["imports", "preview", ids, asked ?? chosen ?? null, kind ?? null],
    queryFn: () => preview(ids, asked ?? chosen, kind),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
  });
  const found = ids.length ? seen.data : undefined;
  const mapping = edited ?? found?.mapping?.mapping;
  const isLate = seen.isPlaceholderData || asked !== edited;
  const start = useMutation({
    mutationFn: (ask: StartAsk) => call(api.POST("/api/imports", { body: ask })),
    onSuccess: async (one) => {
      await renewImports();
      await navigate({ to: `/imports/${one.id}` as "/" });
    },
  });

  const problem = found?.files.some((file) => file.problem);
  const lacking = mapping && found ? lackingFields(mapping, found.fields, found.anyOf) : [];
  const fault = !files.length
    ? t("new.needsFiles")
    : !mapping || problem
      ? t("new.needsGoodFiles")
      : !isWhole(mapping)
        ? t("new.needsRoles")
        : lacking.length
          ? t("new.needsColumns", { fields: lacking.map((field) => t(`field.${field}`)).join(", ") })
          : !isSource(mapping.source)
            ? t("new.needsSource")
            : isLate
              ? t("new.looking")
              : found?.needs.currency && !currency
                ? t("new.needsCurrency")
                : found?.needs.timezone && !timezone
                  ? t("new.needsTimezone")
                  : undefined;
  // Once something in it is changed, it is no longer what its title says.
  const edit = (next: Mapping) => setEdited({ ...next, title: "" });
  const choose = (name: string) => {
    setEdited(undefined);
    setChosen(name);
  };
  const ask = (dryRun: boolean) => {
    if (!mapping || fault) return;
    start.mutate({
      kind: kindOf(mapping),
      mapping: edited ?? found?.mapping?.name ?? mapping,
      files: ids,
      ...(currency ? { currency } : {}),
      ...(timezone ? { timezone } : {}),
      ...(basis ? { basis } : {}),
      dryRun,
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
            // What was edited holds for the files that stay; without any there is nothing that it is about.
            if (!next.length) setEdited(undefined);
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
              onKind={(next) => {
                setEdited(undefined);
                setChosen(undefined);
                setBasis(undefined);
                setKind(next);
              }}
              onChoose={choose}
              onChange={edit}
              onSaved={choose}
            />
            <ColumnsPanel
              files={found.files.filter((file) => ids.includes(file.fileId))}
              fields={found.fields}
              mapping={mapping}
              onChange={edit}
              onStartFrom={choose}
            />
            <RulesPanel mapping={mapping} sharedWith={found.sharedWith} onChange={edit} />
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
                onClick={() => ask(false)}
              >
                {t("start.action")}
              </Button>
              <Button
                icon={IconListCheck}
                busy={start.isPending}
                disabledReason={fault}
                onClick={() => ask(true)}
              >
                {t("start.try")}
              </Button>
              {fault ? <span className="sm dim">{fault}</span> : null}
            </div>
          </Stack>
        </Panel>
      </Stack>
    </Page>
  );
}

/** Whether the kinds of files make an export: records of one kind, order lines, or orders and items. */
function isWhole({ files }: Mapping): boolean {
  if ((Object.keys(files) as Role[]).some(isListed)) return true;
  const others = (Object.keys(files) as Role[]).filter((role) => role !== "lines" && role !== "reviews");
  return files.lines ? others.length === 0 : Boolean(files.orders && files.items);
}

/** Fields that the mapping needs and names no column for. */
function lackingFields(mapping: Mapping, fields: Fields, anyOf: string[][]): string[] {
  const { constants } = mapping.rules;
  const [columns = {}] = Object.values(mapping.files);
  const groups = kindOf(mapping) === "orders" ? [] : anyOf;
  return (Object.entries(mapping.files) as [Role, Record<string, string>][])
    .flatMap(([role, columns]) =>
      fields[role].needed.filter(
        (field) => !columns[field] && !constants[field] && !(field === "price" && columns.lineTotal),
      ),
    )
    .concat(groups.filter((group) => !group.some((field) => columns[field])).map(([field]) => field!));
}
