import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Receipt } from "./receipt.ts";
import { receiptPdf } from "./receipt-pdf.ts";

/** The words of a document as a reader copies them: what is drawn in each font, by the letters that the font says it is. */
function textOf(pdf: Buffer): string {
  const file = pdf.toString("latin1");
  const objects = new Map(
    [...file.matchAll(/(\d+) 0 obj\n([\s\S]*?)\nendobj/g)].map(([, number, body]) => [number!, body!]),
  );
  const streamOf = (body: string) => {
    const bytes = Buffer.from(/stream\n([\s\S]*)\nendstream/.exec(body)![1]!, "latin1");
    return body.includes("/FlateDecode") ? inflateSync(bytes).toString("latin1") : bytes.toString("latin1");
  };
  const letters = new Map<string, Map<number, string>>();
  for (const [, name, number] of file.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
    const map = /\/ToUnicode (\d+) 0 R/.exec(objects.get(number!) ?? "")?.[1];
    if (!map || letters.has(name!)) continue;
    const found = new Map<number, string>();
    for (const [, first, list] of streamOf(objects.get(map)!).matchAll(
      /<([0-9a-f]+)> <[0-9a-f]+> \[([^\]]*)\]/g,
    )) {
      [...list!.matchAll(/<([0-9a-f ]*)>/g)].forEach(([, hex], at) => {
        const units = hex!.replace(/ /g, "").match(/.{4}/g) ?? [];
        found.set(
          Number.parseInt(first!, 16) + at,
          String.fromCharCode(...units.map((unit) => Number.parseInt(unit, 16))),
        );
      });
    }
    letters.set(name!, found);
  }
  let text = "";
  for (const body of objects.values()) {
    if (!body.includes("stream\n") || body.includes("/Length1")) continue;
    let font = new Map<number, string>();
    for (const [, name, hex, end] of streamOf(body).matchAll(/\/(F\d+) [\d.]+ Tf|<([0-9a-f]+)>|(ET)/g)) {
      if (name) font = letters.get(name) ?? font;
      for (const code of hex?.match(/.{4}/g) ?? []) text += font.get(Number.parseInt(code, 16)) ?? "";
      if (end) text += "\n";
    }
  }
  // A font may write a letter and its mark as two.
  return text.normalize("NFC");
}

const receiptOf = (words: string): Receipt => ({
  schema_version: "ISO/IEC TS 27560:2023",
  record_id: "r1",
  issued_at: "2026-01-02T10:00:00.000Z",
  language: "de",
  pii_principal_id: "cus_1",
  pii_controllers: [{ name: "Łódzka Kawiarnia" }],
  processing: [
    {
      ...{
        purpose_id: "contact",
        purpose: words,
        purpose_kinds: ["contact:email"],
        state: "granted" as const,
      },
      ...{ lawful_basis: "consent", since: "2026-01-01T10:00:00.000Z", retention_until: null },
      ...{ notice_version: 1, notice: words, events: [] },
    },
  ],
});

test.each([
  ["Polish", "Zażółć gęślą jaźń"],
  ["Turkish", "İyi günler, ığdır şoför"],
  ["Hungarian", "Árvíztűrő tükörfúrógép"],
  ["Vietnamese", "Tiếng Việt, những đợt hẹn"],
  ["Greek", "Ξεσκεπάζω την ψυχοφθόρα"],
  ["Cyrillic", "Съешь ещё Їжак Ђорђе"],
  ["German", "„Grüße“ – 12 €"],
])("a receipt is written in %s letters, and its text can be copied", async (_language, words) => {
  const text = textOf(await receiptPdf(receiptOf(words), "Europe/Berlin"));
  expect(text.split("\n").filter((line) => line.includes(words))).toHaveLength(2);
  expect(text).toContain("Łódzka Kawiarnia");
  expect(text).not.toContain("?");
});

test("a letter of another script is a question mark, and the document stays whole", async () => {
  const pdf = await receiptPdf(receiptOf("東京 العربية Köln"), "Europe/Berlin");
  expect(textOf(pdf)).toContain("?? ??????? Köln");
  // Only the letters that are used are in it.
  expect(pdf.length).toBeLessThan(60_000);
});
