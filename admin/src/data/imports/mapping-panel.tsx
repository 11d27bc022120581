import { Select, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconDeviceFloppy } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Grid, Stack } from "../../design/page.tsx";
import { Panel } from "../../design/panel.tsx";
import { ErrorState } from "../../design/states.tsx";
import { api, queryClient } from "../../shell/api.ts";
import { type Kind, kindOf, kinds } from "./kinds.ts";
import { type Mapping, mappingList } from "./queries.ts";

const namePattern = /^[a-z0-9][a-z0-9-]{0,60}$/;

/** Whether a text can name where orders are from. */
export const isSource = (text: string) => namePattern.test(text);

/** Which mapping is used, under which name the shop's orders are known, and saving it for the next time. */
export function MappingPanel({
  name,
  mapping,
  onChoose,
  onChange,
  onSaved,
  onKind,
}: {
  /** Its name, as long as nothing in it was changed. */
  name: string | undefined;
  mapping: Mapping;
  onChoose: (name: string) => void;
  onChange: (mapping: Mapping) => void;
  onSaved: (name: string) => void;
  /** What the files bring, as a person says. */
  onKind: (kind: Kind) => void;
}) {
  const { t } = useTranslation("imports");
  const list = useQuery(mappingList());
  const [saveAs, setSaveAs] = useState("");
  const isReady = list.data?.items.some((one) => one.ready && one.name === saveAs) ?? false;
  const save = useMutation({
    mutationFn: () =>
      call(api.PUT("/api/imports/mappings/{name}", { params: { path: { name: saveAs } }, body: mapping })),
    onSuccess: async (saved) => {
      await queryClient.invalidateQueries({ queryKey: ["imports", "mappings"] });
      notifyDone(t("mapping.saved", { name: saved.name }));
      onSaved(saved.name);
    },
  });
  const fault = !namePattern.test(saveAs)
    ? t("mapping.needsName")
    : isReady
      ? t("mapping.isReady")
      : !isSource(mapping.source)
        ? t("new.needsSource")
        : undefined;
  return (
    <Panel
      question={t("mapping.question")}
      reading={name ? t("mapping.fits", { name }) : t("mapping.own")}
      how={[t("mapping.how")]}
    >
      <Stack gap="parts">
        <Grid columns="3">
          <Select
            label={t("mapping.kind")}
            description={t("mapping.kindText")}
            allowDeselect={false}
            value={kindOf(mapping)}
            onChange={(value) => value && onKind(value as Kind)}
            data={kinds.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
          />
          <Select
            label={t("mapping.choose")}
            description={t("mapping.chooseText")}
            placeholder={t("mapping.ownShort")}
            value={name ?? null}
            onChange={(value) => value && onChoose(value)}
            data={(list.data?.items ?? [])
              .filter((one) => kindOf(one.mapping) === kindOf(mapping))
              .map((one) => ({
                value: one.name,
                label: one.mapping.title || one.name,
              }))}
          />
          <TextInput
            label={t("mapping.source")}
            description={t("mapping.sourceText")}
            value={mapping.source}
            required
            error={isSource(mapping.source) ? undefined : t("mapping.needsSource")}
            maxLength={60}
            onChange={(event) => onChange({ ...mapping, source: event.currentTarget.value.toLowerCase() })}
          />
        </Grid>
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            if (!fault) save.mutate();
          }}
        >
          <TextInput
            aria-label={t("mapping.name")}
            placeholder={t("mapping.name")}
            value={saveAs}
            maxLength={60}
            onChange={(event) =>
              setSaveAs(event.currentTarget.value.toLowerCase().replace(/[^a-z0-9-]+/g, "-"))
            }
          />
          <Button type="submit" icon={IconDeviceFloppy} busy={save.isPending} disabledReason={fault}>
            {t("mapping.save")}
          </Button>
        </form>
        {save.error ? <ErrorState error={save.error} /> : null}
      </Stack>
    </Panel>
  );
}
