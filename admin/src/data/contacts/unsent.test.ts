import { beforeEach, expect, test } from "vitest";
import { emptyDraft, entryOf, openUnsent } from "./unsent.ts";

beforeEach(() => localStorage.clear());

test("what is written survives a reload, for its operator and garden alone", () => {
  const draft = { ...emptyDraft("call"), search: "Ada", note: "asks for size 38" };
  const entry = entryOf({ ...draft, person: { id: "cus_1", name: "Ada" } }, "client-1234", new Date(0));
  openUnsent("shop", "olga").write({ draft, unsent: [entry] });
  expect(openUnsent("shop", "olga").read()).toEqual({ draft, unsent: [entry] });
  expect(openUnsent("shop", "sami").read().unsent).toEqual([]);
  expect(openUnsent("other", "olga").read().draft.note).toBe("");
});

test("what has been sent leaves nothing behind", () => {
  const store = openUnsent("shop", "olga");
  store.write({ draft: { ...emptyDraft(), note: "private" }, unsent: [] });
  store.write({ draft: emptyDraft("call"), unsent: [] });
  expect(localStorage.length).toBe(0);
});

test("what another version or a broken browser left is no reason to fail", () => {
  localStorage.setItem("rondell.contacts.shop.olga", "{broken");
  expect(openUnsent("shop", "olga").read()).toEqual({ draft: emptyDraft(), unsent: [] });
});
