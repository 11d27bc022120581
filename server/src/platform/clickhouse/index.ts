export { type ClickHouse, type EventDatabase, type QueryOptions, openClickHouse } from "./client.ts";
export { migrateEvents } from "./migrate.ts";
export type { Params, ParamValue } from "./params.ts";
