import { Checkbox, NumberInput, Select, Textarea, TextInput } from "@mantine/core";
import { call, type paths } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { type Purpose, wordings } from "./queries.ts";

type Input = paths["/api/purposes"]["post"]["requestBody"]["content"]["application/json"];
const kinds: Input["kinds"] = [
  "collect",
  "profile",
  "contact:email",
  "contact:sms",
  "contact:phone",
  "contact:post",
  "share",
];

/** The key of a new purpose, from its English name. */
const keyOf = (name: string) =>
  name
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 40);

/** Words and binds a purpose. What people agreed to before stays what they read. */
export function PurposeForm({ purpose, onDone }: { purpose: Purpose | undefined; onDone: () => void }) {
  const { t } = useTranslation("consent");
  const say = useRefusalText();
  const [input, setInput] = useState({
    name: purpose?.name ?? { en: "", de: "" },
    wording: purpose?.wording ?? { en: "", de: "" },
    kinds: purpose?.kinds ?? [],
    lifetimeMonths: purpose?.lifetimeMonths ?? null,
    lifetimeFrom: purpose?.lifetimeFrom ?? ("grant" as const),
    doubleOptIn: purpose?.doubleOptIn ?? false,
  });
  const [asksAgain, setAsksAgain] = useState(false);
  const set = (change: Partial<typeof input>) => setInput((before) => ({ ...before, ...change }));
  const byMail = input.kinds.includes("contact:email");
  const save = useMutation({
    mutationFn: async () => {
      const body = {
        ...input,
        kinds: input.kinds as Input["kinds"],
        doubleOptIn: byMail && input.doubleOptIn,
      };
      if (purpose)
        await call(
          api.PUT("/api/purposes/{key}", {
            params: { path: { key: purpose.key } },
            body: { ...body, asksAgain },
          }),
        );
      else await call(api.POST("/api/purposes", { body: { ...body, key: keyOf(input.name.en) } }));
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["consent"] });
      notifyDone(t("saved"));
      onDone();
    },
  });
  const missing = !(input.name.en && input.name.de && input.wording.en && input.wording.de)
    ? t("wordsMissing")
    : !purpose && keyOf(input.name.en).length < 2
      ? t("nameUnusable")
      : input.kinds.length === 0
        ? t("kindMissing")
        : undefined;
  return (
    <form
      className="stack s4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!missing) save.mutate();
      }}
    >
      {(["de", "en"] as const).map((language) => (
        <fieldset key={language} className="stack s3 plain">
          <legend className="sm soft">{t(`language.${language}`)}</legend>
          <TextInput
            label={t("name")}
            lang={language}
            maxLength={80}
            required
            data-autofocus={language === "de" ? true : undefined}
            value={input.name[language]}
            onChange={(event) => set({ name: { ...input.name, [language]: event.currentTarget.value } })}
          />
          <Textarea
            label={t("wording")}
            description={t("wordingText")}
            lang={language}
            maxLength={600}
            autosize
            minRows={2}
            required
            value={input.wording[language]}
            onChange={(event) =>
              set({
                wording: { ...input.wording, [language]: event.currentTarget.value.replace(/\s+/g, " ") },
              })
            }
          />
        </fieldset>
      ))}
      <Checkbox.Group
        label={t("kinds")}
        description={t(purpose ? "kindsFixed" : "kindsText")}
        value={input.kinds}
        onChange={(chosen) =>
          set({
            kinds: chosen,
            // Whoever writes by mail asks for a confirmation, until told otherwise.
            ...(chosen.includes("contact:email") && !byMail ? { doubleOptIn: true } : {}),
          })
        }
      >
        <div className="stack" style={{ marginTop: "var(--s2)" }}>
          {kinds.map((kind) => (
            <Checkbox key={kind} value={kind} label={t(`kind.${kind.replace(":", "_")}`)} />
          ))}
        </div>
      </Checkbox.Group>
      {byMail ? (
        <Checkbox
          label={t("doubleOptIn")}
          description={t("doubleOptInText")}
          checked={input.doubleOptIn}
          onChange={(event) => set({ doubleOptIn: event.currentTarget.checked })}
        />
      ) : null}
      <NumberInput
        label={t("months")}
        description={t("monthsText")}
        min={1}
        max={600}
        allowDecimal={false}
        hideControls
        value={input.lifetimeMonths ?? ""}
        onChange={(months) => set({ lifetimeMonths: typeof months === "number" ? months : null })}
      />
      {input.lifetimeMonths ? (
        <Select
          label={t("from")}
          data={(["grant", "activity"] as const).map((value) => ({ value, label: t(`from.${value}`) }))}
          allowDeselect={false}
          value={input.lifetimeFrom}
          onChange={(from) => set({ lifetimeFrom: from === "activity" ? "activity" : "grant" })}
        />
      ) : null}
      {purpose ? (
        <>
          <Checkbox
            label={t("asksAgain")}
            description={t("asksAgainText")}
            checked={asksAgain}
            onChange={(event) => setAsksAgain(event.currentTarget.checked)}
          />
          <Versions purpose={purpose} />
        </>
      ) : null}
      {save.error ? (
        <Note tone="bad" announce>
          {say(save.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      <div className="row end">
        <Button kind="main" type="submit" busy={save.isPending} disabledReason={missing}>
          {t("save")}
        </Button>
      </div>
    </form>
  );
}

/** The words of every version, and how many answers stand on each. */
function Versions({ purpose }: { purpose: Purpose }) {
  const { t } = useTranslation("consent");
  const f = useFormats();
  const all = useQuery(wordings(purpose.key));
  if (!all.data || all.data.wordings.length < 2) return null;
  return (
    <details>
      <summary>{t("versions", { count: all.data.wordings.length })}</summary>
      <ul className="list">
        {all.data.wordings.map((one) => (
          <li key={one.version} className="wraps">
            <div className="grow stack">
              <b>{t("version", { version: one.version })}</b>
              <span className="sm">{one.wording[f.language]}</span>
            </div>
            <span className="meta">
              {f.date(one.createdAt)}, {t("answers", { count: one.answers })}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
