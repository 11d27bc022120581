import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Chip } from "../../design/chip.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { type Customer, customer } from "./queries.ts";

type Given = Pick<Customer["consentHistory"][number], "basis" | "at" | "wordingVersion"> & {
  origin: string | null;
  source: string | null;
};

/** What the customer allows now, and every answer that led there: when, where, on which basis and words. */
export function Consents({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const one = useQuery(customer(id));
  const history = one.data?.consentHistory ?? [];
  const nameOf = (purpose: string) =>
    one.data?.consents.find((consent) => consent.purpose === purpose)?.name[f.language] ?? purpose;
  const words = useGivenWords();
  return (
    <Panel question={t("page.consent")} state={stateOf(one, { shape: "text" })} how={[t("page.consentHow")]}>
      <ul className="list">
        {(one.data?.consents ?? []).map(({ purpose, name, granted, at, basis, wordingVersion, ...where }) => (
          <li key={purpose} className="wraps">
            <b className="grow">{name[f.language]}</b>
            {granted === null ? <Chip>{t("page.neverAsked")}</Chip> : <Answer granted={granted} />}
            <span className="meta">
              {at && basis
                ? words({ at, basis, wordingVersion: wordingVersion ?? 0, ...where })
                : t("page.noAnswer")}
            </span>
          </li>
        ))}
      </ul>
      {history.length > 1 ? (
        <details>
          <summary>{t("page.consentHistory", { count: history.length })}</summary>
          <ul className="list">
            {history.map((entry, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: an answer has no other name; the list only grows at its top.
              <li key={`${entry.purpose} ${entry.at} ${index}`} className="wraps">
                <span className="grow">{nameOf(entry.purpose)}</span>
                <Answer granted={entry.granted} />
                <span className="meta">{words(entry)}</span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </Panel>
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
    const place = origin ? `page.origin.${origin}` : "";
    return [
      f.date(at),
      source ?? (place && i18n.exists(place, { ns: "customers" }) ? t(place) : origin),
      t(`page.basis.${basis}`),
      wordingVersion > 0 ? t("page.wording", { version: wordingVersion }) : null,
    ]
      .filter(Boolean)
      .join(", ");
  };
}
