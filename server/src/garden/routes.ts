import type { Config } from "../config.ts";
import type { ClickHouse } from "../platform/clickhouse/index.ts";
import type { Jobs } from "../platform/jobs/index.ts";
import { auditRoutes } from "./audit.ts";
import type { Backups } from "./backup.ts";
import { backupRoutes } from "./backup-routes.ts";
import type { Gardens } from "./gardens.ts";
import { gardensRoutes } from "./gardens-routes.ts";
import type { Auth } from "./operators/auth.ts";
import { operatorsRoutes } from "./operators/routes.ts";
import { queryRoutes } from "./query.ts";
import type { Route } from "./route.ts";
import { settingsRoutes } from "./settings/routes.ts";
import type { Setup } from "./setup.ts";
import { sourcesRoutes } from "./sources/routes.ts";
import { tokensRoutes } from "./tokens/routes.ts";

export interface GardenDeps {
  config: Config;
  gardens: Gardens;
  auth: Auth;
  setup: Setup;
  jobs: Jobs;
  clickhouse: ClickHouse;
  backups: Backups;
  now: () => Date;
  /** Ends a garden's background work, then takes it away. */
  drop: (id: string) => Promise<void>;
}

/** Every route of the garden: setup, sign-in, operators, sources, tokens, settings, audit and SQL. */
export function gardenRoutes(route: Route, deps: GardenDeps): void {
  operatorsRoutes(route, deps);
  gardensRoutes(route, deps);
  sourcesRoutes(route, deps);
  tokensRoutes(route);
  settingsRoutes(route, deps);
  auditRoutes(route);
  queryRoutes(route, deps);
  backupRoutes(route, deps);
}
