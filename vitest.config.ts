import { defineConfig } from "vitest/config";

/** What is waited for is waited for as patiently as a whole test is. */
const expectation = { poll: { timeout: 30_000 } };

/**
 * Tests run side by side, each file in its own process (chdb must never live in a worker thread) and
 * in its own garden. One embedded Postgres serves them all; `server/test/postgres.ts` starts it.
 */
export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    projects: [
      { test: { name: "models", include: ["models/src/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "server",
          include: ["server/{src,test}/**/*.test.ts"],
          exclude: ["server/test/architecture.test.ts", "server/test/browser/**"],
          globalSetup: ["server/test/postgres.ts"],
          // A busy machine is no failure: what takes two seconds alone may take a minute beside others.
          testTimeout: 240_000,
          hookTimeout: 120_000,
          expect: expectation,
        },
      },
      {
        test: {
          name: "admin",
          include: ["admin/src/**/*.test.{ts,tsx}"],
          environment: "happy-dom",
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "script",
          include: ["browser/src/**/*.test.ts"],
          environment: "happy-dom",
          testTimeout: 60_000,
        },
      },
      { test: { name: "architecture", include: ["server/test/architecture.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "browser",
          include: ["server/test/browser/**/*.test.ts"],
          globalSetup: ["server/test/postgres.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          expect: expectation,
        },
      },
    ],
  },
});
