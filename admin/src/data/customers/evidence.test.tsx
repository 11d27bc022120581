import { expect, test } from "vitest";
import { show, wordsOf } from "../../design/testing.tsx";
import { Evidence, Sureness } from "./evidence.tsx";

const pair = {
  reason: "similar",
  probability: 0.962,
  against: "household" as const,
  evidence: [
    { field: "givenName", level: "near", weight: 4.9 },
    { field: "birthDate", level: "exact", weight: 6.4 },
    { field: "street", level: "exact", weight: -0.3 },
    { field: "phone", level: "different", weight: -2 },
  ],
};

test("evidence is told in words, the weightiest first, for it and against it", async () => {
  const english = wordsOf(await show(<Evidence pair={pair} />));
  expect(english).toContain("For it: birth date (the same), given name (nearly the same)");
  expect(english).toContain("Against it: phone (different)");
  expect(english).not.toContain("street");
  const german = wordsOf(await show(<Evidence pair={pair} />, { language: "de" }));
  expect(german).toContain("Dafür: Geburtstag (gleich), Vorname (fast gleich)");
  expect(german).toContain("Abgewogen gegen zwei Menschen, die zusammenwohnen");
});

test("nothing is written as certain", async () => {
  const said = async (probability: number | null) =>
    wordsOf(await show(<Sureness probability={probability} />)).replace(/\u00a0/g, " ");
  expect(await said(0.962)).toBe("96 %");
  expect(await said(0.9999999)).toBe("above 99.9 %");
  expect(await said(null)).toBe("not compared");
});
