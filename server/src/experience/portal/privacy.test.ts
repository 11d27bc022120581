import { unzipSync } from "fflate";
import { expect, test } from "vitest";
import { openGarden } from "../../../test/harness.ts";

const garden = await openGarden();

test("with a personal link a customer fetches everything about themselves, and nobody else does", async () => {
  const { writeKey } = await garden.source("server");
  for (const name of ["ida", "otto"])
    await garden.send(writeKey, "/v1/identify", {
      userId: name,
      traits: { email: `${name}@example.org`, name },
    });
  await garden.drained();
  const draft = { name: "S", slug: "how", language: "en", question: { en: "How?" } };
  const survey = (await garden.api("POST", "/api/surveys", draft)).body;
  await garden.api("POST", `/api/surveys/${survey.id}/publish`);
  const tokenOf = async (name: string) => {
    const [one] = (await garden.api("GET", `/api/customers?search=${name}`)).body.items;
    const { body } = await garden.api("POST", `/api/surveys/${survey.id}/links`, { customerId: one.id });
    return new URL(body.url).searchParams.get("t")!;
  };
  const [ida, otto] = [await tokenOf("ida"), await tokenOf("otto")];
  const ask = (token: string, url = "/p/api/privacy") =>
    garden.app.http.inject({ url, headers: { "x-rondell-token": token } });
  const file = (token: string, kind: string) =>
    garden.app.http.inject({ method: "POST", url: "/p/api/privacy", payload: { token, kind } });

  expect((await file("x".repeat(32), "access")).statusCode).toBe(404);
  expect((await file(ida, "access")).statusCode).toBe(200);
  let page = (await ask(ida)).json();
  while (page.files[0]?.state !== "ready") {
    await new Promise((resolve) => setTimeout(resolve, 50));
    page = (await ask(ida)).json();
  }
  expect(page.requests).toMatchObject([{ kind: "access", state: "done" }]);
  const path = `/p/api/privacy/files/${page.files[0].id}`;
  const files = unzipSync((await ask(ida, path)).rawPayload);
  expect(Buffer.from(files["data/customers.jsonl"]!).toString("utf8")).toContain("ida@example.org");
  expect((await ask(otto, path)).statusCode).toBe(404);
  expect((await ask(otto)).json().files).toEqual([]);

  // The same question a second time is the same request.
  await file(otto, "erase");
  await file(otto, "erase");
  expect((await ask(otto)).json().requests).toHaveLength(1);
  const { items } = (await garden.api("GET", "/api/privacy/requests")).body;
  expect(items[0]).toMatchObject({ kind: "erase", origin: "portal", state: "open" });
});
