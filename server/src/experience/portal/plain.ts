import type { Language } from "../../garden/index.ts";
import type { SurveyPage } from "./survey-page.ts";

/**
 * The survey without JavaScript: one form. The same words stand in the portal's catalogue, for the page
 * that scripts draw.
 */
const words = {
  en: {
    from: "0 = not at all",
    to: "10 = by all means",
    reason: "What is the main reason?",
    hint: "If you like. Write as you speak.",
    send: "Send the answer",
    thanks: "Thank you.",
    thanksText: "Your answer has arrived. It is read by people.",
    consents: "What you allow us",
    closed: "This survey is closed. Thank you for wanting to answer.",
    missing: "There is nothing at this address. It may be mistyped, or from an older letter.",
    failed: "Your answer could not be saved. Go back and choose a number from 0 to 10.",
    needsScript: "To show and change what you allow, this page needs JavaScript.",
  },
  de: {
    from: "0 = auf keinen Fall",
    to: "10 = unbedingt",
    reason: "Was ist der wichtigste Grund?",
    hint: "Freiwillig. Schreiben Sie, wie Sie sprechen.",
    send: "Antwort senden",
    thanks: "Danke.",
    thanksText: "Ihre Antwort ist angekommen. Menschen lesen sie.",
    consents: "Was Sie uns erlauben",
    closed: "Diese Umfrage ist beendet. Danke, dass Sie antworten wollten.",
    missing: "Unter dieser Adresse ist nichts. Vielleicht ist sie vertippt oder aus einem älteren Brief.",
    failed:
      "Ihre Antwort konnte nicht gespeichert werden. Gehen Sie zurück und wählen Sie eine Zahl von 0 bis 10.",
    needsScript: "Um zu zeigen und zu ändern, was Sie erlauben, braucht diese Seite JavaScript.",
  },
} as const;

export type PlainMessage = "closed" | "missing" | "failed" | "needsScript";

export const plainMessage = (language: Language, message: PlainMessage) =>
  `<main class="ask"><h1>${escapeHtml(words[language][message])}</h1></main>`;

/** The form of an open survey. `key` makes the answer one, also when the form is sent twice. */
export function plainForm(
  page: SurveyPage,
  language: Language,
  hidden: { key: string; token?: string | undefined; anonymousId?: string | undefined },
): string {
  const w = words[language];
  const choice = (score: number) =>
    `<label><input type="radio" name="score" value="${score}" required${page.earlier?.score === score ? " checked" : ""}><span>${score}</span></label>`;
  const scores = Array.from({ length: 11 }, (_, score) => choice(score)).join("");
  const field = (name: string, value: string | undefined) =>
    value === undefined ? "" : `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
  return `<main class="ask"><form class="stack" method="post" action="/s/${encodeURIComponent(page.slug)}" accept-charset="utf-8">
${field("key", hidden.key)}${field("t", hidden.token)}${field("aid", hidden.anonymousId)}${field("lang", language)}
<fieldset><legend><h1>${escapeHtml(page.question[language] ?? "")}</h1></legend><div class="scale">${scores}</div>
<div class="row spread sm soft"><span>${w.from}</span><span>${w.to}</span></div></fieldset>
<label class="stack"><b>${w.reason}</b><span class="sm soft">${w.hint}</span><textarea name="reason" rows="4" maxlength="4000">${escapeHtml(page.earlier?.reason ?? "")}</textarea></label>
<button class="btn main big">${w.send}</button></form></main>`;
}

export function plainThanks(language: Language, token: string | undefined): string {
  const w = words[language];
  const link = token
    ? `<p><a class="btn big" href="/p/consents?t=${token}&amp;lang=${language}">${w.consents}</a></p>`
    : "";
  return `<main class="ask"><h1>${w.thanks}</h1><p>${w.thanksText}</p>${link}</main>`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
