/** The embedded Postgres cannot run here as things are. The message tells a person what to do. */
export class EmbeddedPostgresFailed extends Error {
  override readonly name = "EmbeddedPostgresFailed";
  readonly code = "postgres.failed";
}
