import { ApiError, call, createClient } from "@rondell/api-client";
import { expect, test } from "vitest";
import { ErrorState } from "../design/states.tsx";
import { press, show } from "../design/testing.tsx";
import { initials } from "./account-menu.tsx";
import { readNext } from "./next.ts";
import { collectPages, homeOf, pages } from "./pages.ts";
import { type RawSearch, searchList, searchNumber, searchText, searchWord, usePageSearch } from "./search.ts";

test("the shell's own pages are found, each under one path", () => {
  expect(pages.map((page) => page.path)).toEqual(expect.arrayContaining(["/login", "/setup", "/start"]));
  const page = { path: "/x", load: async () => ({ default: () => null }), label: "x:title" };
  expect(() => collectPages({ "a/routes.ts": [page], "b/routes.ts": [page] })).toThrow(
    "a/routes.ts and b/routes.ts",
  );
});

test("home is the loop, and the customers for whoever may not see the loop", () => {
  expect(homeOf(() => true)).toBe("/");
  expect(homeOf((right) => right === "customers:read")).toBe("/customers");
  expect(homeOf(() => false)).toBe("/");
});

test("each page loads and is a component", async () => {
  for (const page of pages) expect(typeof (await page.load()).default, page.path).toBe("function");
});

test("the address is read as what the page needs, whatever the router took it for", () => {
  expect(searchText(17_850)).toBe("17850");
  expect(searchText("")).toBeUndefined();
  expect(searchText({})).toBeUndefined();
  expect(searchNumber("12")).toBe(12);
  expect(searchNumber("twelve")).toBeUndefined();
  expect(searchWord("desc", ["asc", "desc"])).toBe("desc");
  expect(searchWord("up", ["asc", "desc"])).toBeUndefined();
  expect(searchList("a")).toEqual(["a"]);
  expect(searchList(["a", 1, null])).toEqual(["a", "1"]);
});

test("an avatar has the first letters of the first and last name", () => {
  expect(initials("Jonas van der Kessler")).toBe("JK");
  expect(initials("Cher")).toBe("C");
  expect(initials("  ")).toBe("");
});

function answering(status: number, body: unknown) {
  const seen: Request[] = [];
  const client = createClient({
    baseUrl: "http://rondell.test",
    garden: () => "g1",
    fetch: async (request) => {
      seen.push(request);
      return new Response(body === undefined ? null : JSON.stringify(body), {
        status,
        headers: { "content-type": "application/json" },
      });
    },
  });
  return { client, seen };
}

test("a request says which garden it is about, and gives its data", async () => {
  const { client, seen } = answering(200, { needed: true, tokenNeeded: false });
  expect(await call(client.GET("/api/setup"))).toEqual({ needed: true, tokenNeeded: false });
  expect(seen[0]?.headers.get("x-rondell-garden")).toBe("g1");
});

test("a refusal is thrown with its code, message and status", async () => {
  const { client } = answering(403, {
    error: { code: "role.denied", message: "Only an owner may do this." },
  });
  const error = await call(client.GET("/api/setup")).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: "role.denied", message: "Only an owner may do this.", status: 403 });
});

test("an answer that is no refusal of ours keeps its status", async () => {
  const { client } = answering(502, "Bad gateway");
  await expect(call(client.GET("/api/setup"))).rejects.toMatchObject({ code: "http.502", status: 502 });
});

test("a server that cannot be reached is a status of 0", async () => {
  const client = createClient({
    baseUrl: "http://rondell.test",
    fetch: () => Promise.reject(new TypeError("failed")),
  });
  await expect(call(client.GET("/api/setup"))).rejects.toMatchObject({
    code: "network.unreachable",
    status: 0,
  });
});

const readSearch = (raw: RawSearch) => ({ q: searchText(raw.q), page: searchNumber(raw.page) ?? 0 });

test("a page's state stands in the address, and goes out of it again", async () => {
  function Page() {
    const [search, setSearch] = usePageSearch(readSearch);
    return (
      <button type="button" onClick={() => setSearch(search.q ? { q: undefined } : { q: "17850", page: 2 })}>
        {JSON.stringify(search)}
      </button>
    );
  }
  const place = await show(<Page />);
  expect(place.textContent).toBe('{"page":0}');
  await press(place.querySelector("button"));
  await expect.poll(() => place.textContent).toBe('{"q":"17850","page":2}');
  await press(place.querySelector("button"));
  await expect.poll(() => place.textContent).toBe('{"page":2}');
});

test("after signing in one never lands on another site", () => {
  expect(readNext({ next: "/customers?q=1" }).next).toBe("/customers?q=1");
  for (const next of [
    "https://evil.test",
    "//evil.test",
    "/\\evil.test",
    "javascript:alert(1)",
    7,
    undefined,
  ]) {
    expect(readNext({ next }).next).toBe("/");
  }
});

test("a refusal is told in the reader's language with its values, and else in the server's words", async () => {
  const place = await show(
    <>
      <ErrorState error={new ApiError("right.missing", "You may not.", 403)} />
      <ErrorState error={new ApiError("nobody.translated_this", "In the server's words.", 400)} />
      <ErrorState error={new TypeError("secret inside")} />
    </>,
    { language: "de" },
  );
  expect(place.textContent).toContain("Ihre Rolle erlaubt das nicht.");
  expect(place.textContent).toContain("In the server's words.");
  expect(place.textContent).not.toContain("secret inside");
});
