import { expect, test } from "vitest";
import { settled, show, wordsOf } from "../../design/testing.tsx";
import CustomersPage from "./customers-page.tsx";
import { UnratedNote } from "./unrated-note.tsx";

const me = {
  "/api/me": { rights: ["settings:read"], gardens: [], operator: { name: "Olga", language: "en" } },
};
const unrated = (orders: number, refunds: number) => ({
  "/api/amounts/unrated": { orders, refunds, currencies: ["CHF", "USD"] },
});

test("what is in no sum is said with its count, in both languages, and nothing where all is in", async () => {
  const words = async (answers: object, language: "en" | "de" = "en") => {
    const place = await show(<UnratedNote />, { language, answers: { ...me, ...answers } });
    await settled();
    return wordsOf(place);
  };
  expect(await words(unrated(1_200, 1))).toContain(
    "Left out of every sum for lack of an exchange rate: 1,200 orders and one refund (CHF, USD).",
  );
  expect(await words(unrated(0, 2), "de")).toContain(
    "Ohne Wechselkurs und darum in keiner Summe: 2 Erstattungen (CHF, USD).",
  );
  expect(await words(unrated(0, 0))).toBe("");
});

test("the list says it of the garden and of each customer, and its export is of all of the set", async () => {
  const row = {
    id: "cus_1",
    userId: "7",
    name: null,
    known: true,
    orders: 3,
    valueMinor: 500,
    unrated: 2,
    lastAt: null,
  };
  const place = await show(<CustomersPage />, {
    path: "/customers?filter=lifecycle.stage&value=loyal",
    answers: { ...me, ...unrated(2, 0), "/api/customers": { title: null, total: 1_480, items: [row] } },
  });
  await settled();
  expect(wordsOf(place)).toContain("2 orders (CHF, USD)");
  expect(wordsOf(place.querySelector("tbody tr"))).toContain("and 2 without a rate");
  const file = [...place.querySelectorAll("a")].find((link) => link.hasAttribute("download"));
  expect(wordsOf(file)).toContain("Export all 1,480");
  expect(file?.getAttribute("href")).toBe("/api/customers.csv?filter=lifecycle.stage&value=loyal");
});
