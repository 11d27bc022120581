import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type PostgresConnection, startEmbeddedPostgres } from "../src/platform/postgres/index.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgres: PostgresConnection;
  }
}

/**
 * One Postgres for all test files: the server of RONDELL_TEST_DATABASE_URL, whose account must be
 * allowed to create databases, or an embedded one in a temp folder. Tests take a database of their
 * own from `database.ts`.
 */
export default async function setup(project: TestProject) {
  const url = process.env.RONDELL_TEST_DATABASE_URL;
  if (url) {
    project.provide("postgres", { connectionString: url });
    return;
  }
  const dataDir = await mkdtemp(join(tmpdir(), "rondell-test-"));
  const note = (details: object, message: string) => console.warn(message, details);
  const postgres = await startEmbeddedPostgres({
    dataDir,
    log: { info: () => {}, warn: note, error: note },
    maxConnections: 200,
    // The files are thrown away in the end, so nothing has to survive a power cut.
    settings: { fsync: "off" },
  });
  project.provide("postgres", postgres.connection);
  return async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
