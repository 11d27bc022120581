import { Select, Switch, Textarea, TextInput } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { call } from "@rondell/api-client";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { useLanguage } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import type { Purpose, Source } from "./queries.ts";

const BASES = ["consent", "contract", "legitimate_interest", "legal_obligation"] as const;
type Basis = (typeof BASES)[number];

interface Values {
  name: string;
  enabled: boolean;
  consentMode: "ask" | "basis";
  provesConsent: boolean;
  categories: { category: string; purpose: string }[];
  bases: { purpose: string; basis: string }[];
  /** One origin a line. */
  origins: string;
}

/** What a source may do: whether it asks for consent or states a basis, and from which sites it may write. */
export function SourceForm({
  source,
  purposes,
  readOnly,
}: {
  source: Source;
  purposes: Purpose[];
  readOnly: boolean;
}) {
  const { t } = useTranslation("sources");
  const language = useLanguage();
  const say = useRefusalText();
  const form = useForm<Values>({
    initialValues: {
      name: source.name,
      enabled: source.enabled,
      consentMode: source.consentMode,
      provesConsent: source.provesConsent,
      categories: Object.entries(source.consentCategories).map(([category, purpose]) => ({
        category,
        purpose,
      })),
      bases: purposes.map(({ key }) => ({ purpose: key, basis: source.statedBasis[key] ?? "" })),
      origins: source.origins.join("\n"),
    },
    validate: { name: (value) => (value.trim() ? null : t("nameMissing")) },
  });
  const save = useMutation({
    mutationFn: (values: Values) =>
      call(
        api.PATCH("/api/sources/{id}", {
          params: { path: { id: source.id } },
          body: {
            name: values.name.trim(),
            enabled: values.enabled,
            consentMode: values.consentMode,
            provesConsent: values.provesConsent,
            consentCategories: Object.fromEntries(
              values.categories
                .filter((each) => each.category.trim() && each.purpose)
                .map((each) => [each.category.trim(), each.purpose]),
            ),
            statedBasis: Object.fromEntries(
              values.bases.filter((each) => each.basis).map((each) => [each.purpose, each.basis as Basis]),
            ),
            origins: values.origins
              .split(/\s+/)
              .map((origin) => origin.replace(/\/+$/, ""))
              .filter(Boolean),
          },
        }),
      ),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["sources"] });
      notifyDone(t("saved"));
    },
  });
  const nameOf = (purpose: Purpose) => purpose.name[language] ?? purpose.name.en ?? purpose.key;
  const purposeChoices = purposes.map((purpose) => ({ value: purpose.key, label: nameOf(purpose) }));
  const isOwn = source.kind === "internal" || source.kind === "import";
  const asks = form.values.consentMode === "ask";
  return (
    <form className="stack s4" noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <fieldset
        disabled={readOnly}
        className="stack s4"
        style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}
      >
        <legend className="sr">{t("rules")}</legend>
        <TextInput label={t("name")} {...form.getInputProps("name")} />
        <Switch
          label={t("enabled")}
          description={t("enabledText")}
          {...form.getInputProps("enabled", { type: "checkbox" })}
        />
        <Select
          label={t("consent")}
          description={t(asks ? "modeText.ask" : "modeText.basis")}
          allowDeselect={false}
          data={(["ask", "basis"] as const).map((value) => ({ value, label: t(`mode.${value}`) }))}
          {...form.getInputProps("consentMode")}
        />
        {asks ? (
          <Categories form={form} choices={purposeChoices} />
        ) : (
          form.values.bases.map((each, at) => {
            const purpose = purposes.find((one) => one.key === each.purpose);
            return (
              <Select
                key={each.purpose}
                label={purpose ? nameOf(purpose) : each.purpose}
                data={[
                  { value: "", label: t("basis.none") },
                  ...BASES.map((value) => ({ value, label: t(`basis.${value}`) })),
                ]}
                allowDeselect={false}
                {...form.getInputProps(`bases.${at}.basis`)}
              />
            );
          })
        )}
        {source.kind === "server" || source.kind === "webhook" ? (
          <Switch
            label={t("proves")}
            description={t("provesText")}
            {...form.getInputProps("provesConsent", { type: "checkbox" })}
          />
        ) : null}
        {isOwn ? null : (
          <Textarea
            label={t("origins")}
            description={t("originsText")}
            placeholder="https://shop.example"
            autosize
            minRows={2}
            {...form.getInputProps("origins")}
          />
        )}
      </fieldset>
      {save.error ? (
        <Note tone="bad" announce>
          {say(save.error) ?? t("design:error.text")}
        </Note>
      ) : null}
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

/** Names of the consent tool's categories, each bound to one of the brand's purposes. */
function Categories({
  form,
  choices,
}: {
  form: Pick<UseFormReturnType<Values>, "values" | "getInputProps" | "insertListItem" | "removeListItem">;
  choices: { value: string; label: string }[];
}) {
  const { t } = useTranslation("sources");
  return (
    <div className="stack s3">
      <div>
        <p>
          <b>{t("categories")}</b>
        </p>
        <p className="soft">{t("categoriesText")}</p>
      </div>
      {form.values.categories.map((each, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the row's place is its name until it is saved.
        <div className="row bound" key={at}>
          <TextInput
            aria-label={t("category", { number: at + 1 })}
            placeholder="Analytics"
            {...form.getInputProps(`categories.${at}.category`)}
          />
          <Select
            aria-label={t("purposeOf", { category: each.category || at + 1 })}
            data={choices}
            allowDeselect={false}
            {...form.getInputProps(`categories.${at}.purpose`)}
          />
          <Button
            kind="quiet"
            icon={IconTrash}
            aria-label={t("removeCategory", { category: each.category || at + 1 })}
            onClick={() => form.removeListItem("categories", at)}
          >
            <span className="sr">{t("remove")}</span>
          </Button>
        </div>
      ))}
      <div className="row">
        <Button
          icon={IconPlus}
          onClick={() =>
            form.insertListItem("categories", { category: "", purpose: choices[0]?.value ?? "" })
          }
        >
          {t("addCategory")}
        </Button>
      </div>
    </div>
  );
}
