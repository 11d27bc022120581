import { beforeAll, describe, expect, test } from "vitest";
import { type Access, createToken, Role, rightNames, rightsOfRole } from "../src/garden/index.ts";
import { jobRights } from "../src/job-rights.ts";
import { openGarden, type TestGarden } from "./harness.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

/** Pages and documents that belong to nobody: they hold no data of the garden. */
const withoutData = [
  /^\/docs/,
  /^\/\*?$/,
  /^\/(p\/)?[^/]+\.(html|built|svg|txt|json|webmanifest)$/,
  /^\/(p\/)?assets\//,
];

/** Everyone may call these. Each answers only for what the request itself proves, or holds nothing of a person. */
const open = [
  /^\/v1\//,
  // The paths of other collect protocols. They write with a source's key, and tell a client how to behave.
  /^\/beacon\/v1\/batch\/?$/,
  /^\/sourceConfig\/?$/,
  /^\/api\/public\/apps\//,
  /^\/api\/s\//,
  /^\/(batch|e|i\/v0\/e|capture|flags|decide)\/?$/,
  /^\/(matomo|piwik)\.php\/?$/,
  /^\/(debug\/)?mp\/collect\/?$/,
  /^\/(com\.snowplowanalytics\.snowplow\/tp2|i)\/?$/,
  /^\/array\/:key\/config(\.js)?\/?$/,
  /^\/(health|ready|metrics)$/,
  /^\/api\/auth\/sign-(in\/email|out)$/,
  /^\/(s|p)\//,
  /^\/rondell(\.js$|\/)/,
];

/**
 * Whoever is signed in may call these, a service person and a token with a single scope among them. They answer about the
 * caller alone, or ask for a right that depends on what is called for.
 */
const forEverybodySignedIn = [
  "GET /api/me",
  "PATCH /api/me",
  "POST /api/me/password",
  // Name, language and currency of the gardens; a token sees its own.
  "GET /api/gardens",
  // The colour of customers' pages, which everyone sees there.
  "GET /api/portal/look",
  // Each job asks for its own right.
  "GET /api/jobs",
  "GET /api/jobs/:id",
  "POST /api/jobs/:id/cancel",
];

const routes = () =>
  garden.app.http.declaredRoutes.filter(
    ({ method, url }) =>
      method !== "HEAD" && method !== "OPTIONS" && !withoutData.some((one) => one.test(url)),
  );
const filled = (url: string) => url.replace(/:[a-zA-Z]+/g, "1").replace("*", "x");

describe("nobody gets in where they do not belong", () => {
  test("every route says who may call it", () => {
    expect(routes().length).toBeGreaterThan(50);
    expect(routes().filter(({ access }) => access === undefined)).toEqual([]);
  });

  test("only the listed routes are open to everyone", () => {
    const strangers = routes().filter(
      ({ url, access }) => access === "public" && !open.some((one) => one.test(url)),
    );
    expect(strangers).toEqual([]);
  });

  test("only the listed routes are open to whoever is signed in", () => {
    const found = routes()
      .filter(({ access }) => access === "operator")
      .map(({ method, url }) => `${method} ${url}`);
    expect(found.sort()).toEqual([...forEverybodySignedIn].sort());
  });

  test("without a session every other route answers 401", async () => {
    const wrong: string[] = [];
    for (const { method, url, access } of routes()) {
      if (access === "public" || access === "setup") continue;
      const answer = await garden.app.http.inject({ method: method as "GET", url: filled(url) });
      // What is not even well-formed may be refused for that first.
      if (answer.statusCode !== 401 && answer.statusCode !== 400 && answer.statusCode !== 415)
        wrong.push(`${method} ${url} ${answer.statusCode}`);
    }
    expect(wrong).toEqual([]);
  });

  test("a role without the right is refused, whatever it sends", async () => {
    const wrong: string[] = [];
    let refused = 0;
    for (const { method, url, access } of routes()) {
      if (typeof access !== "object") continue;
      const { right } = access as Exclude<Access, string>;
      expect(rightNames).toContain(right);
      for (const role of Role.options) {
        if (rightsOfRole[role].includes(right)) continue;
        const answer = await garden.api(
          method as "GET",
          filled(url),
          method === "GET" ? undefined : {},
          role,
        );
        if (answer.status === 403) refused++;
        else if (answer.status !== 400 && answer.status !== 415)
          wrong.push(`${method} ${url} as ${role}: ${answer.status}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(20);
  });
});

describe("what a caller may see follows from the right, not from the route alone", () => {
  test("a token of a shop reads neither the loop nor the sample's truth, and no result of a job", async () => {
    const { token } = await createToken(garden.ctx, { name: "shop", scopes: ["decide:read"] });
    const ask = (url: string) =>
      garden.app.http.inject({ url, headers: { authorization: `Bearer ${token}` } });
    for (const url of ["/api/loop", "/api/sample"]) expect((await ask(url)).statusCode, url).toBe(403);
    const run = await startedRun("insight.run");
    expect((await ask(`/api/jobs/${run}`)).statusCode).toBe(403);
    expect((await ask("/api/jobs")).json()).toEqual({ items: [] });
  });

  test("whoever reads insight sees the loop; service people do not", async () => {
    for (const role of Role.options) {
      const { status } = await garden.api("GET", "/api/loop", undefined, role);
      expect(status, role).toBe(rightsOfRole[role].includes("insight:read") ? 200 : 403);
    }
    expect(rightsOfRole.service).not.toContain("insight:read");
  });

  test("the sample asks for garden:write, also where there is no garden yet", () => {
    const access = garden.app.http.declaredRoutes
      .filter(({ url, method }) => url === "/api/sample" && method !== "HEAD")
      .map((route) => route.access);
    expect(access).toEqual(Array(3).fill({ right: "garden:write", beforeSetup: true }));
  });

  test("every job has its rights named", async () => {
    const { rows } = await garden.app.gardens.platformPool.query<{ name: string }>(
      "select name from jobs.queue where name not like '\\_\\_pgboss%'",
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(jobRights).sort());
  });

  test("each role sees and ends the runs that it has the right for, and no others", async () => {
    for (const [name, { read, cancel }] of Object.entries(jobRights)) {
      for (const role of Role.options) {
        const run = await startedRun(name);
        const may = (right: typeof read) => rightsOfRole[role].includes(right);
        const { status } = await garden.api("GET", `/api/jobs/${run}`, undefined, role);
        expect(status, `${role} reads ${name}`).toBe(may(read) ? 200 : 403);
        const { body } = await garden.api("GET", `/api/jobs?name=${name}`, undefined, role);
        expect(body.items.length > 0, `${role} lists ${name}`).toBe(may(read));
        const ended = await garden.api("POST", `/api/jobs/${run}/cancel`, {}, role);
        expect(ended.status, `${role} ends ${name}`).toBe(may(cancel) ? 200 : 403);
      }
    }
    const run = await startedRun("insight.run");
    const { body } = await garden.api("POST", `/api/jobs/${run}/cancel`, {}, "analyst");
    expect(body).toMatchObject({ id: run, state: "cancelled" });
  });
});

/** A run in the books that no worker takes up. */
async function startedRun(name: string): Promise<string> {
  const { rows } = await garden.app.gardens.platformPool.query<{ id: string }>(
    `insert into job_runs (id, garden, name, state, input, created_by)
      values (gen_random_uuid(), $1, $2, 'queued', '{}', 'test') returning id`,
    [garden.garden.id, name],
  );
  return rows[0]!.id;
}
