import { makeUpPeople, type PersonRecord } from "@rondell/models";
import { expect, test } from "vitest";
import { findInThread } from "./find-thread.ts";

async function* pagesOf(people: PersonRecord[], size: number, onPage = (_: number) => {}) {
  for (let at = 0; at < people.length; at += size) {
    onPage(at);
    yield people.slice(at, at + size);
  }
}

test("people that come in pages are all compared, and the share that is done rises", async () => {
  const { records, truth } = makeUpPeople(500, 0.2, "thread");
  const shares: number[] = [];
  const found = await findInThread(pagesOf(records, 70), {
    signal: new AbortController().signal,
    onShare: (share) => shares.push(share),
  });
  expect(found.customers).toBe(500);
  expect(found.pairs.length).toBeGreaterThan(20);
  expect(found.pairs.filter((pair) => truth[pair.a] === truth[pair.b]).length).toBeGreaterThan(
    0.9 * found.pairs.length,
  );
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
});

test("a signal ends the search, also while people are still read", async () => {
  const { records } = makeUpPeople(500, 0.2, "thread");
  const abort = new AbortController();
  const pages = pagesOf(records, 50, (at) => {
    if (at === 200) abort.abort(new Error("cancelled"));
  });
  await expect(findInThread(pages, { signal: abort.signal, onShare: () => {} })).rejects.toThrow("cancelled");
});

test("what the thread cannot do is told to whoever asked", async () => {
  const twice = [{ id: 1 }, { id: 1 }];
  const search = findInThread(pagesOf(twice, 2), { signal: new AbortController().signal, onShare: () => {} });
  await expect(search).rejects.toThrow("Two records have the id 1.");
});
