import { createRequire } from "node:module";
import type { Language } from "../../garden/index.ts";
import type { Receipt } from "./receipt.ts";

const words = {
  en: {
    title: "Consent receipt",
    from: "Issued by",
    for: "Issued for",
    at: "Issued on",
    number: "Number",
    state: {
      granted: "Allowed",
      refused: "Not allowed",
      expired: "Expired",
      not_asked: "Never asked, so no",
    },
    since: (date: string) => `since ${date}`,
    until: (date: string) => `runs out on ${date}`,
    basis: {
      consent: "by consent",
      contract: "for the contract",
      legitimate_interest: "in a legitimate interest",
      legal_obligation: "by law",
    } as Record<string, string>,
    read: (version: number) => `These words were read (version ${version}):`,
    history: "What was said, newest first",
    event: {
      granted: "allowed",
      refused: "refused",
      asked: "asked by mail to confirm",
      expired: "ran out",
      retracted: "an entry taken back",
    },
    origin: {
      banner: "in the banner of the website",
      event: "on the website or in an app",
      form: "in a form",
      import: "stated with an import",
      "imported answer": "brought over from another system",
      "consent page": "on the customer's own page",
      "double opt-in": "by the link in a mail",
      operator: "by an employee",
      phone: "by phone",
      paper: "on paper",
      shop: "in the shop",
      message: "in a letter or an e-mail",
      statement: "as the brand states",
      source: "stated by a source",
      join: "by an identity that was joined",
      expiry: "by its time",
    } as Record<string, string>,
    proof:
      "Every entry stands in a ledger whose entries are chained by their hashes. With number and hash an entry is found and proven.",
    page: (at: number, of: number) => `Page ${at} of ${of}`,
  },
  de: {
    title: "Einwilligungsbeleg",
    from: "Ausgestellt von",
    for: "Ausgestellt für",
    at: "Ausgestellt am",
    number: "Nummer",
    state: {
      granted: "Erlaubt",
      refused: "Nicht erlaubt",
      expired: "Abgelaufen",
      not_asked: "Nie gefragt, also nein",
    },
    since: (date: string) => `seit ${date}`,
    until: (date: string) => `läuft ab am ${date}`,
    basis: {
      consent: "durch Einwilligung",
      contract: "für den Vertrag",
      legitimate_interest: "in berechtigtem Interesse",
      legal_obligation: "durch Gesetz",
    } as Record<string, string>,
    read: (version: number) => `Gelesen wurden diese Worte (Fassung ${version}):`,
    history: "Was gesagt wurde, das Neueste zuerst",
    event: {
      granted: "erlaubt",
      refused: "abgelehnt",
      asked: "per E-Mail um Bestätigung gebeten",
      expired: "abgelaufen",
      retracted: "ein Eintrag zurückgenommen",
    },
    origin: {
      banner: "im Banner der Website",
      event: "auf der Website oder in einer App",
      form: "in einem Formular",
      import: "mit einem Import angegeben",
      "imported answer": "aus einem anderen System übernommen",
      "consent page": "auf der eigenen Seite",
      "double opt-in": "über den Link in einer E-Mail",
      operator: "durch eine Mitarbeiterin oder einen Mitarbeiter",
      phone: "am Telefon",
      paper: "auf Papier",
      shop: "im Laden",
      message: "per Brief oder E-Mail",
      statement: "wie das Unternehmen angibt",
      source: "von einer Quelle angegeben",
      join: "durch eine verbundene Kennung",
      expiry: "durch Zeitablauf",
    } as Record<string, string>,
    proof:
      "Jeder Eintrag steht in einem Register, dessen Einträge durch ihre Prüfsummen verkettet sind. Mit Nummer und Prüfsumme lässt sich ein Eintrag finden und beweisen.",
    page: (at: number, of: number) => `Seite ${at} von ${of}`,
  },
} as const;

const ink = "#1d1d1b";
const soft = "#6b6b64";

/**
 * What the font can write: Latin with all its marks, Greek, Cyrillic and Devanagari. Of other scripts, such as Arabic, Hebrew,
 * Thai, Chinese, Japanese and Korean, each letter is a question mark; the receipt as JSON has them.
 */
const writable = (text: string) =>
  text
    .normalize("NFC")
    .replace(
      /[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Devanagari}\p{Mn}\p{N}\p{P}\p{Sc}\p{Sm}\p{Sk}\u0020\u00a0©®°™№]/gu,
      "?",
    );

/** A letter with a mark stays one sign: taken apart it looks the same, and is copied without its mark. */
const whole = { features: { ccmp: false } as unknown as PDFKit.Mixins.OpenTypeFeatures[] };

/** Noto Sans, embedded by the letters that are used: the fonts of every reader know Western European only. */
const fontFile = (weight: "400Regular" | "700Bold") =>
  createRequire(import.meta.url).resolve(`@expo-google-fonts/noto-sans/${weight}/NotoSans_${weight}.ttf`);

/** The receipt as a document to print or to keep. */
export async function receiptPdf(receipt: Receipt, timezone: string): Promise<Buffer> {
  const language: Language = receipt.language === "de" ? "de" : "en";
  const w = words[language];
  const day = new Intl.DateTimeFormat(language === "de" ? "de-DE" : "en-GB", {
    dateStyle: "long",
    timeZone: timezone,
  });
  const time = new Intl.DateTimeFormat(language === "de" ? "de-DE" : "en-GB", {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: timezone,
  });
  // Read when the first receipt is asked for: most processes never make one, and each would hold it in memory.
  const { default: PDFDocument } = await import("pdfkit");
  const brand = receipt.pii_controllers.map((one) => one.name).join(", ");
  const document = new PDFDocument({
    size: "A4",
    margins: { top: 60, bottom: 60, left: 60, right: 60 },
    bufferPages: true,
    // Else a font that every reader has is opened first.
    font: fontFile("400Regular"),
    lang: language,
    info: {
      Title: writable(`${w.title}, ${brand}`),
      Author: writable(brand),
      CreationDate: new Date(receipt.issued_at),
    },
  });
  document.registerFont("regular", fontFile("400Regular"));
  document.registerFont("bold", fontFile("700Bold"));
  const parts: Buffer[] = [];
  document.on("data", (part: Buffer) => parts.push(part));
  const ended = new Promise<void>((resolve, reject) => {
    document.on("end", resolve);
    document.on("error", reject);
  });
  const put = (
    text: string,
    size: number,
    options: { bold?: boolean; soft?: boolean; gap?: number } = {},
  ) => {
    document
      .font(options.bold ? "bold" : "regular")
      .fontSize(size)
      .fillColor(options.soft ? soft : ink)
      .text(writable(text), { paragraphGap: options.gap ?? 2, ...whole });
  };

  put(w.title, 22, { bold: true, gap: 12 });
  put(`${w.from}: ${brand}`, 10);
  put(`${w.for}: ${receipt.pii_principal_id}`, 10);
  put(`${w.at}: ${time.format(new Date(receipt.issued_at))} (${timezone})`, 10);
  put(`${w.number}: ${receipt.record_id}`, 10, { gap: 16 });

  for (const one of receipt.processing) {
    // A heading does not stand alone at the end of a page.
    if (document.y > document.page.height - 180) document.addPage();
    put(one.purpose, 14, { bold: true });
    const state = [
      w.state[one.state],
      one.since && one.state !== "not_asked" ? w.since(day.format(new Date(one.since))) : "",
      one.lawful_basis && one.state === "granted" ? w.basis[one.lawful_basis] : "",
      one.retention_until && one.state === "granted"
        ? w.until(day.format(new Date(one.retention_until)))
        : "",
    ];
    put(state.filter(Boolean).join(", "), 11, { gap: 4 });
    if (one.notice && one.notice_version !== null) {
      put(w.read(one.notice_version), 9, { soft: true });
      put(one.notice, 10, { gap: 6 });
    }
    if (one.events.length) put(w.history, 9, { soft: true, gap: 3 });
    for (const event of one.events) {
      const how = w.origin[event.collection_method] ?? event.collection_method;
      put(`${time.format(new Date(event.event_time))}: ${w.event[event.event_type]}, ${how}`, 10, { gap: 0 });
      const shown = [event.collection_place, event.proof, `#${event.entry} ${event.hash.slice(0, 16)}…`];
      put(shown.filter(Boolean).join(" · "), 8, { soft: true, gap: 4 });
    }
    document.moveDown(0.8);
  }
  put(w.proof, 9, { soft: true });
  const { count } = document.bufferedPageRange();
  for (let at = 0; at < count; at++) {
    document.switchToPage(at);
    // The margin would begin a new page for what stands in it.
    document.page.margins.bottom = 0;
    document
      .font("regular")
      .fontSize(8)
      .fillColor(soft)
      .text(w.page(at + 1, count), 60, document.page.height - 40, {
        align: "right",
        width: document.page.width - 120,
      });
  }
  document.end();
  await ended;
  return Buffer.concat(parts);
}
