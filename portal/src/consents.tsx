import { useState } from "react";
import { faultOf, readConsents, sendConsents } from "./api.ts";
import { Heading, Note } from "./frame.tsx";
import { addressValues, type ConsentsPage, type LedgerEntry, type Purpose } from "./page-data.ts";
import { isKey, type Key, useWords, type Words } from "./words.ts";

/** What a customer allows, with a switch for each purpose that works at once. */
export function Consents({ initial }: { initial: ConsentsPage }) {
  const words = useWords();
  const { t, language } = words;
  const [page, setPage] = useState(initial);
  const [token] = useState(() => addressValues().token ?? "");
  const [busy, setBusy] = useState<string>();
  const [fault, setFault] = useState<Key>();
  const [saved, setSaved] = useState("");

  async function answer(what: string, purposes: Purpose[], granted: boolean, done: string) {
    if (busy) return;
    setBusy(what);
    setFault(undefined);
    setSaved("");
    try {
      const answers = purposes.map(({ key, wordingVersion }) => ({ purpose: key, granted, wordingVersion }));
      const next = await sendConsents(token, answers);
      setPage(next);
      // A yes that waits for a mail is not one yet.
      const isWaiting =
        granted && next.purposes.some(({ key, state }) => key === purposes[0]?.key && state === "waiting");
      setSaved(isWaiting ? t("consents.saved.waiting") : done);
    } catch (error) {
      const key = faultOf(error);
      setFault(key);
      if (key === "error.wording") await readConsents(token).then(setPage, () => {});
    } finally {
      setBusy(undefined);
    }
  }

  const isFull = page.access === "full";
  const refusable = page.purposes.filter(
    (purpose) => purpose.state === "granted" || purpose.state === "hidden",
  );
  return (
    <>
      <Heading>{t("consents.title")}</Heading>
      <p className="soft">{t(isFull ? "consents.text" : "consents.withdrawOnly")}</p>
      <section className="panel" aria-label={t("consents.title")}>
        <ul className="choices">
          {page.purposes.map((purpose) => (
            <li key={purpose.key}>
              <div className="grow">
                <b id={`name-${purpose.key}`}>{purpose.name[language]}</b>
                <span className="sm soft" id={`wording-${purpose.key}`}>
                  {purpose.wording[language]}
                </span>
                {isFull ? <span className="xs dim">{sinceOf(purpose, words)}</span> : null}
                {purpose.isReworded ? (
                  <span className="row">
                    <span className="sm">{t("consents.reworded")}</span>
                    <button
                      type="button"
                      className="btn"
                      aria-label={t("consents.agreeTo", { name: purpose.name[language] })}
                      onClick={() =>
                        void answer(
                          `again ${purpose.key}`,
                          [purpose],
                          true,
                          t("consents.saved.on", { name: purpose.name[language] }),
                        )
                      }
                    >
                      {t("consents.agree")}
                    </button>
                  </span>
                ) : null}
              </div>
              {isFull ? (
                <span className="switch">
                  <input
                    type="checkbox"
                    role="switch"
                    aria-labelledby={`name-${purpose.key}`}
                    aria-describedby={`wording-${purpose.key}`}
                    aria-busy={busy === purpose.key}
                    checked={purpose.state === "granted"}
                    aria-checked={purpose.state === "granted"}
                    onChange={(event) => {
                      const granted = event.currentTarget.checked;
                      const name = purpose.name[language];
                      void answer(
                        purpose.key,
                        [purpose],
                        granted,
                        t(granted ? "consents.saved.on" : "consents.saved.off", { name }),
                      );
                    }}
                  />
                  <i aria-hidden="true" />
                </span>
              ) : (
                <button
                  type="button"
                  className="btn"
                  aria-label={t("consents.noTo", { name: purpose.name[language] })}
                  onClick={() =>
                    void answer(
                      purpose.key,
                      [purpose],
                      false,
                      t("consents.saved.off", { name: purpose.name[language] }),
                    )
                  }
                >
                  {t("consents.no")}
                </button>
              )}
            </li>
          ))}
        </ul>
      </section>
      <div role="status">
        {saved ? (
          <Note tone="good" icon="check">
            {saved}
          </Note>
        ) : null}
      </div>
      <div role="alert">
        {fault ? (
          <Note tone="bad" icon="alert">
            {t(fault)}
          </Note>
        ) : null}
      </div>
      {refusable.length > 1 ? (
        <button
          type="button"
          className="btn big"
          onClick={() => void answer("all", refusable, false, t("consents.saved.all"))}
        >
          {t("consents.all")}
        </button>
      ) : null}
      {isFull && page.history.length > 0 ? <History page={page} token={token} /> : null}
      {isFull ? (
        <p>
          <a href={`/p/privacy?t=${encodeURIComponent(token)}&lang=${language}`}>{t("consents.privacy")}</a>
        </p>
      ) : null}
    </>
  );
}

/** Everything that was asked and said, and the receipt to keep. */
function History({ page, token }: { page: ConsentsPage; token: string }) {
  const { t, date, language } = useWords();
  const saidOf = ({ act, granted }: LedgerEntry) =>
    t(act === "answer" ? (granted ? "history.granted" : "history.refused") : `history.${act}`);
  const whereOf = ({ origin }: LedgerEntry) => {
    const where = `where.${origin}`;
    return isKey(where) ? ` ${t(where)}` : "";
  };
  const receipt = `/p/consents/receipt.pdf?${new URLSearchParams({ t: token, lang: language })}`;
  return (
    <section className="stack" aria-label={t("history.title")}>
      <details className="panel">
        <summary>{t("history.title")}</summary>
        <ul className="choices">
          {page.history.map((entry, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an entry has no other name here; the list only grows at its top.
            <li key={`${entry.purpose} ${entry.at} ${at}`}>
              <div className="grow">
                <b>{entry.name?.[language] ?? entry.purpose}</b>
                {entry.wording ? <span className="sm soft">{entry.wording[language]}</span> : null}
                <span className="xs dim">
                  {date(entry.at)}: {saidOf(entry)}
                  {whereOf(entry)}
                </span>
              </div>
            </li>
          ))}
        </ul>
      </details>
      <p>
        <a className="btn big" href={receipt} download>
          {t("history.receipt")}
        </a>
      </p>
    </section>
  );
}

/** Since when, and where it was said or why it holds: a lawful basis is no yes of the customer, and is not called one. */
function sinceOf(purpose: Purpose, { t, date }: Words): string {
  if (purpose.state === "waiting") return t("consents.waiting");
  if (purpose.state === "never" || !purpose.since) return t("consents.never");
  const values = { date: date(purpose.since) };
  if (purpose.state === "withdrawn") return t("consents.withdrawn", values);
  if (purpose.state === "expired") return t("consents.expired", values);
  if (purpose.basis === "contract") return t("consents.contract", values);
  if (purpose.basis === "legitimate_interest") return t("consents.interest", values);
  if (purpose.basis === "legal_obligation") return t("consents.obligation", values);
  const where = `where.${purpose.origin}`;
  return isKey(where)
    ? t("consents.grantedWhere", { ...values, where: t(where) })
    : t("consents.granted", values);
}
