import { FileButton, NumberInput, Select, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconFileImport } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { DataTable } from "../../design/data-table.tsx";
import { Note } from "../../design/note.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import { useCurrencyChoices } from "./currency-choices.ts";
import { exchangeRates } from "./queries.ts";
import { RecomputeNote } from "./recompute-note.tsx";

/** What other currencies were worth, from a day on; the history stays. */
export function RatesPanel() {
  const { t } = useTranslation("settings");
  const f = useFormats();
  const may = useMay();
  const rates = useQuery(exchangeRates());
  const [run, setRun] = useState<string | null>(null);
  const base = rates.data?.base ?? "";
  type Row = NonNullable<typeof rates.data>["rates"][number];
  const onAdded = async (jobId: string | null) => {
    setRun(jobId);
    await queryClient.invalidateQueries({ queryKey: ["settings", "rates"] });
  };
  return (
    <Panel
      question={t("rates")}
      reading={rates.data ? t("ratesReading", { base }) : null}
      how={[t("ratesHow")]}
      state={stateOf(rates, { shape: "table" })}
    >
      <div className="stack s4">
        {may("settings:write") ? <NewRate base={base} onAdded={onAdded} /> : null}
        {run ? <RecomputeNote key={run} run={run} /> : null}
        {rates.data && rates.data.rates.length > 0 ? (
          <DataTable
            label={t("rates")}
            columns={[
              {
                id: "currency",
                head: t("rate.currency"),
                lead: true,
                cell: (row: Row) => <b>{row.currency}</b>,
              },
              { id: "from", head: t("rate.from"), cell: (row: Row) => f.date(row.validFrom, { year: true }) },
              {
                id: "rate",
                head: t("rate.rate", { base }),
                right: true,
                cell: (row: Row) => f.number(Number(row.rate), { digits: rateDigits(row.rate) }),
              },
            ]}
            rows={rates.data.rates}
            rowId={(row) => `${row.currency} ${row.validFrom}`}
          />
        ) : (
          <p className="soft">{t("rates.none")}</p>
        )}
      </div>
    </Panel>
  );
}

/** Digits after the decimal mark under which a rate is shown: its own, at least 2 and at most 6. */
export const rateDigits = (rate: string) =>
  Math.min(6, Math.max(2, (rate.split(".")[1] ?? "").replace(/0+$/, "").length));

function NewRate({ base, onAdded }: { base: string; onAdded: (jobId: string | null) => Promise<void> }) {
  const { t } = useTranslation("settings");
  const say = useRefusalText();
  const currencies = useCurrencyChoices().filter((choice) => choice.value !== base);
  const [currency, setCurrency] = useState<string | null>(null);
  const [validFrom, setValidFrom] = useState("");
  const [rate, setRate] = useState<string | number>("");
  const add = useMutation({
    mutationFn: () =>
      call(
        api.POST("/api/exchange-rates", {
          body: { rates: [{ currency: currency ?? "", validFrom, rate: String(rate) }] },
        }),
      ),
    onSuccess: (answer) => onAdded(answer.jobId),
  });
  const upload = useMutation({
    mutationFn: async (file: File) =>
      call(api.POST("/api/exchange-rates/csv", { body: { csv: await file.text() } })),
    onSuccess: (answer) => onAdded(answer.jobId),
  });
  const failed = add.error ?? upload.error;
  const isReady = currency && /^\d{4}-\d{2}-\d{2}$/.test(validFrom) && Number(rate) > 0;
  return (
    <form
      className="stack s3"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Select
        label={t("rate.currency")}
        searchable
        data={currencies}
        value={currency}
        onChange={setCurrency}
      />
      <TextInput
        label={t("rate.from")}
        type="date"
        value={validFrom}
        onChange={(event) => setValidFrom(event.currentTarget.value)}
      />
      <NumberInput
        label={t("rate.one", { currency: currency ?? "…", base })}
        decimalScale={8}
        min={0}
        hideControls
        allowedDecimalSeparators={[".", ","]}
        value={rate}
        onChange={setRate}
      />
      {failed ? (
        <Note tone="bad" announce>
          {say(failed) ?? t("design:error.text")}
        </Note>
      ) : null}
      <div className="row">
        <Button
          kind="main"
          type="submit"
          busy={add.isPending}
          disabledReason={isReady ? undefined : t("rate.incomplete")}
        >
          {t("rate.add")}
        </Button>
        <FileButton accept=".csv,text/csv" onChange={(file) => file && upload.mutate(file)}>
          {(props) => (
            <Button icon={IconFileImport} busy={upload.isPending} {...props}>
              {t("rate.file")}
            </Button>
          )}
        </FileButton>
      </div>
    </form>
  );
}
