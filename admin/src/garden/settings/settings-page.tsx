import { Select, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Grid, Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { useMay } from "../../shell/session.tsx";
import { useCurrencyChoices } from "./currency-choices.ts";
import { gardenSettings } from "./queries.ts";
import { RatesHistory } from "./rates-history.tsx";
import { RatesPanel } from "./rates-panel.tsx";
import { RecomputeNote } from "./recompute-note.tsx";

/** The garden: what it is called, and the currency and zone in which it counts. */
export default function SettingsPage() {
  const { t } = useTranslation("settings");
  const settings = useQuery(gardenSettings());
  return (
    <Page title={t("title")} reading={t("reading")}>
      <PageTabs here="/settings" />
      <Grid columns="2">
        <Panel question={t("garden")} how={[t("gardenHow")]} state={stateOf(settings, { height: 320 })}>
          {settings.data ? <GardenForm key={settings.data.id} garden={settings.data} /> : null}
        </Panel>
        <RatesPanel />
        <RatesHistory />
      </Grid>
    </Page>
  );
}

interface Values {
  brand: string;
  language: "en" | "de";
  currency: string;
  timezone: string;
}

function GardenForm({ garden }: { garden: Values }) {
  const { t } = useTranslation("settings");
  const say = useRefusalText();
  const confirm = useConfirm();
  const may = useMay();
  const currencies = useCurrencyChoices();
  const zones = useMemo(
    () => [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC", garden.timezone])],
    [garden.timezone],
  );
  const [run, setRun] = useState<string | null>(null);
  const { brand, language, currency, timezone } = garden;
  const form = useForm<Values>({
    initialValues: { brand, language, currency, timezone },
    validate: { brand: (value) => (value.trim() ? null : t("brandMissing")) },
  });
  const save = useMutation({
    mutationFn: (values: Values) =>
      call(api.PATCH("/api/settings", { body: { ...values, brand: values.brand.trim() } })),
    onSuccess: async (answer) => {
      setRun(answer.jobId);
      form.resetDirty();
      await Promise.all(["settings", "me"].map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
      notifyDone(t("saved"));
    },
  });
  const submit = async (values: Values) => {
    const countsAnew = values.currency !== currency || values.timezone !== timezone;
    const text =
      values.currency !== currency ? t("recount.currency", { currency: values.currency }) : t("recount.zone");
    if (countsAnew && !(await confirm({ title: t("recount"), text, action: t("recount.action") }))) return;
    save.mutate(values);
  };
  const readOnly = !may("settings:write");
  return (
    <form className="stack s4" noValidate onSubmit={form.onSubmit((values) => void submit(values))}>
      <TextInput label={t("brand")} readOnly={readOnly} {...form.getInputProps("brand")} />
      <Select
        label={t("language")}
        description={t("languageText")}
        allowDeselect={false}
        readOnly={readOnly}
        data={[
          { value: "en", label: "English" },
          { value: "de", label: "Deutsch" },
        ]}
        {...form.getInputProps("language")}
      />
      <Select
        label={t("currency")}
        searchable
        allowDeselect={false}
        readOnly={readOnly}
        data={currencies}
        {...form.getInputProps("currency")}
      />
      <Select
        label={t("timezone")}
        description={t("timezoneText")}
        searchable
        limit={200}
        allowDeselect={false}
        readOnly={readOnly}
        data={zones}
        {...form.getInputProps("timezone")}
      />
      {save.error ? (
        <Note tone="bad" announce>
          {say(save.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      {run ? <RecomputeNote run={run} /> : null}
      {readOnly ? null : (
        <div className="row">
          <Button
            kind="main"
            type="submit"
            busy={save.isPending}
            disabledReason={form.isDirty() ? undefined : t("unchanged")}
          >
            {t("save")}
          </Button>
        </div>
      )}
    </form>
  );
}
