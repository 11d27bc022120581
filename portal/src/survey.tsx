import { type FormEvent, useRef, useState } from "react";
import { faultOf, newKey, sendAnswer } from "./api.ts";
import { Heading, Note } from "./frame.tsx";
import { addressValues, type SurveyPage } from "./page-data.ts";
import { type Key, useWords } from "./words.ts";

const scores = Array.from({ length: 11 }, (_, score) => score);

/** One question from 0 to 10, and why; then thanks, and the way to one's own consents. */
export function Survey({ survey }: { survey: SurveyPage }) {
  const { t } = useWords();
  const [address] = useState(addressValues);
  const [key] = useState(newKey);
  const [score, setScore] = useState(survey.earlier?.score);
  const [reason, setReason] = useState(survey.earlier?.reason ?? "");
  const [taken, setTaken] = useState<{ score: number; token: string | null }>();
  const [isThanks, setThanks] = useState(false);

  if (survey.state === "closed") {
    return (
      <>
        <Heading>{t("closed.title")}</Heading>
        <p>{t("closed.text")}</p>
      </>
    );
  }
  if (isThanks && taken) {
    return <Thanks score={taken.score} token={taken.token} onChange={() => setThanks(false)} />;
  }
  return (
    <AnswerForm
      survey={survey}
      token={address.token ?? taken?.token ?? undefined}
      anonymousId={address.anonymousId}
      answerKey={key}
      score={score}
      reason={reason}
      isChange={taken !== undefined || survey.earlier !== null}
      onScore={setScore}
      onReason={setReason}
      onTaken={(next) => {
        // A change of the answer keeps the way to the consents that came with the first.
        setTaken((before) => ({ score: next.score, token: next.token ?? before?.token ?? null }));
        setThanks(true);
      }}
    />
  );
}

interface AnswerFormProps {
  survey: SurveyPage;
  token: string | undefined;
  anonymousId: string | undefined;
  answerKey: string;
  score: number | undefined;
  reason: string;
  isChange: boolean;
  onScore: (score: number) => void;
  onReason: (reason: string) => void;
  onTaken: (taken: { score: number; token: string | null }) => void;
}

function AnswerForm(props: AnswerFormProps) {
  const { survey, token, anonymousId, answerKey, score, reason, isChange, onScore, onReason, onTaken } =
    props;
  const { t, language } = useWords();
  const [fault, setFault] = useState<Key>();
  const [isBusy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (isBusy) return;
    if (score === undefined) {
      setFault("survey.choose");
      first.current?.focus();
      return;
    }
    setBusy(true);
    setFault(undefined);
    try {
      onTaken(
        await sendAnswer(survey.slug, {
          score,
          ...(reason.trim() ? { reason } : {}),
          language,
          ...(token ? { token } : {}),
          ...(anonymousId && !token ? { anonymousId } : {}),
          key: answerKey,
        }),
      );
    } catch (error) {
      setFault(faultOf(error));
    } finally {
      setBusy(false);
    }
  }

  const question = survey.question[language] ?? survey.question[survey.language];
  return (
    <form onSubmit={submit} noValidate>
      <fieldset aria-describedby={fault ? "fault" : undefined}>
        <legend>
          <Heading>{question}</Heading>
        </legend>
        <div className="scale">
          {scores.map((each) => (
            <label key={each}>
              <input
                ref={each === 0 ? first : undefined}
                type="radio"
                name="score"
                value={each}
                required
                checked={score === each}
                onChange={() => {
                  onScore(each);
                  setFault(undefined);
                }}
                aria-label={t("survey.scoreOf", { score: each })}
              />
              <span aria-hidden="true">{each}</span>
            </label>
          ))}
        </div>
        <div className="row spread sm soft">
          <span>{t("survey.from")}</span>
          <span>{t("survey.to")}</span>
        </div>
      </fieldset>
      <div className="stack">
        <label htmlFor="reason">
          <b>{t("survey.reason")}</b>
        </label>
        <span className="sm soft" id="reason-hint">
          {t("survey.hint")}
        </span>
        <textarea
          id="reason"
          rows={4}
          maxLength={4000}
          value={reason}
          aria-describedby="reason-hint"
          onChange={(event) => onReason(event.currentTarget.value)}
        />
      </div>
      <Note icon="lock">
        {t(survey.isPersonal ? "survey.personal" : "survey.open", { brand: survey.brand })}{" "}
        {survey.isPersonal && token ? (
          <a className="link" href={consentsAddress(token, language)}>
            {t("survey.allow")}
          </a>
        ) : null}
      </Note>
      <div id="fault" role="alert">
        {fault ? (
          <Note tone="bad" icon="alert">
            {t(fault)}
          </Note>
        ) : null}
      </div>
      <button type="submit" className="btn main big" aria-disabled={isBusy}>
        {t(isBusy ? "survey.sending" : isChange ? "survey.change" : "survey.send")}
      </button>
    </form>
  );
}

function Thanks({ score, token, onChange }: { score: number; token: string | null; onChange: () => void }) {
  const { t, language } = useWords();
  return (
    <>
      <Heading takesFocus>{t("thanks.title")}</Heading>
      <p>{t("thanks.text", { score })}</p>
      {token ? (
        <>
          <p className="soft">{t("thanks.own")}</p>
          <a className="btn main big" target={ownPage} href={consentsAddress(token, language)}>
            {t("thanks.consents")}
          </a>
        </>
      ) : (
        <p className="soft">{t("thanks.nameless")}</p>
      )}
      <button type="button" className="btn big" onClick={onChange}>
        {t("survey.change")}
      </button>
    </>
  );
}

/** On a brand's website the survey stands in a frame, where the customer's own page does not open. */
const ownPage = window.self === window.top ? undefined : "_blank";

const consentsAddress = (token: string, language: string) =>
  `/p/consents?t=${encodeURIComponent(token)}&lang=${language}`;
