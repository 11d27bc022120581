import { NumberInput, Select, Switch } from "@mantine/core";
import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import { type RetentionRule, retention } from "./queries.ts";

/** The rules that each garden can have; purposes of the brand's own are set by the API. */
const offered = ["inactive_visitors", "inactive_customers", "no:measure"] as const;

/** After how many months people go by themselves; off until an owner switches it on. */
export function RetentionPanel() {
  const { t } = useTranslation("privacy");
  const f = useFormats();
  const set = useQuery(retention());
  const log = set.data?.log ?? [];
  return (
    <Panel
      question={t("retention")}
      how={[t("retentionHow"), t("retentionNight")]}
      state={stateOf(set, { shape: "text" })}
    >
      {set.data ? <Rules key={JSON.stringify(set.data.rules)} saved={set.data.rules} /> : null}
      {log.length ? (
        <ul className="stack sm soft">
          {log.slice(0, 5).map((entry) => (
            <li key={`${entry.at} ${entry.rule}`}>
              {t("logEntry", {
                date: f.date(entry.at),
                rule: t(`rules.${entry.rule.replace(":", "_")}`),
                people: f.number(entry.people),
                waiting: f.number(entry.waiting),
              })}
            </li>
          ))}
        </ul>
      ) : null}
    </Panel>
  );
}

/** Rules as a text to compare by, in whatever order they were switched on. */
const written = (rules: readonly RetentionRule[]) =>
  JSON.stringify(rules.map(({ rule, months, mode }) => [rule, months, mode]).sort());

function Rules({ saved }: { saved: readonly RetentionRule[] }) {
  const { t } = useTranslation("privacy");
  const say = useRefusalText();
  const may = useMay();
  const confirm = useConfirm();
  const [rules, setRules] = useState<RetentionRule[]>([...saved]);
  const mayChange = may("privacy:erase");
  const isChanged = written(rules) !== written(saved);
  const save = useMutation({
    mutationFn: () => call(api.PUT("/api/privacy/retention", { body: { rules } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["privacy"] });
      notifyDone(t("retentionSaved"));
    },
  });
  const change = (rule: string, next: RetentionRule | undefined) =>
    setRules([...rules.filter((one) => one.rule !== rule), ...(next ? [next] : [])]);
  const ask = async () => {
    if (
      rules.length === 0 ||
      (await confirm({ title: t("retention"), text: t("retentionConfirm"), action: t("save") }))
    )
      save.mutate();
  };
  return (
    <div className="stack s4">
      {offered.map((rule) => {
        const one = rules.find((each) => each.rule === rule);
        const label = t(`rules.${rule.replace(":", "_")}`);
        return (
          <fieldset key={rule} className="stack" disabled={!mayChange}>
            <Switch
              label={label}
              checked={one !== undefined}
              onChange={(event) =>
                change(rule, event.currentTarget.checked ? { rule, months: 36, mode: "erase" } : undefined)
              }
            />
            {one ? (
              <div className="row">
                <NumberInput
                  label={t("months")}
                  min={1}
                  max={240}
                  value={one.months}
                  onChange={(months) => typeof months === "number" && change(rule, { ...one, months })}
                />
                <Select
                  label={t("mode")}
                  allowDeselect={false}
                  data={(["erase", "anonymise"] as const).map((mode) => ({
                    value: mode,
                    label: t(`kinds.${mode}`),
                  }))}
                  value={one.mode}
                  onChange={(mode) => mode && change(rule, { ...one, mode: mode as RetentionRule["mode"] })}
                />
                <Preview rule={one} />
              </div>
            ) : null}
          </fieldset>
        );
      })}
      {save.error ? (
        <Note tone="bad" announce>
          {say(save.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      {mayChange ? (
        <div className="row">
          <Button
            busy={save.isPending}
            disabledReason={isChanged ? undefined : t("unchanged")}
            onClick={() => void ask()}
          >
            {t("save")}
          </Button>
        </div>
      ) : (
        <p className="soft sm">{t("ownerOnly")}</p>
      )}
    </div>
  );
}

/** How many people the rule would reach tonight. */
function Preview({ rule: { rule, months } }: { rule: RetentionRule }) {
  const { t } = useTranslation("privacy");
  const preview = useQuery({
    queryKey: ["privacy", "preview", rule, months],
    queryFn: ({ signal }) =>
      call(api.POST("/api/privacy/retention/preview", { body: { rule, months }, signal })),
  });
  return (
    <p className="soft sm" role="status">
      {preview.data ? t("preview", { count: preview.data.people }) : "…"}
    </p>
  );
}
