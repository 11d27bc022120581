export {
  type ClickHouse,
  type EventDatabase,
  type FileLoad,
  openClickHouse,
  type QueryOptions,
} from "./client.ts";
export { copyDatabaseIn, copyDatabaseOut, type DatabaseCopy } from "./copy.ts";
export { migrateEvents } from "./migrate.ts";
export { dropDeletedParts } from "./off-the-disk.ts";
export type { Params, ParamValue } from "./params.ts";
