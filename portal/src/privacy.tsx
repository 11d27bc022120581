import { useEffect, useState } from "react";
import { askPrivacy, faultOf, fetchFile, readPrivacy } from "./api.ts";
import { Heading, Note } from "./frame.tsx";
import { addressValues, type PrivacyKind, type PrivacyPage } from "./page-data.ts";
import { type Key, useWords } from "./words.ts";

/** What a customer may ask about their own data; the file is made at once, the rest is answered by people. */
const kinds = ["access", "rectify", "restrict", "object", "erase"] as const satisfies PrivacyKind[];
/** Asked with words: what is wrong, and what is right. */
const needsWords = (kind: PrivacyKind) => kind === "rectify";

export function Privacy({ initial }: { initial: PrivacyPage }) {
  const { t, date, language } = useWords();
  const [page, setPage] = useState(initial);
  const [token] = useState(() => addressValues().token ?? "");
  const [open, setOpen] = useState<PrivacyKind>();
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Key>();
  const [saved, setSaved] = useState(false);
  const isMaking = page.files.some((file) => file.state === "queued");

  useEffect(() => {
    if (!isMaking) return;
    const timer = setInterval(() => void readPrivacy(token).then(setPage, () => {}), 1_500);
    return () => clearInterval(timer);
  }, [isMaking, token]);

  if (page.access !== "full") {
    return (
      <>
        <Heading>{t("privacy.title")}</Heading>
        <p>{t("privacy.notProven")}</p>
      </>
    );
  }

  async function act(work: () => Promise<unknown>, done: boolean) {
    if (busy) return;
    setBusy(true);
    setFault(undefined);
    setSaved(false);
    try {
      await work();
      setSaved(done);
      setOpen(undefined);
      setWords("");
    } catch (error) {
      setFault(faultOf(error));
    } finally {
      setBusy(false);
    }
  }
  const send = (kind: PrivacyKind) =>
    act(async () => {
      const said = words.trim();
      setPage(await askPrivacy(token, { kind, language, ...(said ? { words: said } : {}) }));
    }, true);
  const waits = (kind: PrivacyKind) =>
    page.requests.some((one) => one.kind === kind && (one.state === "open" || one.state === "working"));

  return (
    <>
      <Heading>{t("privacy.title")}</Heading>
      <p className="soft">{t("privacy.text")}</p>
      <div role="status">
        {saved ? (
          <Note tone="good" icon="check">
            {t("privacy.saved")}
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
      <section className="panel" aria-label={t("privacy.title")}>
        <ul className="choices asks">
          {kinds.map((kind) => (
            <li key={kind}>
              <div className="grow">
                <b>{t(`privacy.${kind}`)}</b>
                <span className="sm soft">{t(`privacy.${kind}.text`)}</span>
                {open === kind ? (
                  <form
                    className="stack"
                    onSubmit={(event) => {
                      event.preventDefault();
                      void send(kind);
                    }}
                  >
                    <label className="stack">
                      <span className="sm">
                        {t(needsWords(kind) ? "privacy.words.needed" : "privacy.words")}
                      </span>
                      <textarea
                        rows={3}
                        maxLength={4000}
                        required={needsWords(kind)}
                        value={words}
                        onChange={(event) => setWords(event.currentTarget.value)}
                      />
                    </label>
                    <div className="row">
                      <button type="submit" className="btn main" aria-busy={busy}>
                        {t(kind === "erase" ? "privacy.send.erase" : "privacy.send")}
                      </button>
                      <button type="button" className="btn" onClick={() => setOpen(undefined)}>
                        {t("privacy.cancel")}
                      </button>
                    </div>
                  </form>
                ) : null}
              </div>
              {open === kind ? null : waits(kind) ? (
                <span className="sm soft">{t("privacy.waits")}</span>
              ) : (
                <button
                  type="button"
                  className="btn"
                  aria-label={`${t("privacy.ask")}: ${t(`privacy.${kind}`)}`}
                  onClick={() => (kind === "access" ? void send(kind) : setOpen(kind))}
                >
                  {t("privacy.ask")}
                </button>
              )}
            </li>
          ))}
        </ul>
      </section>
      {page.files.length ? (
        <section className="panel" aria-labelledby="files">
          <h2 id="files">{t("privacy.files")}</h2>
          <ul className="choices">
            {page.files.map((file) => (
              <li key={file.id}>
                <div className="grow">
                  <b>{t("privacy.file")}</b>
                  <span className="sm soft">
                    {file.state === "ready"
                      ? t("privacy.until", { date: date(file.expiresAt) })
                      : t(file.state === "failed" ? "privacy.failed" : "privacy.making")}
                  </span>
                </div>
                {file.state === "ready" ? (
                  <button
                    type="button"
                    className="btn main"
                    aria-busy={busy}
                    onClick={() => void act(() => fetchFile(token, file.id), false)}
                  >
                    {t("privacy.download")}
                  </button>
                ) : null}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {page.requests.length ? (
        <section className="panel" aria-labelledby="asked">
          <h2 id="asked">{t("privacy.asked")}</h2>
          <ul className="choices">
            {page.requests.map((one) => (
              <li key={one.id}>
                <div className="grow">
                  <b>
                    {t(
                      `privacy.${one.kind === "portability" || one.kind === "anonymise" ? "access" : one.kind}`,
                    )}
                  </b>
                  <span className="sm soft">
                    {one.state === "open" || one.state === "working"
                      ? t("privacy.due", { date: date(one.dueAt) })
                      : t(`privacy.state.${one.state}`)}
                  </span>
                  {one.note ? <span className="sm">{one.note}</span> : null}
                </div>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </>
  );
}
