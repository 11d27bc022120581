import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Grid, Stack } from "../../design/page.tsx";
import { Panel } from "../../design/panel.tsx";

export type Basis = Record<
  string,
  "consent" | "contract" | "legitimate_interest" | "legal_obligation" | null
>;

const bases = ["none", "contract", "legitimate_interest", "consent", "legal_obligation"] as const;

/** What the files do not say: the currency, the time zone, and by which law customers' data may be used. */
export function MeaningPanel({
  currency,
  timezone,
  basis,
  needs,
  usual,
  onCurrency,
  onTimezone,
  onBasis,
}: {
  currency: string;
  timezone: string;
  basis: Basis;
  needs: { currency: boolean; timezone: boolean };
  /** What the garden itself uses: first in the lists, never chosen silently. */
  usual: { currency: string; timezone: string };
  onCurrency: (currency: string) => void;
  onTimezone: (timezone: string) => void;
  onBasis: (basis: Basis) => void;
}) {
  const { t } = useTranslation("imports");
  const first = (one: string, all: readonly string[]) => [...new Set([...(one ? [one] : []), ...all])];
  return (
    <Panel question={t("meaning.question")} how={[t("meaning.how")]}>
      <Stack gap="parts">
        <Grid columns="2">
          {needs.currency ? (
            <Select
              label={t("meaning.currency")}
              description={t("meaning.currencyText")}
              placeholder={t("meaning.choose")}
              required
              searchable
              value={currency || null}
              data={first(usual.currency, Intl.supportedValuesOf("currency"))}
              onChange={(value) => onCurrency(value ?? "")}
            />
          ) : null}
          {needs.timezone ? (
            <Select
              label={t("meaning.timezone")}
              description={t("meaning.timezoneText")}
              placeholder={t("meaning.choose")}
              required
              searchable
              value={timezone || null}
              data={first(usual.timezone, ["UTC", ...Intl.supportedValuesOf("timeZone")])}
              onChange={(value) => onTimezone(value ?? "")}
            />
          ) : null}
        </Grid>
        <fieldset className="stack s3 importfields">
          <legend>{t("basis.question")}</legend>
          <Grid columns="3">
            {Object.entries(basis).map(([purpose, stated]) => (
              <Select
                key={purpose}
                label={t(`purpose.${purpose}`, { defaultValue: purpose })}
                description={t(`purposeText.${purpose}`, { defaultValue: "" }) || undefined}
                allowDeselect={false}
                value={stated ?? "none"}
                data={bases.map((one) => ({ value: one, label: t(`basis.${one}`) }))}
                onChange={(value) =>
                  onBasis({ ...basis, [purpose]: value === "none" ? null : (value as Basis[string]) })
                }
              />
            ))}
          </Grid>
        </fieldset>
      </Stack>
    </Panel>
  );
}
