import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseSync, Visitor } from "oxc-parser";
import { beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "./harness.ts";

const project = resolve(import.meta.dirname, "../..");

/** The codes that a call of `record` may write: its third argument, where a condition counts for both of its ends. */
function actionsIn(path: string): string[] {
  const found: string[] = [];
  const text = readFileSync(path, "utf8");
  type Node = { type: string; value?: unknown; consequent?: Node; alternate?: Node; name?: string };
  const codes = (node: Node): string[] => {
    if (node.type === "Literal" && typeof node.value === "string") return [node.value];
    if (node.type === "ConditionalExpression")
      return [...codes(node.consequent as Node), ...codes(node.alternate as Node)];
    // A code that is handed over is typed by its values where it is declared.
    const union = new RegExp(`\\b${node.name}: ((?:"[a-z_.]+"(?: \\| )?)+)`).exec(text)?.[1];
    if (node.type === "Identifier" && union) return union.split(" | ").map((one) => one.slice(1, -1));
    throw new Error(
      `${path}: which action does record() write here? Name it as it is, so that it can be found.`,
    );
  };
  new Visitor({
    CallExpression(call) {
      const { callee, arguments: given } = call;
      if (callee.type === "Identifier" && callee.name === "record" && given.length === 6)
        found.push(...codes(given[2] as unknown as Node));
      // Many entries at once are written down as a list.
      if (callee.type === "Identifier" && callee.name === "conclude")
        for (const [, action] of text.slice(call.start, call.end).matchAll(/\baction: "([^"]+)"/g))
          found.push(action!);
    },
  }).visit(parseSync(path, text).program);
  return found;
}

const files = (readdirSync(join(project, "server/src"), { recursive: true }) as string[])
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => join(project, "server/src", name));

test("each action that the trail can hold has words in both languages", () => {
  const actions = [...new Set(files.flatMap(actionsIn))].sort();
  expect(actions.length).toBeGreaterThan(30);
  expect(actions).toEqual(expect.arrayContaining(["survey.alert_closed", "source.signing_key_replaced"]));
  for (const language of ["en", "de"]) {
    const words = JSON.parse(
      readFileSync(join(project, `admin/src/garden/audit/strings.${language}.json`), "utf8"),
    ) as Record<string, string>;
    const told = Object.keys(words)
      .filter((key) => key.startsWith("action."))
      .map((key) => key.slice("action.".length));
    expect(told.sort(), language).toEqual(actions);
  }
});

describe("what an operator or a token does stands in the trail", () => {
  let garden: TestGarden;
  beforeAll(async () => {
    garden = await openGarden();
  });
  const trail = async (action: string) =>
    (await garden.api("GET", `/api/audit?action=${action}`)).body.changes as {
      actorName: string;
      subject: string;
      before: unknown;
      after: unknown;
    }[];

  test("a run of insight and of offers that was started, and one that was ended early", async () => {
    const insight = await garden.api("POST", "/api/insight/runs", {}, "analyst");
    expect(insight.status).toBe(202);
    const offers = await garden.api("POST", "/api/offer/refresh", undefined, "editor");
    expect(offers.status).toBe(202);
    expect(await trail("job.started")).toMatchObject([
      { actorName: "editor", subject: offers.body.jobId, after: { job: "offer.refresh" } },
      { actorName: "analyst", subject: insight.body.jobId, after: { job: "insight.run" } },
    ]);
    for (const { jobId } of [insight.body, offers.body]) await garden.app.jobs.ended(jobId);
    // What has ended cannot be ended early, so nothing happened.
    await garden.api("POST", `/api/jobs/${insight.body.jobId}/cancel`, {}, "analyst");
    expect(await trail("job.cancelled")).toEqual([]);

    const { rows } = await garden.app.gardens.platformPool.query<{ id: string }>(
      `insert into job_runs (id, garden, name, state, input, created_by)
        values (gen_random_uuid(), 'test', 'insight.run', 'queued', '{}', 'test') returning id`,
    );
    await garden.api("POST", `/api/jobs/${rows[0]!.id}/cancel`, {}, "analyst");
    expect(await trail("job.cancelled")).toMatchObject([
      {
        actorName: "analyst",
        subject: rows[0]!.id,
        before: { job: "insight.run", state: "queued" },
        after: null,
      },
    ]);
  });

  test("a signing secret that was read, without the secret", async () => {
    const { body: source } = await garden.api("POST", "/api/sources", { name: "Shop", kind: "browser" });
    const { body } = await garden.api("GET", `/api/sources/${source.id}/signing-secret`);
    const changes = await trail("source.signing_key_read");
    expect(changes).toMatchObject([{ actorName: "owner", before: null, after: null }]);
    expect(JSON.stringify(changes)).not.toContain(body.signingSecret);
  });

  test("the sample garden, grown and dropped, in the trail of the brand's own", async () => {
    const grown = await garden.api("POST", "/api/sample", { customers: 20, weeks: 8, seed: "trail" });
    expect(grown.status).toBe(202);
    expect(await trail("sample.grown")).toMatchObject([
      { actorName: "owner", subject: "sample", after: { customers: 20, weeks: 8, seed: "trail" } },
    ]);
    expect((await garden.api("DELETE", "/api/sample")).status).toBe(200);
    expect(await trail("sample.dropped")).toMatchObject([{ actorName: "owner", subject: "sample" }]);
  });

  test("settings change with their line in the trail, or not at all", async () => {
    await garden.ctx.pool.query(
      "alter table audit add constraint no_settings check (action <> 'settings.changed')",
    );
    const refused = await garden.api("PATCH", "/api/settings", { brand: "Other", currency: "GBP" });
    expect(refused.status).toBe(500);
    expect((await garden.api("GET", "/api/settings")).body).toMatchObject({
      brand: "Test brand",
      currency: "EUR",
    });
    await garden.app.gardens.refresh();
    expect((await garden.api("GET", "/api/settings")).body.brand).toBe("Test brand");

    await garden.ctx.pool.query("alter table audit drop constraint no_settings");
    expect((await garden.api("PATCH", "/api/settings", { brand: "Other" })).status).toBe(200);
    expect(await trail("settings.changed")).toMatchObject([
      { before: { brand: "Test brand" }, after: { brand: "Other" } },
    ]);
  });
});
