export {
  type CopyInOptions,
  copySchemaIn,
  copySchemaOut,
  readSchemaCopy,
  type SchemaCopy,
  withSnapshot,
} from "./copy-schema.ts";
export { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from "./embedded.ts";
export { DataDirInUse, type FileLock, lockDataDir } from "./lock.ts";
export type { PostgresLog } from "./log.ts";
export { type MigrateOptions, migrate } from "./migrate.ts";
export { type DiskStep, takeOffTheDisk } from "./off-the-disk.ts";
export { backupPostgres, type PhysicalBackup, restorePostgres } from "./physical-backup.ts";
export {
  openPool,
  type PoolOptions,
  type PostgresConnection,
  type TransactionOptions,
  withTransaction,
} from "./pool.ts";
export { type Executor, execute, query, queryOne, Sql, sql } from "./sql.ts";
export { withoutNul } from "./storable.ts";
