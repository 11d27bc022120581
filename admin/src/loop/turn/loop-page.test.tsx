import { expect, test } from "vitest";
import { settled, show, wordsOf } from "../../design/testing.tsx";
import { Guarded } from "../../shell/guarded.tsx";
import LoopPage from "./loop-page.tsx";
import { Needs } from "./loop-panels.tsx";

const me = (...rights: string[]) => ({
  "/api/me": { rights, gardens: [], operator: { name: "Olga", language: "en" } },
});

test("the empty loop offers only the doors that the role may open", async () => {
  const doors = async (...rights: string[]) => {
    const place = await show(<LoopPage />, {
      answers: { "/api/loop": { state: "empty" }, ...me(...rights) },
    });
    await settled();
    expect(wordsOf(place)).toContain("The bed is dug, nothing planted");
    return [...place.querySelectorAll("a")].map((link) => link.getAttribute("href"));
  };
  expect(await doors("settings:write", "data:write")).toEqual(["/connect", "/imports/new"]);
  expect(await doors("data:write")).toEqual(["/imports/new"]);
  expect(await doors("data:read", "settings:read")).toEqual([]);
});

test("what needs somebody leads to where it can be seen, and says what can be done there", async () => {
  const needs = [
    { code: "detractors", count: 2 },
    { code: "duplicates", count: 3 },
    { code: "rejected", count: 1 },
  ] as const;
  const place = await show(<Needs needs={[...needs]} />, {
    answers: me("experience:read", "customers:read"),
  });
  await settled();
  const links = [...place.querySelectorAll("a")].map((link) => [wordsOf(link), link.getAttribute("href")]);
  // Rejected events are for those who may read the data.
  expect(links).toEqual([
    ["Read the answers", "/survey-alerts"],
    ["See the pairs", "/duplicates"],
  ]);
});

test("a page without the right for it keeps its own name, in the bar and in the tab", async () => {
  const place = await show(
    <Guarded right="insight:read" label="value:title" page={() => <p>Nobody sees this</p>} />,
    { answers: me("customers:read") },
  );
  await settled();
  expect(wordsOf(place.querySelector("h1"))).toBe("Value");
  expect(document.title).toContain("Value");
  expect(wordsOf(place)).not.toContain("Nobody sees this");
});
