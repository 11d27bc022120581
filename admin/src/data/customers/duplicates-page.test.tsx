import { expect, test } from "vitest";
import { settled, show, wordsOf } from "../../design/testing.tsx";
import DuplicatesPage from "./duplicates-page.tsx";
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
  sightings: [
    {
      at: "2026-05-13T10:00:00Z",
      event: "Customer Identified",
      source: "Website",
      a: { kind: "anonymous_id", value: "tablet-7" },
      b: { kind: "user_id", value: "u-2" },
    },
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

const me = {
  "/api/me": {
    rights: ["customers:read", "data:write"],
    gardens: [],
    operator: { name: "Olga", language: "en" },
  },
};

test("the page shows pairs with sureness and evidence, and when they were looked for", async () => {
  const row = {
    ...pair,
    id: 1,
    a: { id: "c1", name: "Jürgen Groß" },
    b: { id: "c2", name: null },
    seen: 1,
    createdAt: "2026-05-14T10:00:00Z",
  };
  const place = await show(<DuplicatesPage />, {
    answers: {
      ...me,
      "/api/merge-proposals": { total: 640, items: [row] },
      "/api/merge-proposals/search": { jobId: null, lastAt: "2026-05-14T10:00:00Z", failed: false },
    },
  });
  await settled();
  const words = wordsOf(place);
  for (const said of [
    "Search for duplicates",
    "All known customers were last compared on",
    "These are the 1 surest of 640 pairs.",
    "Jürgen Groß",
    "They look alike",
    "For it: birth date (the same)",
    "from Website named tablet-7 and u-2",
    "Compare and merge",
    "They are two",
  ])
    expect(words).toContain(said);
});

test("while a search is under way the page says how far it is", async () => {
  const place = await show(<DuplicatesPage />, {
    answers: {
      ...me,
      "/api/merge-proposals": { total: 0, items: [] },
      "/api/merge-proposals/search": { jobId: "j1", lastAt: null, failed: false },
      "/api/jobs/j1": { state: "running", progress: 0.4, detail: { step: "comparing" } },
    },
  });
  await settled();
  expect(wordsOf(place)).toContain("Comparing the customers.");
  expect(place.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow")).toBe("40");
});
