import type { Language } from "../../garden/index.ts";

interface ConfirmMail {
  brand: string;
  language: Language;
  purpose: string;
  wording: string;
  /** Where the button leads, below the address of this server. */
  path: string;
  days: number;
}

const words = {
  en: {
    subject: (brand: string, purpose: string) => `Please confirm: ${purpose} (${brand})`,
    hello: (brand: string) => `somebody, most likely you, left this address at ${brand} and agreed to:`,
    ask: "Is that so? Then confirm it:",
    button: "Yes, I confirm",
    else: (days: number) =>
      `If not, do nothing: without the confirmation you will not hear from us. The link works for ${days} days.`,
  },
  de: {
    subject: (brand: string, purpose: string) => `Bitte bestätigen: ${purpose} (${brand})`,
    hello: (brand: string) =>
      `jemand, vermutlich Sie, hat diese Adresse bei ${brand} angegeben und zugestimmt:`,
    ask: "Stimmt das? Dann bestätigen Sie es:",
    button: "Ja, ich bestätige",
    else: (days: number) =>
      `Wenn nicht, tun Sie nichts: Ohne die Bestätigung hören Sie nichts von uns. Der Link gilt ${days} Tage.`,
  },
} as const;

/** The mail that asks whether a yes was meant: in words, and as a page with one button for small screens. */
export function confirmMail(mail: ConfirmMail): { subject: string; text: string; html: string } {
  const w = words[mail.language];
  const link = `{{address}}${mail.path}`;
  const hello = w.hello(mail.brand);
  const text = [
    hello,
    `${mail.purpose}: ${mail.wording}`,
    `${w.ask}\n${link}`,
    w.else(mail.days),
    mail.brand,
  ].join("\n\n");
  const e = escapeHtml;
  const html = `<!doctype html><html lang="${mail.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin:0;padding:24px 16px;background:#f6f5f2;color:#1d1d1b;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:32em;margin:0 auto;background:#fff;border-radius:12px;padding:24px">
<p style="margin:0 0 16px">${e(hello)}</p>
<p style="margin:0 0 16px"><b>${e(mail.purpose)}</b><br>${e(mail.wording)}</p>
<p style="margin:0 0 16px">${w.ask}</p>
<p style="margin:0 0 24px"><a href="${e(link)}" style="display:block;padding:14px 20px;border-radius:8px;background:#1d1d1b;color:#fff;text-align:center;text-decoration:none;font-weight:600">${w.button}</a></p>
<p style="margin:0 0 16px;font-size:14px;color:#55554f">${w.else(mail.days)}</p>
<p style="margin:0;font-size:14px;color:#55554f">${e(mail.brand)}</p>
</div></body></html>`;
  return { subject: w.subject(mail.brand, mail.purpose), text, html };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
