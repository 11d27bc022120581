import type { paths } from "@rondell/api-client";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Chip } from "../../design/chip.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { ExportLink } from "../../shell/export-link.tsx";
import { type Customer, customer, customerConsents } from "./queries.ts";

type Entry =
  paths["/api/customers/{id}/consents"]["get"]["responses"][200]["content"]["application/json"]["items"][number];
type Given = Pick<Customer["consents"][number], "at" | "basis" | "origin" | "source" | "wordingVersion">;

/** What the customer allows now, and every entry of the ledger that led there. */
export function Consents({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const one = useQuery(customer(id));
  const entries = useQuery(customerConsents(id)).data?.items ?? [];
  const nameOf = (entry: Entry) =>
    one.data?.consents.find((consent) => consent.purpose === entry.purpose)?.name[f.language] ??
    entry.name?.[f.language] ??
    entry.purpose;
  const words = useGivenWords();
  return (
    <Panel question={t("page.consent")} state={stateOf(one, { shape: "text" })} how={[t("page.consentHow")]}>
      <ul className="list">
        {(one.data?.consents ?? []).map((consent) => (
          <li key={consent.purpose} className="wraps">
            <b className="grow">{consent.name[f.language]}</b>
            {consent.granted === null ? (
              <Chip>{t("page.neverAsked")}</Chip>
            ) : consent.expired ? (
              <Chip tone="watch">{t("page.act.expired")}</Chip>
            ) : (
              <Answer granted={consent.granted} />
            )}
            <span className="meta">{consent.at && consent.basis ? words(consent) : t("page.noAnswer")}</span>
          </li>
        ))}
      </ul>
      {entries.length > 0 ? (
        <details>
          <summary>{t("page.ledger", { count: entries.length })}</summary>
          <ul className="list">
            {entries.map((entry) => (
              <LedgerLine key={entry.entry} entry={entry} name={nameOf(entry)} />
            ))}
          </ul>
        </details>
      ) : null}
      {entries.length > 0 ? (
        <div className="row" style={{ marginTop: "var(--s3)" }}>
          <ExportLink path={`/api/customers/${id}/consents/receipt.pdf`} query={{ language: f.language }}>
            {t("page.receipt")}
          </ExportLink>
          <ExportLink path={`/api/customers/${id}/consents/receipt`} query={{ language: f.language }}>
            {t("page.receiptJson")}
          </ExportLink>
        </div>
      ) : null}
    </Panel>
  );
}

/** One entry: what was said, when, how and where; below it what shows it, and the words that were read. */
function LedgerLine({ entry, name }: { entry: Entry; name: string }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const words = useGivenWords();
  const shown = [entry.place, entry.proof, `#${entry.entry}`].filter(Boolean).join(" · ");
  return (
    <li className="wraps">
      <span className="grow">{name}</span>
      {entry.act === "answer" ? (
        <Answer granted={entry.granted ?? false} />
      ) : (
        <Chip tone={entry.act === "asked" ? "watch" : "plain"}>{t(`page.act.${entry.act}`)}</Chip>
      )}
      <div className="meta stack">
        <span>{words(entry)}</span>
        {entry.wording ? (
          <span className="xs">
            <q>{entry.wording[f.language]}</q>
          </span>
        ) : null}
        <span className="xs dim" style={{ overflowWrap: "anywhere" }} title={entry.hash}>
          {shown}
        </span>
      </div>
    </li>
  );
}

function Answer({ granted }: { granted: boolean }) {
  const { t } = useTranslation("customers");
  return granted ? (
    <Chip tone="good">{t("page.granted")}</Chip>
  ) : (
    <Chip tone="bad">{t("page.withdrawn")}</Chip>
  );
}

/** One answer in a line: the day, the place, the basis, and the version of the words that were read. */
function useGivenWords(): (given: Given) => string {
  const { t, i18n } = useTranslation("customers");
  const f = useFormats();
  return ({ at, origin, source, basis, wordingVersion }) => {
    const key = origin ? `page.origin.${origin}` : "";
    const place = key && i18n.exists(key, { ns: "customers" }) ? t(key) : origin;
    return [
      at ? f.date(at) : null,
      // Where an event said it, its source says more.
      origin === "event" || origin === "source" ? (source ?? place) : place,
      basis ? t(`page.basis.${basis}`) : null,
      wordingVersion ? t("page.wording", { version: wordingVersion }) : null,
    ]
      .filter(Boolean)
      .join(", ");
  };
}
