import { PasswordInput, Select, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { useLanguage } from "../../i18n/hooks.ts";
import { LANGUAGES, speak } from "../../i18n/index.ts";

export interface Owner {
  name: string;
  email: string;
  password: string;
  token: string;
}

export interface Brand {
  brand: string;
  currency: string;
  timezone: string;
}

/** As the server asks; it checks again. */
const PASSWORD_MIN = 10;

/** Those that most readers look for; the rest follow by code. */
const CURRENCIES_FIRST = ["EUR", "CHF", "GBP", "USD", "BRL"];

function Heading({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <div className="stack s1">
      <h2 className="step-title">{title}</h2>
      <p className="soft">{children}</p>
    </div>
  );
}

export function LanguageStep({ onNext }: { onNext: () => void }) {
  const { t } = useTranslation("setup");
  const language = useLanguage();
  const names = { en: "English", de: "Deutsch" };
  return (
    <form
      className="panel"
      onSubmit={(event) => {
        event.preventDefault();
        onNext();
      }}
    >
      <Heading title={t("language.heading")}>{t("language.text")}</Heading>
      <fieldset className="choices">
        <legend className="sr">{t("language.heading")}</legend>
        {LANGUAGES.map((each) => (
          <label key={each} lang={each}>
            <input
              type="radio"
              name="language"
              checked={each === language}
              onChange={() => void speak(each)}
            />
            <span>{names[each]}</span>
          </label>
        ))}
      </fieldset>
      <div className="row end">
        <Button kind="main" type="submit">
          {t("next")}
        </Button>
      </div>
    </form>
  );
}

export function AccountStep({
  owner,
  tokenNeeded,
  onBack,
  onNext,
}: {
  owner: Owner;
  tokenNeeded: boolean;
  onBack: () => void;
  onNext: (owner: Owner) => void;
}) {
  const { t } = useTranslation("setup");
  const form = useForm<Owner>({
    mode: "uncontrolled",
    initialValues: owner,
    validate: {
      name: (value) => (value.trim() ? null : t("missing")),
      email: (value) => (/^\S+@\S+\.\S+$/.test(value.trim()) ? null : t("badEmail")),
      password: (value) => (value.length >= PASSWORD_MIN ? null : t("shortPassword")),
      token: (value) => (!tokenNeeded || value.trim() ? null : t("missing")),
    },
  });
  // A token that came with the address needs no field of its own.
  const asksToken = tokenNeeded && !owner.token;
  return (
    <form
      className="panel"
      noValidate
      onSubmit={form.onSubmit((values) =>
        onNext({
          ...values,
          name: values.name.trim(),
          email: values.email.trim(),
          token: values.token.trim(),
        }),
      )}
    >
      <Heading title={t("account.heading")}>{t("account.text")}</Heading>
      <TextInput label={t("account.name")} autoComplete="name" autoFocus {...form.getInputProps("name")} />
      <TextInput
        label={t("account.email")}
        type="email"
        autoComplete="username"
        {...form.getInputProps("email")}
      />
      <PasswordInput
        visibilityToggleButtonProps={{ "aria-label": t("design:password.show") }}
        label={t("account.password")}
        description={t("account.passwordHint")}
        autoComplete="new-password"
        {...form.getInputProps("password")}
      />
      {asksToken ? (
        <TextInput
          label={t("account.token")}
          description={t("account.tokenHint")}
          autoComplete="off"
          {...form.getInputProps("token")}
        />
      ) : null}
      <div className="row spread">
        <Button onClick={onBack}>{t("back")}</Button>
        <Button kind="main" type="submit">
          {t("next")}
        </Button>
      </div>
    </form>
  );
}

/** Currencies as "EUR, Euro", the usual ones first. */
function useCurrencies(): { value: string; label: string }[] {
  const language = useLanguage();
  return useMemo(() => {
    const names = new Intl.DisplayNames([language], { type: "currency" });
    const codes = [...new Set([...CURRENCIES_FIRST, ...Intl.supportedValuesOf("currency")])];
    return codes.map((value) => ({ value, label: `${value}, ${names.of(value) ?? value}` }));
  }, [language]);
}

export function BrandStep({
  busy,
  onBack,
  onNext,
  children,
}: {
  busy: boolean;
  onBack: () => void;
  onNext: (brand: Brand) => void;
  /** What went wrong, if anything. */
  children?: ReactNode;
}) {
  const { t } = useTranslation("setup");
  const currencies = useCurrencies();
  const zones = useMemo(() => [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC"])], []);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const form = useForm<Brand>({
    mode: "uncontrolled",
    initialValues: { brand: "", currency: "EUR", timezone: zones.includes(here) ? here : "UTC" },
    validate: { brand: (value) => (value.trim() ? null : t("missing")) },
  });
  return (
    <form
      className="panel"
      noValidate
      onSubmit={form.onSubmit((values) => onNext({ ...values, brand: values.brand.trim() }))}
    >
      <Heading title={t("brand.heading")}>{t("brand.text")}</Heading>
      <TextInput
        label={t("brand.brand")}
        autoComplete="organization"
        autoFocus
        {...form.getInputProps("brand")}
      />
      <Select label={t("brand.currency")} data={currencies} searchable {...form.getInputProps("currency")} />
      <Select
        label={t("brand.timezone")}
        data={zones}
        searchable
        limit={200}
        {...form.getInputProps("timezone")}
      />
      {children}
      <div className="row spread">
        <Button onClick={onBack}>{t("back")}</Button>
        <Button kind="main" type="submit" busy={busy}>
          {t("finish")}
        </Button>
      </div>
    </form>
  );
}
