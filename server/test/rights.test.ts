import { beforeAll, describe, expect, test } from "vitest";
import { type Access, Role, rightNames, rightsOfRole } from "../src/garden/index.ts";
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
const open = [/^\/v1\//, /^\/(health|ready|metrics)$/, /^\/api\/auth\/sign-(in\/email|out)$/, /^\/(s|p)\//];

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
