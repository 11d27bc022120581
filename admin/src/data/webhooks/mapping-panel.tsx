import { Select, Textarea, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Grid } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useCodeText, useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import { bind, emptyRule, type Field } from "./bind.ts";
import { JsonTree } from "./json-tree.tsx";
import { MadeList } from "./made-list.tsx";
import { examplesOf, previewOf, type Rule, type Webhook } from "./queries.ts";
import { RuleForm } from "./rule-form.tsx";
import { useFieldName } from "./words.ts";
import "./webhooks.css";

/** The mapping made by example: what came at the left, the event that is being made at the right, and below what each becomes. */
export function MappingPanel({ hook }: { hook: Webhook }) {
  const { t } = useTranslation("webhooks");
  const f = useFormats();
  const sayCode = useCodeText();
  const nameOf = useFieldName();
  const may = useMay();
  const readOnly = !may("data:write");
  const [rules, setRules] = useState<Rule[]>(hook.rules.length ? hook.rules : [emptyRule()]);
  const [deliveryId, setDeliveryId] = useState(hook.deliveryId);
  const [chosen, setChosen] = useState(0);
  const [waiting, setWaiting] = useState<Field>("properties.+");
  const [exampleId, setExampleId] = useState<number>();
  const [said, setSaid] = useState("");
  const list = useQuery(examplesOf(hook.id));
  const examples = list.data?.items ?? [];
  const example = examples.find((one) => one.id === exampleId) ?? examples[0];
  const draft = { rules, deliveryId };
  const known = examples.map((one) => one.id).join(" ");
  const seen = useQuery({
    ...previewOf(hook.id, draft, known),
    enabled: may("customers:read") && examples.length > 0,
  });
  const made = new Map((seen.data?.items ?? []).map((one) => [one.example, one.made]));
  const rule = rules[chosen] ?? rules[0];
  const madeNow = example ? made.get(example.id)?.find((one) => one.rule === chosen) : undefined;
  const change = (next: Rule) => setRules(rules.map((one, at) => (at === chosen ? next : one)));
  if (!rule) return null;
  return (
    <>
      <Panel
        question={t("mapping")}
        reading={t(readOnly ? "mapping.readOnly" : "mapping.reading")}
        how={[t("mapping.how"), t("mapping.keptHow")]}
        actions={readOnly ? null : <SaveButtons hook={hook} draft={draft} />}
      >
        {list.data?.masked ? <Note>{t("masked")}</Note> : null}
        <RuleTabs rules={rules} chosen={chosen} onChosen={setChosen} onRules={setRules} readOnly={readOnly} />
        <Grid columns="2">
          <div className="stack s3 mapleft">
            {example ? (
              <>
                <Select
                  label={t("example")}
                  value={String(example.id)}
                  allowDeselect={false}
                  data={examples.map((one) => ({
                    value: String(one.id),
                    label: `${f.dateTime(one.receivedAt)} · ${t(`example.${one.replayedAt ? "replayed" : one.reason}`)}`,
                  }))}
                  onChange={(id) => setExampleId(Number(id))}
                />
                {example.fault ? (
                  <Note tone="bad">{sayCode(example.fault.code, example.fault.message)}</Note>
                ) : null}
                <Headers headers={example.headers} />
                {readOnly ? null : <p className="reading">{t("next", { field: nameOf(waiting) })}</p>}
                <JsonTree
                  value={example.body}
                  used={usedPaths(rule)}
                  disabled={readOnly}
                  onChoose={(place, value) => {
                    change(bind(rule, waiting, place, typeof value === "object" ? undefined : value));
                    setSaid(t("bound", { value: place.join("."), field: nameOf(waiting) }));
                  }}
                />
                <p className="soft" aria-live="polite">
                  {said}
                </p>
                <p className="xs dim">{t("tree.hint")}</p>
              </>
            ) : (
              <EmptyState title={t("noExample")}>{t("noExampleText")}</EmptyState>
            )}
            {readOnly ? null : <PasteExample hook={hook} />}
          </div>
          <div className="stack s3">
            {example && madeNow === undefined && seen.data ? <Note>{t("notForThis")}</Note> : null}
            <RuleForm
              rule={rule}
              waiting={waiting}
              onWait={setWaiting}
              onChange={change}
              problems={madeNow?.problems ?? []}
              readOnly={readOnly}
            />
            <TextInput
              classNames={{ input: "mono" }}
              label={t("field.deliveryId")}
              description={t("field.deliveryIdText")}
              value={deliveryId}
              maxLength={500}
              readOnly={readOnly}
              onChange={(event) => setDeliveryId(event.currentTarget.value)}
            />
          </div>
        </Grid>
      </Panel>
      {examples.length ? (
        <Panel
          question={t("preview")}
          flush
          state={stateOf(seen, { shape: "table" })}
          how={[t("preview.how")]}
        >
          <MadeList examples={examples} made={made} rules={rules} />
        </Panel>
      ) : null}
    </>
  );
}

/** Paths that a rule reads, without conversions and alternatives. */
function usedPaths(rule: Rule): Set<string> {
  const { traits, ...person } = rule.person;
  const all = [
    ...Object.values(person),
    ...Object.values(traits),
    ...Object.values(rule.properties),
    ...rule.when.map((one) => one.value),
    ...Object.values(rule.products?.fields ?? {}).map((one) =>
      one.replace(/^@/, `${rule.products?.list}[0]`),
    ),
    rule.products?.list ?? "",
    rule.time,
    rule.amount,
    rule.currency,
  ];
  return new Set(all.flatMap((one) => one.split(/\?\?|\|/).map((part) => part.trim())).filter(Boolean));
}

function Headers({ headers }: { headers: Record<string, string> }) {
  const { t } = useTranslation("webhooks");
  const names = Object.entries(headers);
  if (!names.length) return null;
  return (
    <details>
      <summary className="soft">{t("headers", { count: names.length })}</summary>
      <dl className="kv mono xs">
        {names.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{`header("${name}")`}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function RuleTabs({
  rules,
  chosen,
  onChosen,
  onRules,
  readOnly,
}: {
  rules: Rule[];
  chosen: number;
  onChosen: (at: number) => void;
  onRules: (rules: Rule[]) => void;
  readOnly: boolean;
}) {
  const { t } = useTranslation("webhooks");
  const nameOf = (rule: Rule, at: number) =>
    rule.makes === "person" ? t("makes.person") : rule.event || t("rule", { number: at + 1 });
  return (
    <fieldset className="row rulefields" aria-label={t("rules")}>
      {rules.map((rule, at) => (
        <Button
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule has no other name than its place.
          key={at}
          kind={at === chosen ? "main" : "normal"}
          aria-pressed={at === chosen}
          onClick={() => onChosen(at)}
        >
          {nameOf(rule, at)}
        </Button>
      ))}
      {readOnly ? null : (
        <>
          <Button
            icon={IconPlus}
            kind="quiet"
            onClick={() => {
              onRules([...rules, emptyRule()]);
              onChosen(rules.length);
            }}
          >
            {t("rule.add")}
          </Button>
          {rules.length > 1 ? (
            <Button
              icon={IconTrash}
              kind="quiet"
              onClick={() => {
                onRules(rules.filter((_rule, at) => at !== chosen));
                onChosen(0);
              }}
            >
              {t("rule.remove")}
            </Button>
          ) : null}
        </>
      )}
    </fieldset>
  );
}

function SaveButtons({ hook, draft }: { hook: Webhook; draft: { rules: Rule[]; deliveryId: string } }) {
  const { t } = useTranslation("webhooks");
  const say = useRefusalText();
  const params = { path: { id: hook.id } };
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["webhooks"] });
  const isChanged =
    JSON.stringify(draft) !== JSON.stringify({ rules: hook.rules, deliveryId: hook.deliveryId });
  const save = useMutation({
    mutationFn: () => call(api.PUT("/api/webhooks/{id}/rules", { params, body: draft })),
    onSuccess: async () => {
      await refresh();
      notifyDone(t("saved"));
    },
  });
  const replay = useMutation({
    mutationFn: () => call(api.POST("/api/webhooks/{id}/replay", { params })),
    onSuccess: async (done) => {
      await refresh();
      notifyDone(t("replayed", { deliveries: done.deliveries, waiting: done.waiting }));
    },
  });
  const failed = save.error ?? replay.error;
  const waits = hook.waiting + hook.failed;
  return (
    <>
      {failed ? (
        <Note tone="bad" announce>
          {say(failed) ?? t("design:error.text")}
        </Note>
      ) : null}
      {waits > 0 ? (
        <Button
          busy={replay.isPending}
          disabledReason={isChanged ? t("replay.saveFirst") : undefined}
          onClick={() => replay.mutate()}
        >
          {t("replay", { count: waits })}
        </Button>
      ) : null}
      <Button
        kind="main"
        busy={save.isPending}
        disabledReason={isChanged ? undefined : t("unchanged")}
        onClick={() => save.mutate()}
      >
        {t("save")}
      </Button>
    </>
  );
}

/** A body from the other system's documentation, where none has come yet. */
function PasteExample({ hook }: { hook: Webhook }) {
  const { t } = useTranslation("webhooks");
  const say = useRefusalText();
  const [text, setText] = useState("");
  const [isBad, setBad] = useState(false);
  const paste = useMutation({
    mutationFn: (body: unknown) =>
      call(
        api.POST("/api/webhooks/{id}/examples", {
          params: { path: { id: hook.id } },
          body: { body, headers: {} },
        }),
      ),
    onSuccess: async () => {
      setText("");
      await queryClient.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
  const add = () => {
    try {
      const body: unknown = JSON.parse(text);
      setBad(false);
      paste.mutate(body);
    } catch {
      setBad(true);
    }
  };
  return (
    <details>
      <summary className="soft">{t("paste")}</summary>
      <div className="stack s3">
        <Textarea
          classNames={{ input: "mono" }}
          aria-label={t("paste")}
          autosize
          minRows={3}
          maxRows={12}
          value={text}
          error={
            isBad ? t("paste.bad") : paste.error ? (say(paste.error) ?? t("design:error.text")) : undefined
          }
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <div className="row">
          <Button
            busy={paste.isPending}
            disabledReason={text.trim() ? undefined : t("paste.empty")}
            onClick={add}
          >
            {t("paste.add")}
          </Button>
        </div>
      </div>
    </details>
  );
}
