import { Select, Textarea, TextInput } from "@mantine/core";
import { IconDeviceFloppy } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Grid } from "../../design/page.tsx";
import { Panel } from "../../design/panel.tsx";
import { ErrorState } from "../../design/states.tsx";
import { PhonePreview } from "./phone-preview.tsx";

export interface Draft {
  name: string;
  slug: string;
  language: "en" | "de";
  question: { en?: string | undefined; de?: string | undefined };
}

const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])$/;

/** An address made from a name: small letters, digits and hyphens. */
export function slugOf(name: string): string {
  const letters: Record<string, string> = { ä: "ae", ö: "oe", ü: "ue", ß: "ss" };
  return name
    .toLowerCase()
    .replace(/[äöüß]/g, (letter) => letters[letter] ?? "")
    .normalize("NFD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
}

/** What an operator writes, beside what the customer will see on a phone. */
export function SurveyForm({
  initial,
  isOpen = false,
  isBusy,
  error,
  submit,
  onSubmit,
  more,
}: {
  initial: Draft;
  /** An open survey keeps everything but its name. */
  isOpen?: boolean;
  isBusy: boolean;
  error: unknown;
  submit: string;
  onSubmit: (draft: Draft) => void;
  more?: ReactNode;
}) {
  const { t } = useTranslation("surveys");
  const [draft, setDraft] = useState(initial);
  const [isOwnSlug, setOwnSlug] = useState(initial.slug !== "");
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const ask = (language: "en" | "de", text: string) =>
    setDraft((before) => ({ ...before, question: { ...before.question, [language]: text } }));

  const fault = !draft.name.trim()
    ? t("form.needsName")
    : !slugPattern.test(draft.slug)
      ? t("form.needsSlug")
      : !draft.question[draft.language]?.trim()
        ? t("form.needsQuestion")
        : undefined;
  return (
    <Grid columns="3:2">
      <Panel question={t("form.question")} how={[t("form.how")]}>
        <form
          className="stack s4"
          onSubmit={(event) => {
            event.preventDefault();
            if (!fault && !isBusy) onSubmit(draft);
          }}
        >
          <TextInput
            label={t("form.name")}
            description={t("form.nameText")}
            value={draft.name}
            maxLength={120}
            required
            onChange={(event) => {
              const name = event.currentTarget.value;
              change({ name, ...(isOwnSlug ? {} : { slug: slugOf(name) }) });
            }}
          />
          <TextInput
            label={t("form.slug")}
            description={t("form.slugText", { address: `${window.location.origin}/s/${draft.slug || "…"}` })}
            value={draft.slug}
            maxLength={60}
            disabled={isOpen}
            required
            onChange={(event) => {
              setOwnSlug(true);
              change({ slug: event.currentTarget.value.toLowerCase() });
            }}
          />
          <Select
            label={t("form.language")}
            description={t("form.languageText")}
            allowDeselect={false}
            disabled={isOpen}
            value={draft.language}
            onChange={(value) => value && change({ language: value as Draft["language"] })}
            data={[
              { value: "de", label: "Deutsch" },
              { value: "en", label: "English" },
            ]}
          />
          {(["de", "en"] as const).map((language) => (
            <Textarea
              key={language}
              lang={language}
              label={t(`form.question.${language}`)}
              maxLength={300}
              rows={2}
              disabled={isOpen}
              value={draft.question[language] ?? ""}
              onChange={(event) => ask(language, event.currentTarget.value)}
            />
          ))}
          {error ? <ErrorState error={error} title={t("notSaved")} /> : null}
          <div className="row">
            <Button kind="main" type="submit" icon={IconDeviceFloppy} busy={isBusy} disabledReason={fault}>
              {submit}
            </Button>
            {more}
          </div>
        </form>
      </Panel>
      <Panel question={t("preview.question")} how={[t("preview.how")]}>
        <PhonePreview draft={draft} />
      </Panel>
    </Grid>
  );
}
