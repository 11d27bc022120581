import { NumberInput, Select, TagsInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { call } from "@rondell/api-client";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Grid } from "../../design/page.tsx";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import type { IdentityRules } from "./queries.ts";

const naming = ["user_id", "email", "phone"] as const;
const limited = [...naming, "anonymous_id"] as const;

/** Every order of the kinds that name a person, as one choice each: `email,user_id,phone`. */
const orders = naming.flatMap((first) =>
  naming
    .filter((kind) => kind !== first)
    .map((second) => [first, second, naming.find((kind) => kind !== first && kind !== second)!]),
);

/** The rules as a form; whoever may not change them reads them. */
export function RulesForm({ rules }: { rules: IdentityRules }) {
  const { t } = useTranslation("identity");
  const say = useRefusalText();
  const readOnly = !useMay()("settings:write");
  const form = useForm({
    initialValues: {
      priority: rules.priority.join(","),
      limits: rules.limits,
      blocked: rules.blocked,
      phoneCountry: rules.phoneCountry ?? "",
      sharedFrom: rules.sharedFrom,
      nameSharedFrom: rules.nameSharedFrom,
    },
    validate: {
      phoneCountry: (value) => (/^([A-Za-z]{2})?$/.test(value.trim()) ? null : t("country.wrong")),
    },
  });
  const save = useMutation({
    mutationFn: (values: typeof form.values) =>
      call(
        api.PATCH("/api/identity/rules", {
          body: {
            ...values,
            priority: values.priority.split(",") as IdentityRules["priority"],
            phoneCountry: values.phoneCountry.trim().toUpperCase() || null,
          },
        }),
      ),
    onSuccess: async () => {
      form.resetDirty();
      await queryClient.invalidateQueries({ queryKey: ["identity"] });
      notifyDone(t("saved"));
    },
  });
  return (
    <form className="stack s4" noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Select
        label={t("priority")}
        description={t("priorityText")}
        allowDeselect={false}
        readOnly={readOnly}
        data={orders.map((order) => ({
          value: order.join(","),
          label: order.map((kind) => t(`kind.${kind}`)).join(" → "),
        }))}
        {...form.getInputProps("priority")}
      />
      <fieldset className="stack s3" style={{ border: 0, margin: 0, padding: 0 }}>
        <legend style={{ padding: 0 }}>
          <b>{t("limits")}</b>
        </legend>
        <p className="soft sm">{t("limitsText")}</p>
        {limited.map((kind) => (
          <div key={kind} className="halves">
            <NumberInput
              label={t("limit.max", { kind: t(`kind.${kind}`) })}
              min={1}
              max={1000}
              allowDecimal={false}
              readOnly={readOnly}
              {...form.getInputProps(`limits.${kind}.max`)}
            />
            <NumberInput
              label={t("limit.days", { kind: t(`kind.${kind}`) })}
              min={1}
              max={3650}
              allowDecimal={false}
              readOnly={readOnly}
              {...form.getInputProps(`limits.${kind}.days`)}
            />
          </div>
        ))}
      </fieldset>
      <TagsInput
        label={t("blocked")}
        description={t("blockedText")}
        readOnly={readOnly}
        {...form.getInputProps("blocked")}
      />
      <Grid columns="2">
        <TextInput
          label={t("country")}
          description={t("countryText")}
          maxLength={2}
          readOnly={readOnly}
          {...form.getInputProps("phoneCountry")}
        />
        <NumberInput
          label={t("shared")}
          description={t("sharedText")}
          min={2}
          max={100}
          allowDecimal={false}
          readOnly={readOnly}
          {...form.getInputProps("sharedFrom")}
        />
        <NumberInput
          label={t("nameShared")}
          description={t("nameSharedText")}
          min={2}
          max={100}
          allowDecimal={false}
          readOnly={readOnly}
          {...form.getInputProps("nameSharedFrom")}
        />
      </Grid>
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
