import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type CSSProperties, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../shell/session.tsx";
import "./preview.css";
import { look } from "./look.ts";
import type { Draft } from "./survey-form.tsx";

/** Words of the customers' page, in the customer's language; they stand in `portal/src/strings.*.json`. */
const words = {
  de: {
    empty: "Ihre Frage",
    from: "0 = auf keinen Fall",
    to: "10 = unbedingt",
    reason: "Was ist der wichtigste Grund?",
    send: "Antwort senden",
  },
  en: {
    empty: "Your question",
    from: "0 = not at all",
    to: "10 = by all means",
    reason: "What is the main reason?",
    send: "Send the answer",
  },
};

/** The survey as it stands on a customer's phone: a picture, with nothing to press in it. */
export function PhonePreview({
  draft,
  colour: shown,
}: {
  draft: Pick<Draft, "language" | "question">;
  /** A colour that is only being tried. */
  colour?: string;
}) {
  const { t } = useTranslation("surveys");
  const me = useMe();
  const saved = useQuery(look()).data?.colour;
  const colour = shown ?? saved;
  const languages = (["de", "en"] as const).filter((each) => draft.question[each]?.trim());
  const [chosen, choose] = useState<"de" | "en">();
  const language = chosen && languages.includes(chosen) ? chosen : draft.language;
  const say = words[language];
  const style = colour ? ({ "--hedge": colour, "--on-hedge": "#ffffff" } as CSSProperties) : undefined;
  return (
    <div className="stack s3">
      {languages.length > 1 ? (
        <SegmentedControl
          aria-label={t("preview.language")}
          value={language}
          onChange={(value) => choose(value === "de" ? "de" : "en")}
          data={[
            { value: "de", label: "Deutsch" },
            { value: "en", label: "English" },
          ]}
        />
      ) : null}
      <div className="phone" role="img" aria-label={t("preview.label")} lang={language} style={style}>
        <div aria-hidden="true">
          <b className="wordmark">{me.garden?.brand}</b>
          <h3>{draft.question[language]?.trim() || say.empty}</h3>
          <div className="scale">
            {Array.from({ length: 11 }, (_, score) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the number is the thing itself.
              <span key={score} className={score === 8 ? "on" : undefined}>
                {score}
              </span>
            ))}
          </div>
          <div className="row spread xs soft">
            <span>{say.from}</span>
            <span>{say.to}</span>
          </div>
          <b>{say.reason}</b>
          <i className="area" />
          <i className="send">{say.send}</i>
        </div>
      </div>
    </div>
  );
}
