interface Words {
  en: string;
  de: string;
}

/** Why a line is rejected, and what to do about it. */
export const rejectionReasons: Record<string, Words> = {
  too_few_columns: {
    en: "The line has fewer columns than the header. Check whether a delimiter is missing.",
    de: "Die Zeile hat weniger Spalten als die Kopfzeile. Prüfen Sie, ob ein Trennzeichen fehlt.",
  },
  too_many_columns: {
    en: "The line has more columns than the header. Put quotation marks around values that hold the delimiter.",
    de: "Die Zeile hat mehr Spalten als die Kopfzeile. Setzen Sie Werte, die das Trennzeichen enthalten, in Anführungszeichen.",
  },
  broken_quote: {
    en: "A quotation mark in the line is not closed, or stands inside a quoted value. Write it twice, or remove it.",
    de: "Ein Anführungszeichen der Zeile ist nicht geschlossen oder steht mitten in einem Wert. Verdoppeln oder entfernen Sie es.",
  },
  order_missing: { en: "The line names no order.", de: "Die Zeile nennt keine Bestellung." },
  product_missing: { en: "The line names no product.", de: "Die Zeile nennt kein Produkt." },
  date_missing: { en: "The line has no date.", de: "Die Zeile hat kein Datum." },
  date_unreadable: { en: "The date cannot be read.", de: "Das Datum ist nicht lesbar." },
  date_other_format: {
    en: "The date is written differently from the others in this column.",
    de: "Das Datum ist anders geschrieben als die übrigen dieser Spalte.",
  },
  date_out_of_range: {
    en: "The date lies before the first year that the mapping allows, or in the future.",
    de: "Das Datum liegt vor dem ersten Jahr, das die Zuordnung zulässt, oder in der Zukunft.",
  },
  quantity_not_number: { en: "The quantity is no number.", de: "Die Menge ist keine Zahl." },
  quantity_negative: {
    en: "The quantity is negative, and the mapping takes no refunds from it.",
    de: "Die Menge ist negativ, und die Zuordnung macht daraus keine Erstattung.",
  },
  price_not_number: { en: "The price is no number.", de: "Der Preis ist keine Zahl." },
  amount_too_large: {
    en: "The amount is too large to be true.",
    de: "Der Betrag ist zu groß, um wahr zu sein.",
  },
  currency_unknown: {
    en: "The currency is no code of ISO 4217, such as EUR.",
    de: "Die Währung ist kein Kürzel nach ISO 4217, etwa EUR.",
  },
  customer_damaged: {
    en: "The customer's id was rounded by a spreadsheet (1.23E+10), so that several customers share it. Export it as text.",
    de: "Die Kundennummer wurde von einer Tabellenkalkulation gerundet (1,23E+10), sodass mehrere Kundinnen und Kunden sie teilen. Exportieren Sie sie als Text.",
  },
  customer_too_long: {
    en: "The customer's id is longer than 200 characters.",
    de: "Die Kundennummer ist länger als 200 Zeichen.",
  },
  two_customers: {
    en: "The lines of this order name different customers.",
    de: "Die Zeilen dieser Bestellung nennen verschiedene Personen.",
  },
  order_not_in_files: {
    en: "The order of this line is not in the file of orders.",
    de: "Die Bestellung dieser Zeile fehlt in der Datei der Bestellungen.",
  },
  order_without_lines: { en: "The order has no items.", de: "Die Bestellung hat keine Positionen." },
  customer_not_in_files: {
    en: "The customer of this order is not in the file of customers.",
    de: "Die Person zu dieser Bestellung fehlt in der Datei der Kundinnen und Kunden.",
  },
  review_missing: { en: "The review has no id.", de: "Die Bewertung hat keine Nummer." },
  score_unreadable: { en: "The score is no number.", de: "Die Note ist keine Zahl." },
  // Of lines that are records by themselves.
  json_broken: {
    en: "The line is no JSON object. Each line must hold one object and nothing else.",
    de: "Die Zeile ist kein JSON-Objekt. Jede Zeile muss genau ein Objekt enthalten.",
  },
  person_missing: {
    en: "The line names nobody: neither a customer's number nor an e-mail address.",
    de: "Die Zeile nennt niemanden: weder eine Kundennummer noch eine E-Mail-Adresse.",
  },
  email_unreadable: {
    en: "The e-mail address is none, such as jo@example.com.",
    de: "Die E-Mail-Adresse ist keine, etwa jo@example.com.",
  },
  name_missing: { en: "The line names no event.", de: "Die Zeile nennt kein Ereignis." },
  name_too_long: {
    en: "The event's name is longer than 200 characters. Check which column holds the name.",
    de: "Der Name des Ereignisses ist länger als 200 Zeichen. Prüfen Sie, welche Spalte den Namen enthält.",
  },
  event_is_order: {
    en: "Orders and refunds are not taken as loose events, or they would count twice. Import them as orders.",
    de: "Bestellungen und Erstattungen werden nicht als einzelne Ereignisse übernommen, sonst zählten sie doppelt. Importieren Sie sie als Bestellungen.",
  },
  amount_not_number: { en: "The amount is no number.", de: "Der Betrag ist keine Zahl." },
  channel_missing: { en: "The line names no channel.", de: "Die Zeile nennt keinen Kanal." },
  cost_negative: {
    en: "The cost is below 0. Take a credit off the cost of its own day.",
    de: "Die Kosten sind kleiner als 0. Ziehen Sie eine Gutschrift von den Kosten ihres Tages ab.",
  },
  medium_unknown: {
    en: "The medium is none of paid, owned and earned.",
    de: "Das Medium ist weder paid noch owned noch earned.",
  },
  answer_missing: { en: "The answer has no number.", de: "Die Antwort hat keine Nummer." },
  answer_empty: {
    en: "The line holds neither a score nor words.",
    de: "Die Zeile enthält weder Punkte noch Worte.",
  },
  ticket_missing: { en: "The request has no number.", de: "Die Anfrage hat keine Nummer." },
  solved_before_opened: {
    en: "The request was solved before it was opened. Check which column is which.",
    de: "Die Anfrage wurde gelöst, bevor sie gestellt wurde. Prüfen Sie die Spalten.",
  },
  purpose_missing: { en: "The line names no purpose.", de: "Die Zeile nennt keinen Zweck." },
  purpose_unknown: {
    en: "The purpose is none of the brand's. Say in the mapping which one the word means.",
    de: "Diesen Zweck hat die Marke nicht. Geben Sie in der Zuordnung an, welchen das Wort meint.",
  },
  answer_unreadable: {
    en: "The answer is neither a yes nor a no. Say in the mapping what the word means.",
    de: "Die Antwort ist weder ein Ja noch ein Nein. Geben Sie in der Zuordnung an, was das Wort bedeutet.",
  },
  basis_unknown: {
    en: "The basis is none of consent, contract, legitimate_interest and legal_obligation.",
    de: "Die Grundlage ist weder consent noch contract noch legitimate_interest noch legal_obligation.",
  },
};
