import { Select, Textarea } from "@mantine/core";
import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Grid, Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { ErrorState } from "../../design/states.tsx";
import { api, queryClient } from "../../shell/api.ts";
import { PageTabs } from "../../shell/page-tabs.tsx";
import { useMay } from "../../shell/session.tsx";
import { Flagged } from "./flagged-panel.tsx";
import { type TrafficRules, trafficRules } from "./queries.ts";

/** Which traffic is not the brand's public: programs, staff, datacentres. */
export default function TrafficPage() {
  const { t } = useTranslation("quality");
  const may = useMay();
  const rules = useQuery(trafficRules());
  return (
    <Page title={t("traffic.title")} reading={t("traffic.reading")}>
      <PageTabs here="/settings/traffic" />
      {may("data:read") ? <Flagged /> : null}
      {rules.data ? (
        <TrafficForm rules={rules.data} />
      ) : (
        <Panel question={t("traffic.title")} state={stateOf(rules)} />
      )}
    </Page>
  );
}

const lines = (list: readonly string[]) => list.join("\n");
const entries = (text: string) => [...new Set(text.split(/[\n,]/).map((one) => one.trim()))].filter(Boolean);

/** The rules as the form holds them: lists as lines. */
const shownRules = (rules: TrafficRules) => ({
  fates: { bots: rules.bots, internal: rules.internal, datacentres: rules.datacentres },
  texts: {
    internalNetworks: lines(rules.internalNetworks),
    internalAgents: lines(rules.internalAgents),
    internalDomains: lines(rules.internalDomains),
    internalTraits: lines(Object.entries(rules.internalTraits).map(([key, value]) => `${key} = ${value}`)),
    datacentreNetworks: lines(rules.datacentreNetworks),
  },
});

function TrafficForm({ rules }: { rules: TrafficRules }) {
  const { t } = useTranslation("quality");
  const may = useMay()("settings:write");
  const [saved, setSaved] = useState(() => shownRules(rules));
  const [{ fates, texts }, set] = useState(saved);
  const isChanged = JSON.stringify({ fates, texts }) !== JSON.stringify(saved);
  const save = useMutation({
    mutationFn: () =>
      call(
        api.PUT("/api/traffic-rules", {
          body: {
            ...fates,
            internalNetworks: entries(texts.internalNetworks),
            internalAgents: entries(texts.internalAgents),
            internalDomains: entries(texts.internalDomains),
            datacentreNetworks: entries(texts.datacentreNetworks),
            internalTraits: Object.fromEntries(
              entries(texts.internalTraits).map((line) => {
                const at = line.indexOf("=");
                return at < 0 ? [line, "true"] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
              }),
            ),
          },
        }),
      ),
    onSuccess: async (rules) => {
      // What was saved may be written otherwise than it was typed.
      const next = shownRules(rules);
      setSaved(next);
      set(next);
      await queryClient.invalidateQueries({ queryKey: ["quality", "traffic"] });
      notifyDone(t("saved"));
    },
  });
  const fate = (key: keyof typeof fates) => (
    <Select
      label={t("traffic.fate")}
      allowDeselect={false}
      readOnly={!may}
      value={fates[key]}
      onChange={(value) =>
        set((before) => ({
          ...before,
          fates: { ...before.fates, [key]: value === "drop" ? "drop" : "set_aside" },
        }))
      }
      data={(["drop", "set_aside"] as const).map((one) => ({ value: one, label: t(`traffic.${one}`) }))}
    />
  );
  const text = (key: keyof typeof texts) => (
    <Textarea
      label={t(`traffic.${key}`)}
      description={t(`traffic.${key}Text`)}
      autosize
      minRows={2}
      maxRows={10}
      readOnly={!may}
      value={texts[key]}
      onChange={(event) => {
        const { value } = event.currentTarget;
        set((before) => ({ ...before, texts: { ...before.texts, [key]: value } }));
      }}
    />
  );
  return (
    <form
      className="stack s4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Grid columns="2">
        <Panel question={t("traffic.internal")} how={[t("traffic.internalHow")]}>
          <div className="stack s4">
            {fate("internal")}
            {text("internalDomains")}
            {text("internalTraits")}
            {text("internalNetworks")}
            {text("internalAgents")}
          </div>
        </Panel>
        <div className="stack s4">
          <Panel question={t("traffic.bots")} how={[t("traffic.botsHow")]}>
            {fate("bots")}
          </Panel>
          <Panel question={t("traffic.datacentres")} how={[t("traffic.datacentresHow")]}>
            <div className="stack s4">
              {fate("datacentres")}
              {text("datacentreNetworks")}
            </div>
          </Panel>
        </div>
      </Grid>
      {save.error ? <ErrorState error={save.error} /> : null}
      {may ? (
        <div className="row">
          <Button
            type="submit"
            kind="main"
            busy={save.isPending}
            disabledReason={isChanged ? undefined : t("traffic.unchanged")}
          >
            {t("save")}
          </Button>
        </div>
      ) : null}
    </form>
  );
}
