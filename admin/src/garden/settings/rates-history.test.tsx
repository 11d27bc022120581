import { expect, test } from "vitest";
import { settled, show, wordsOf } from "../../design/testing.tsx";
import { RatesHistory } from "./rates-history.tsx";

const replaced = {
  id: 7,
  base: "EUR",
  currency: "USD",
  validFrom: "2026-01-31",
  rate: "0.9200",
  addedAt: "2026-02-01T10:00:00Z",
  replacedAt: "2026-02-02T10:00:00Z",
  replacedBy: "Olga",
};

test("a replaced rate stands in the history with who replaced it, in the reader's language", async () => {
  const answers = { "/api/exchange-rates/history": { rates: [replaced], next: null } };
  const page = await show(<RatesHistory />, { language: "de", answers });
  await settled();
  expect(wordsOf(page.querySelector("h2"))).toBe("Welche Kurse wurden ersetzt?");
  expect(wordsOf(page.querySelector("tbody tr"))).toMatch(/^USD.*0,92 EUR.*Olga$/);
  expect(page.querySelector("button.btn")).toBeNull();
});

test("where no rate was replaced there is no panel", async () => {
  const page = await show(<RatesHistory />, {
    answers: { "/api/exchange-rates/history": { rates: [], next: null } },
  });
  await settled();
  expect(wordsOf(page)).toBe("");
});
