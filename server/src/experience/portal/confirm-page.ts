import type { Confirmation } from "../../data/consent/index.ts";
import type { Language } from "../../garden/index.ts";
import { escapeHtml } from "./plain.ts";

const words = {
  en: {
    open: "Please confirm",
    ask: "You agree to:",
    button: "Yes, I confirm",
    else: "If this was not you, close the page: nothing happens.",
    confirmed: "Confirmed. Thank you.",
    confirmedText: "From now on this is allowed. You can take it back at any time.",
    used: "This was confirmed already.",
    usedText: "There is nothing more to do.",
    over: "This link is no longer valid.",
    overText: "Its time is over, or the consent was taken back since. Leave your address again if you like.",
  },
  de: {
    open: "Bitte bestätigen",
    ask: "Sie stimmen zu:",
    button: "Ja, ich bestätige",
    else: "Wenn Sie das nicht waren, schließen Sie die Seite: Es geschieht nichts.",
    confirmed: "Bestätigt. Danke.",
    confirmedText: "Das ist ab jetzt erlaubt. Sie können es jederzeit zurücknehmen.",
    used: "Das war schon bestätigt.",
    usedText: "Sie müssen nichts weiter tun.",
    over: "Dieser Link gilt nicht mehr.",
    overText:
      "Seine Zeit ist um, oder die Zustimmung wurde seitdem zurückgenommen. Geben Sie Ihre Adresse gern noch einmal an.",
  },
} as const;

/**
 * The page behind the link of a mail. Opening it changes nothing, since programs that look for bad links open it too: only the
 * button does.
 */
export function confirmPage(
  language: Language,
  state: Confirmation["state"] | "confirmed",
  { purpose, token }: { purpose: Confirmation["purpose"]; token: string },
): string {
  const w = words[language];
  if (state !== "open")
    return `<main class="ask"><h1>${w[state]}</h1><p role="status">${w[`${state}Text`]}</p></main>`;
  return `<main class="ask"><h1>${w.open}</h1><p>${w.ask}</p>
<section class="panel"><p><b>${escapeHtml(purpose.name[language])}</b></p><p class="soft">${escapeHtml(purpose.wording[language])}</p></section>
<form class="stack" method="post" action="/p/confirm" accept-charset="utf-8"><input type="hidden" name="t" value="${escapeHtml(token)}"><input type="hidden" name="lang" value="${language}">
<button class="btn main big">${w.button}</button></form><p class="sm soft">${w.else}</p></main>`;
}
